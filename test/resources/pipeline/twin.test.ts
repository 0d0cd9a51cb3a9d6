import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MY_SCOPES, newClient } from '../../oauth/token/assertion-fixture.ts';
import { unknownKey } from '../../support/certificates.ts';
import { type TestDomain, testDomain } from '../../support/emulator.ts';
import { newUser } from '../../support/new-user.ts';

/*
 * Twins: My* types over the rows of a plain one, by data alone. MyApiKey stands for all.
 */

const SCHEMA = 'urn:ietf:params:scim:schemas:oracle:idcs:apikey';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const PASSWORD = 'Correct-Horse-42';

let keys: string[];
let domain: TestDomain;
let me: { id: string; token: string };
let other: { id: string; token: string };

beforeAll(() => {
  keys = Array.from({ length: 3 }, () => unknownKey().publicKey.export({ type: 'spki', format: 'pem' }).toString());
});

beforeEach(async () => {
  domain = await testDomain();
  const client = await newClient(domain, 'cli', { allowedGrants: ['password'] });
  const signedIn = async (username: string) => {
    const { id } = await newUser(domain, username, PASSWORD);
    const form = { grant_type: 'password', username, password: PASSWORD, scope: MY_SCOPES };
    return { id, token: (await domain.tokenRequest(form, client)).body.access_token as string };
  };
  me = await signedIn('me@example.com');
  other = await signedIn('other@example.com');
});

const post = (key: string, { token }: { token: string }, more = {}) =>
  domain.send('POST', '/admin/v1/MyApiKeys', { token, body: { schemas: [SCHEMA], key, ...more } });

describe('a My* type', () => {
  it('keeps the plain type’s rows, as the caller’s own, under its own name', async () => {
    const made = await post(keys[0]!, me, { description: 'laptop' });
    expect(made.status, made.text).toBe(201);
    const { id, meta, user } = made.body;
    expect(user).toMatchObject({ value: me.id, display: 'Given Family' });
    expect(meta).toMatchObject({ resourceType: 'MyApiKey', location: `${domain.url}/admin/v1/MyApiKeys/${id}` });
    expect(made.headers.get('location')).toBe(meta.location);
    const plain = await domain.send('GET', `/admin/v1/ApiKeys/${id}`);
    expect(plain.body.meta.resourceType).toBe('ApiKey');
    const { meta: _, ...rest } = made.body;
    expect(plain.body).toMatchObject(rest);
    expect((await domain.send('GET', `/admin/v1/MyApiKeys/${id}`, { token: me.token })).body).toEqual(made.body);
  });

  it('shows, changes and deletes the caller’s rows only, an administrator’s too', async () => {
    const { id } = (await post(keys[0]!, me)).body;
    const path = `/admin/v1/MyApiKeys/${id}`;
    const body = { schemas: [PATCH_OP], Operations: [{ op: 'replace', path: 'description', value: 'x' }] };
    const { token } = other;
    expect((await domain.send('GET', path, { token })).status).toBe(404);
    expect((await domain.send('PATCH', path, { token, body })).status).toBe(404);
    expect((await domain.send('DELETE', path, { token })).status).toBe(404);
    expect((await domain.send('GET', '/admin/v1/MyApiKeys', { token })).body.totalResults).toBe(0);
    const list = `/admin/v1/MyApiKeys?filter=user.value eq "${me.id}"`;
    expect((await domain.send('GET', list, { token })).body.totalResults).toBe(0);
    expect((await domain.send('GET', list, { token: me.token })).body.totalResults).toBe(1);
    const changed = await domain.send('PATCH', path, { token: me.token, body });
    expect(changed.body, changed.text).toMatchObject({ description: 'x', meta: { resourceType: 'MyApiKey' } });
    expect((await domain.send('DELETE', path, { token: me.token })).status).toBe(204);
    expect((await domain.send('GET', `/admin/v1/ApiKeys/${id}`)).status).toBe(404);
  });

  it('refuses another user as the owner, and a caller who is no user', async () => {
    const named = await post(keys[0]!, me, { user: { value: other.id } });
    expect(named.status).toBe(400);
    expect(named.body.detail).toContain('MyApiKey.user must be the user who makes the request');
    expect((await post(keys[0]!, me, { user: { value: me.id } })).status).toBe(201);
    expect((await post(keys[1]!, domain)).status).toBe(401);
    expect((await domain.send('GET', '/admin/v1/MyApiKeys')).status).toBe(401);
    expect((await domain.send('GET', '/admin/v1/MyApiKeys', { token: null })).status).toBe(401);
  });

  it('has the plain type’s rules: a quota over both', async () => {
    const body = { schemas: [SCHEMA], user: { value: me.id } };
    for (const key of keys.slice(0, 2)) {
      expect((await domain.send('POST', '/admin/v1/ApiKeys', { body: { ...body, key } })).status).toBe(201);
    }
    expect((await post(keys[0]!, me)).status).toBe(409);
    expect((await post(keys[2]!, me)).status).toBe(201);
    const fourth = unknownKey().publicKey.export({ type: 'spki', format: 'pem' }).toString();
    expect((await post(fourth, me)).status).toBe(400);
  });
});
