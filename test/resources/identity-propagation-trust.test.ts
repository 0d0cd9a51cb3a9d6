import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { type CertifiedKey, certifiedKey } from '../support/certificates.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';

const SCHEMA = 'urn:ietf:params:scim:schemas:oracle:idcs:IdentityPropagationTrust';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const PATH = '/admin/v1/IdentityPropagationTrusts';

let key: CertifiedKey;
let domain: TestDomain;

beforeAll(async () => {
  key = await certifiedKey();
  domain = await testDomain();
});

let count = 0;

function trust(changes: JsonObject = {}): JsonObject {
  count++;
  const body: JsonObject = {
    schemas: [SCHEMA],
    name: `trust ${count}`,
    type: 'JWT',
    issuer: `https://issuer-${count}.example`,
    active: true,
    oauthClients: ['some-client'],
    publicCertificate: key.pem,
    ...changes,
  };
  for (const [name, value] of Object.entries(body)) if (value === null) delete body[name];
  return body;
}

const post = (body: JsonObject) => domain.send('POST', PATH, { body });

describe('IdentityPropagationTrusts', () => {
  it('are created, read, replaced, changed and deleted', async () => {
    const body = trust();
    const made = await post(body);
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({ ...body, clockSkewSeconds: 60, allowImpersonation: false });
    const path = `${PATH}/${made.body.id}`;
    const put = await domain.send('PUT', path, { body: { ...body, clockSkewSeconds: 5 } });
    expect(put.body, put.text).toMatchObject({ clockSkewSeconds: 5 });
    const Operations = [{ op: 'replace', path: 'active', value: false }];
    const patched = await domain.send('PATCH', path, { body: { schemas: [PATCH_OP], Operations } });
    expect(patched.body.active).toBe(false);
    const found = await domain.send('GET', `${PATH}?filter=issuer eq "${String(body['issuer'])}"`);
    expect(found.body.totalResults).toBe(1);
    expect((await domain.send('DELETE', path)).status).toBe(204);
    expect((await domain.send('GET', path)).status).toBe(404);
  });

  it('keep their name, and have an issuer of their own', async () => {
    const body = trust();
    const made = await post(body);
    const Operations = [{ op: 'replace', path: 'name', value: 'another' }];
    const path = `${PATH}/${made.body.id}`;
    expect((await domain.send('PATCH', path, { body: { schemas: [PATCH_OP], Operations } })).status).toBe(400);
    expect((await post(trust({ issuer: body['issuer']! }))).status).toBe(409);
  });

  it('show impersonationServiceUsers when they are asked for', async () => {
    const user = await domain.createUser(`svc${count}`);
    const impersonationServiceUsers = [{ rule: 'sub eq *', value: user.id }];
    const made = await post(trust({ allowImpersonation: true, impersonationServiceUsers }));
    expect(made.status, made.text).toBe(201);
    const read = await domain.send('GET', `${PATH}/${made.body.id}?attributes=impersonationServiceUsers`);
    expect(read.body.impersonationServiceUsers).toMatchObject([{ rule: 'sub eq *', value: user.id, ocid: user.ocid }]);
  });

  it.each<[string, JsonObject, string]>([
    ['without oauthClients', { oauthClients: null }, 'oauthClients'],
    ['with an empty list of oauthClients', { oauthClients: [] }, 'oauthClients'],
    ['without a key', { publicCertificate: null }, 'publicKeyEndpoint'],
    ['of SAML without a certificate', { type: 'SAML', publicCertificate: null }, 'publicCertificate'],
    ['of SPNEGO without a keytab', { type: 'SPNEGO' }, 'keytab'],
    ['of X509 without its CAs', { type: 'X509' }, 'CACertChain'],
    ['of another type', { type: 'OTHER' }, 'type'],
    ['with a certificate that is none', { publicCertificate: 'x' }, 'publicCertificate'],
    ['with an http endpoint elsewhere', { publicKeyEndpoint: 'http://issuer.example/jwks' }, 'publicKeyEndpoint'],
    ['with a file as endpoint', { publicKeyEndpoint: 'file:///etc/passwd' }, 'publicKeyEndpoint'],
    ['with a password in the endpoint', { publicKeyEndpoint: 'https://a:b@issuer.example/' }, 'publicKeyEndpoint'],
    ['with impersonation of nobody', { allowImpersonation: true }, 'impersonationServiceUsers'],
    ['with a claim without values', { clientClaimName: 'azp' }, 'clientClaimValues'],
    ['with a negative skew', { clockSkewSeconds: -1 }, 'clockSkewSeconds'],
    ['with a user that is none', { impersonationServiceUsers: [{ rule: 'sub eq *', value: 'x' }] }, 'impersonation'],
  ])('are refused %s', async (_name, changes, word) => {
    const answer = await post(trust(changes));
    expect(answer.status, answer.text).toBe(400);
    expect(answer.body.detail).toContain(word);
  });

  it('are refused with a rule that is none', async () => {
    const user = await domain.createUser(`svc${count}`);
    const answer = await post(trust({ impersonationServiceUsers: [{ rule: 'sub = x', value: user.id }] }));
    expect([answer.status, answer.body.detail]).toEqual([400, expect.stringContaining('sub = x')]);
  });
});
