import { createHash, type KeyObject, sign } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { type CertifiedKey, certifiedKey, unknownKey } from '../support/certificates.ts';
import { advanceClock, freezeClock } from '../support/domain-clock.ts';
import { type Answer, type TestDomain, testDomain } from '../support/emulator.ts';
import { claimsIn, create, newClient, signJwt } from './token/assertion-fixture.ts';

const APIKEY = 'urn:ietf:params:scim:schemas:oracle:idcs:apikey';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

let key: KeyObject;
let pem: string;
let certified: CertifiedKey;
let domain: TestDomain;
// biome-ignore lint/suspicious/noExplicitAny: read by path
let user: any;
let keyId: string;
let now: number;

beforeAll(async () => {
  const pair = unknownKey();
  key = pair.privateKey;
  pem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  certified = await certifiedKey();
});

beforeEach(async () => {
  domain = await testDomain();
  user = await domain.createUser('jdoe@example.com');
  const made = await domain.send('POST', '/admin/v1/ApiKeys', {
    body: { schemas: [APIKEY], key: pem, user: { value: user.id } },
  });
  keyId = `${user.tenancyOcid}/${user.ocid}/${made.body.fingerprint}`;
  now = await freezeClock(domain);
});

/** What a signed request may do otherwise than it should. */
interface Changes {
  readonly keyId?: string;
  readonly key?: KeyObject;
  /** Names of the signed headers. */
  readonly signed?: string;
  /** Changes the Authorization header. */
  readonly header?: (text: string) => string;
  /** Sent after signing. */
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly date?: string;
}

async function send(
  method: string,
  path: string,
  sent?: { readonly text: string; readonly type: string },
  changes: Changes = {},
): Promise<Answer> {
  const url = new URL(domain.url + path);
  const headers: Record<string, string> = { host: url.host, date: changes.date ?? new Date(now * 1000).toUTCString() };
  if (sent !== undefined) {
    headers['x-content-sha256'] = createHash('sha256').update(sent.text).digest('base64');
    headers['content-type'] = sent.type;
    headers['content-length'] = String(Buffer.byteLength(sent.text));
  }
  headers['x-date'] = headers['date']!;
  const withBody = sent === undefined ? '' : ' x-content-sha256 content-type content-length';
  const names = changes.signed ?? `(request-target) x-date host${withBody}`;
  const target = `${method.toLowerCase()} ${url.pathname}${url.search}`;
  const text = names
    .split(' ')
    .map((name) => `${name}: ${name === '(request-target)' ? target : headers[name]}`)
    .join('\n');
  const signature = sign('sha256', Buffer.from(text), changes.key ?? key).toString('base64');
  const authorization = `Signature version="1",keyId="${changes.keyId ?? keyId}",algorithm="rsa-sha256",headers="${names}",signature="${signature}"`;
  const { host: _host, 'content-length': _length, ...rest } = headers;
  const response = await fetch(url, {
    method,
    headers: { ...rest, ...changes.headers, authorization: changes.header?.(authorization) ?? authorization },
    ...(sent === undefined ? {} : { body: changes.body ?? sent.text }),
  });
  const answer = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text: answer,
    body: answer.startsWith('{') ? JSON.parse(answer) : {},
  };
}

const json = (body: JsonObject) => ({ text: JSON.stringify(body), type: 'application/json' });
const form = (body: Record<string, string>) => ({
  text: new URLSearchParams(body).toString(),
  type: 'application/x-www-form-urlencoded',
});

const me = () => `/admin/v1/Users/${user.id}`;

async function makeAdministrator(): Promise<void> {
  const filter = encodeURIComponent('displayName eq "Identity Domain Administrator" and app.value eq "IDCSAppId"');
  const [role] = (await domain.send('GET', `/admin/v1/AppRoles?filter=${filter}`)).body.Resources;
  await create(domain, 'Grant', 'Grants', {
    grantee: { type: 'User', value: user.id },
    app: { value: 'IDCSAppId' },
    entitlement: { attributeName: 'appRoles', attributeValue: role.id },
    grantMechanism: 'ADMINISTRATOR_TO_USER',
  });
}

