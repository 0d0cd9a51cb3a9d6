import { createHash, generateKeyPairSync } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MY_SCOPES, newClient } from '../oauth/token/assertion-fixture.ts';
import { unknownKey } from '../support/certificates.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';
import { newUser } from '../support/new-user.ts';

const SCHEMA = 'urn:ietf:params:scim:schemas:oracle:idcs:apikey';
const SELF = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:selfChange:User';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const PASSWORD = 'Correct-Horse-42';

let keys: string[];
let domain: TestDomain;
let user: { id: string; ocid: string };

beforeAll(() => {
  keys = Array.from({ length: 4 }, () => unknownKey().publicKey.export({ type: 'spki', format: 'pem' }).toString());
});

beforeEach(async () => {
  domain = await testDomain();
  user = await domain.createUser('jdoe@example.com');
});

const post = (key: string, value = user.id, token?: string, more = {}) =>
  domain.send('POST', '/admin/v1/ApiKeys', {
    body: { schemas: [SCHEMA], key, user: { value }, ...more },
    ...(token === undefined ? {} : { token }),
  });

describe('ApiKeys', () => {
  it('have OCI’s fingerprint, and name their user', async () => {
    const made = await post(keys[0]!, user.ocid, undefined, { description: 'laptop' });
    expect(made.status, made.text).toBe(201);
    const der = Buffer.from(keys[0]!.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64');
    const fingerprint = createHash('md5')
      .update(der)
      .digest('hex')
      .replace(/..(?=.)/g, '$&:');
    expect(made.body).toMatchObject({ fingerprint, description: 'laptop', user: { value: user.id, ocid: user.ocid } });
    const found = await domain.send('GET', `/admin/v1/ApiKeys?filter=user.value eq "${user.id}"`);
    expect(found.body.totalResults).toBe(1);
  });

  it('are changed in their description only, and have no PUT', async () => {
    const path = `/admin/v1/ApiKeys/${(await post(keys[0]!)).body.id}`;
    const patch = (name: string, value: string) =>
      domain.send('PATCH', path, { body: { schemas: [PATCH_OP], Operations: [{ op: 'replace', path: name, value }] } });
    expect((await patch('description', 'new')).body.description).toBe('new');
    expect((await patch('key', keys[1]!)).status).toBe(400);
    expect((await domain.send('PUT', path, { body: { schemas: [SCHEMA] } })).status).toBe(405);
  });

  it('are three a user at most, however many are sent at once, and each once', async () => {
    expect((await post(keys[0]!)).status).toBe(201);
    expect((await post(keys[0]!)).status).toBe(409);
    const answers = await Promise.all(keys.slice(1).map((key) => post(key)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 400]);
    const refused = answers.find(({ status }) => status === 400)!;
    expect(refused.body.detail).toContain('maximum quota limit of 3');
    const other = await domain.createUser('other');
    expect((await post(keys[0]!, other.id)).status).toBe(201);
  });

  it('go with their user', async () => {
    const { body } = await post(keys[0]!);
    expect((await domain.send('DELETE', `/admin/v1/Users/${user.id}`)).status).toBe(204);
    expect((await domain.send('GET', `/admin/v1/ApiKeys/${body.id}`)).status).toBe(404);
  });

  it('refuse what is no RSA public key in PEM form, and a short one', async () => {
    const openSsh = await post('ssh-rsa AAAAB3NzaC1yc2E= me@laptop');
    expect(openSsh.status).toBe(400);
    expect(openSsh.body.detail).toBe('Invalid public key header or footer.');
    expect(openSsh.text).toContain('error.identity.user.invalidHeaderFooter');
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const rsa = unknownKey();
    for (const key of [
      ec.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      unknownKey(1024).publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
    ]) {
      expect((await post(key)).status).toBe(400);
    }
    expect((await post(keys[0]!, 'nobody')).status).toBe(400);
  });
});

describe('a user’s own ApiKeys', () => {
  it('are made, changed and deleted with allowSelfChange, and nobody else’s', async () => {
    const client = await newClient(domain, 'cli', { allowedGrants: ['password'] });
    const me = await newUser(domain, 'me@example.com', PASSWORD);
    const form = { grant_type: 'password', username: 'me@example.com', password: PASSWORD, scope: MY_SCOPES };
    const token = (await domain.tokenRequest(form, client)).body.access_token as string;
    expect((await post(keys[0]!, me.id, token)).status).toBe(401);
    const flag = { [SELF]: { allowSelfChange: true } };
    const made = await post(keys[0]!, me.id, token, flag);
    expect(made.status, made.text).toBe(201);
    expect((await post(keys[1]!, user.id, token, flag)).status).toBe(401);
    const path = `/admin/v1/ApiKeys/${made.body.id}`;
    const Operations = [
      { op: 'replace', path: 'description', value: 'mine' },
      { op: 'add', path: `${SELF}:allowSelfChange`, value: true },
    ];
    const patched = await domain.send('PATCH', path, { token, body: { schemas: [PATCH_OP], Operations } });
    expect(patched.body.description, patched.text).toBe('mine');
    const foreign = (await post(keys[1]!)).body.id;
    const others = `/admin/v1/ApiKeys/${foreign}?allowSelfChange=true`;
    expect((await domain.send('DELETE', others, { token })).status).toBe(401);
    expect((await domain.send('DELETE', path, { token })).status).toBe(401);
    expect((await domain.send('DELETE', `${path}?allowSelfChange=true`, { token })).status).toBe(204);
  });
});