describe('a request that a user signed with an API key', () => {
  it('finds the user’s own things under My*, as long as the user may use API keys', async () => {
    const { body } = await send('GET', '/admin/v1/MyApiKeys');
    expect(body.Resources).toMatchObject([{ user: { value: user.id }, meta: { resourceType: 'MyApiKey' } }]);
    const path = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:capabilities:User:canUseApiKeys';
    const off = { schemas: [PATCH_OP], Operations: [{ op: 'replace', path, value: false }] };
    expect((await domain.send('PATCH', me(), { body: off })).status).toBe(200);
    expect((await send('GET', '/admin/v1/MyApiKeys')).status).toBe(401);
  });

  it('has the user’s own rights', async () => {
    const refused = await send('GET', '/admin/v1/Groups');
    expect(refused.status).toBe(401);
    expect(refused.text).toContain('Identity Domain Administrator');
    await makeAdministrator();
    const read = await send('GET', `${me()}?attributes=userName`);
    expect(read.status, read.text).toBe(200);
    const made = await send(
      'POST',
      '/admin/v1/Groups',
      json({ schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName: 'Signed ü' }),
    );
    expect(made.status, made.text).toBe(201);
    expect(made.body.idcsCreatedBy).toMatchObject({ type: 'User', value: user.id });
  });

  it('may list the signed headers in any case, as the TypeScript SDK does', async () => {
    const lists = (headers: string) => (text: string) => text.replace(/headers="[^"]*"/, `headers="${headers}"`);
    const body = json({ schemas: [APIKEY], key: 'none' });
    const signed = 'x-date (request-target) host content-type content-length x-content-sha256';
    const header = lists('x-date (request-target) host Content-Type Content-Length x-content-sha256');
    expect((await send('POST', '/admin/v1/MyApiKeys', body, { signed, header })).status).toBe(400);
    const twice = lists(`${signed} Content-Type`);
    expect((await send('POST', '/admin/v1/MyApiKeys', body, { signed, header: twice })).status).toBe(401);
  });

  it('may change the user’s own profile and keys', async () => {
    const Operations = [
      { op: 'replace', path: 'nickName', value: 'J' },
      {
        op: 'add',
        path: 'urn:ietf:params:scim:schemas:oracle:idcs:extension:selfChange:User:allowSelfChange',
        value: true,
      },
    ];
    expect((await send('PATCH', me(), json({ schemas: [PATCH_OP], Operations }))).status).toBe(200);
  });

  it('may be signed over date in place of x-date, and reads the signing keys', async () => {
    const signed = '(request-target) date host';
    expect((await send('GET', '/admin/v1/SigningCert/jwk', undefined, { signed })).status).toBe(200);
  });

  it.each<[string, () => Changes, string]>([
    ['by another key', () => ({ key: unknownKey().privateKey }), 'not made by that key'],
    [
      'by an unknown user',
      () => ({ keyId: keyId.replace(/ocid1\.user[^/]*/, 'ocid1.user.oc1..x') }),
      'names no API key',
    ],
    ['of another tenancy', () => ({ keyId: keyId.replace('ocid1.tenancy', 'ocid1.x') }), 'names no API key'],
    ['with another fingerprint', () => ({ keyId: `${keyId}0` }), 'names no API key'],
    ['with a keyId of NUL', () => ({ keyId: 'a/ocid1.%00/c' }), 'names no API key'],
    ['with a UPST that is none', () => ({ keyId: 'ST$a.b.c' }), 'names no API key'],
    ['without the target', () => ({ signed: 'date host' }), '(request-target)'],
    ['without the host', () => ({ signed: '(request-target) date' }), 'host'],
    ['without a date', () => ({ signed: '(request-target) host' }), 'x-date'],
    ['over a header twice', () => ({ signed: '(request-target) date host host' }), 'twice'],
    ['over a header that is not there', () => ({ signed: '(request-target) date host x-none' }), 'x-none'],
    ['too early', () => ({ date: new Date((now - 301) * 1000).toUTCString() }), 'five minutes'],
    ['too late', () => ({ date: new Date((now + 301) * 1000).toUTCString() }), 'five minutes'],
    ['at no time', () => ({ date: 'yesterday' }), 'five minutes'],
    ['by another algorithm', () => ({ header: (text) => text.replace('rsa-sha256', 'hmac-sha256') }), 'rsa-sha256'],
    ['in another version', () => ({ header: (text) => text.replace('version="1"', 'version="2"') }), 'version'],
    ['with a parameter twice', () => ({ header: (text) => `${text},keyId="x"` }), 'name="value"'],
    ['without a signature', () => ({ header: (text) => text.replace(/,signature=.*/, '') }), 'needs keyId'],
    ['in no form', () => ({ header: () => 'Signature x' }), 'name="value"'],
  ])('is refused %s', async (_name, changes, word) => {
    const answer = await send('GET', '/admin/v1/SigningCert/jwk', undefined, changes());
    expect(answer.status).toBe(401);
    expect(answer.text).toContain(word.replaceAll('"', '\\"'));
  });

  it('is refused for another path, a changed body, and a body that is not signed', async () => {
    await makeAdministrator();
    const moved = await send('GET', '/admin/v1/Users', undefined, { signed: '(request-target) date host' });
    expect(moved.status).toBe(200);
    const body = json({ schemas: [PATCH_OP], Operations: [{ op: 'replace', path: 'nickName', value: 'A' }] });
    const changed = await send('PATCH', me(), body, { body: body.text.replace('"A"', '"B"') });
    expect([changed.status, changed.text]).toEqual([401, expect.stringContaining('digest of the body')]);
    const unsigned = await send('PATCH', me(), body, { signed: '(request-target) date host' });
    expect([unsigned.status, unsigned.text]).toEqual([401, expect.stringContaining('x-content-sha256')]);
    const type = await send('PATCH', me(), body, { headers: { 'content-type': 'application/scim+json' } });
    expect(type.status).toBe(401);
    expect((await send('PATCH', me(), body)).status).toBe(200);
  });

  it('is refused once the key is deleted, the user deactivated, and after five minutes', async () => {
    const read = () => send('GET', '/admin/v1/SigningCert/jwk');
    expect((await read()).status).toBe(200);
    const activate = (value: boolean) =>
      domain.send('PATCH', me(), {
        body: { schemas: [PATCH_OP], Operations: [{ op: 'replace', path: 'active', value }] },
      });
    await activate(false);
    expect((await read()).status).toBe(401);
    await activate(true);
    await advanceClock(domain, 299);
    expect((await read()).status).toBe(200);
    await advanceClock(domain, 2);
    expect((await read()).status).toBe(401);
    now += 301;
    const [found] = (await domain.send('GET', '/admin/v1/ApiKeys')).body.Resources;
    expect((await read()).status).toBe(200);
    await domain.send('DELETE', `/admin/v1/ApiKeys/${found.id}`);
    expect((await read()).status).toBe(401);
  });
});

describe('the exchange of a signed request for an access token', () => {
  const exchange = (more: Record<string, string> = {}, changes: Changes = {}) =>
    send(
      'POST',
      '/oauth2/v1/token',
      form({ grant_type: EXCHANGE, requested_token_type: ACCESS_TOKEN, scope: 'https://api.example/read', ...more }),
      changes,
    );

  beforeEach(async () => {
    await create(domain, 'App', 'Apps', {
      displayName: 'The API',
      active: true,
      isOAuthResource: true,
      audience: 'https://api.example/',
      scopes: [{ value: 'read' }],
      allowOffline: true,
      basedOnTemplate: { value: 'CustomWebAppTemplateId' },
    });
  });

  it('gives a token of the user for the resource application', async () => {
    const answer = await exchange();
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 3600 });
    const claims = claimsIn(answer);
    expect(claims).toMatchObject({ aud: 'https://api.example/', scope: 'read', user_id: user.id, sub_type: 'user' });
  });

  it('gives a refresh token to a client that it names', async () => {
    const allowedScopes = [{ fqs: 'https://api.example/read' }];
    await newClient(domain, 'cli', { allowedScopes });
    const answer = await exchange({
      scope: 'https://api.example/read offline_access',
      client_id: 'cli',
      isCLI: 'true',
    });
    expect(answer.body, answer.text).toMatchObject({ refresh_token: expect.any(String) });
    expect(claimsIn(answer).client_id).toBe('cli');
  });

  it('refuses scopes of the domain, unknown ones, an unknown client, and a request that is not signed well', async () => {
    for (const scope of ['urn:opc:idm:__myscopes__', 'openid', 'https://api.example/write']) {
      expect((await exchange({ scope })).body.error, scope).toBe('invalid_scope');
    }
    expect((await exchange({ client_id: 'nobody' })).body.error).toBe('invalid_client');
    const unsigned = await exchange({}, { key: unknownKey().privateKey });
    expect([unsigned.status, unsigned.body.error]).toEqual([401, 'invalid_client']);
    const plain = { grant_type: EXCHANGE, requested_token_type: ACCESS_TOKEN, scope: 'https://api.example/read' };
    expect((await domain.tokenRequest(plain)).body.error).toBe('invalid_client');
  });
});

describe('a UPST', () => {
  it('signs requests with the key that it was made for', async () => {
    await create(domain, 'IdentityPropagationTrust', 'IdentityPropagationTrusts', {
      name: 'ci',
      type: 'JWT',
      issuer: 'https://ci.example',
      active: true,
      oauthClients: ['none'],
      publicCertificate: certified.pem,
    });
    const subject_token = await signJwt(certified, { iss: 'https://ci.example', sub: user.userName, exp: now + 60 });
    const session = unknownKey();
    const public_key = session.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    // The signature of a user does in place of a listed client.
    const answer = await send(
      'POST',
      '/oauth2/v1/token',
      form({
        grant_type: EXCHANGE,
        requested_token_type: 'urn:oci:token-type:oci-upst',
        subject_token_type: 'jwt',
        subject_token,
        public_key,
      }),
    );
    expect(answer.status, answer.text).toBe(200);
    const byToken = { keyId: `ST$${answer.body.token}`, key: session.privateKey };
    const read = (changes: Changes) => send('GET', '/admin/v1/SigningCert/jwk', undefined, changes);
    expect((await read(byToken)).status).toBe(200);
    expect((await read({ ...byToken, key })).status).toBe(401);
    await advanceClock(domain, 3600);
    now += 3600;
    expect((await read(byToken)).status).toBe(401);
  });
});
