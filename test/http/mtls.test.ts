import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEVELOPMENT_ADMIN_PASSWORD } from '../../src/config.ts';
import type { Emulator } from '../../src/index.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { newAuthority, selfSigned, type TestCertificate } from '../support/client-certificates.ts';
import { startTestEmulator, type TestDomain, testDomain } from '../support/emulator.ts';
import { claimsOf } from '../support/token-claims.ts';

const MY_SCOPES = 'urn:opc:idm:__myscopes__';
const TLS_GRANT = { grant_type: 'tls_client_auth', client_id: 'machine', scope: MY_SCOPES };
const SECRET_GRANT = { grant_type: 'client_credentials', scope: MY_SCOPES };

const directory = mkdtempSync(join(tmpdir(), 'idcs-mtls-'));
let emulator: Emulator;
let serverCa: string;
let own: TestCertificate;
let other: TestCertificate;

beforeAll(async () => {
  emulator = await startTestEmulator({ mtlsPort: 0 });
  serverCa = await (await fetch(`${emulator.url}/_emulator/ca.pem`)).text();
  [own, other] = await Promise.all([selfSigned('machine'), selfSigned('other')]);
});
afterAll(async () => {
  await emulator.stop();
  rmSync(directory, { recursive: true, force: true });
});

interface Reply {
  readonly status: number | undefined;
  readonly headers: Record<string, string | string[] | undefined>;
  // biome-ignore lint/suspicious/noExplicitAny: answers are read by path in assertions, which then check the values
  readonly body: any;
}

/** One request over TLS, with a certificate or without. */
function ask(
  url: string,
  certificate: TestCertificate | null,
  options: { form?: Record<string, string>; headers?: Record<string, string>; ca?: string } = {},
): Promise<Reply> {
  const { form, headers = {}, ca = serverCa } = options;
  const identity = certificate === null ? {} : { cert: certificate.cert, key: certificate.key };
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: form === undefined ? 'GET' : 'POST',
        ca,
        agent: false,
        ...identity,
        headers: { ...headers, ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}) },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => {
          const json = text.startsWith('{') ? JSON.parse(text) : text;
          resolve({ status: response.statusCode, headers: response.headers, body: json });
        });
      },
    );
    sent.on('error', reject);
    sent.end(form === undefined ? undefined : new URLSearchParams(form).toString());
  });
}

/** The domain on the port for client certificates. */
const secure = (domain: TestDomain, on: Emulator = emulator) => `${on.mtlsUrl}/_domains/${domain.name}`;
const tokenOver = (
  domain: TestDomain,
  certificate: TestCertificate | null,
  form: Record<string, string>,
  headers = {},
) => ask(`${secure(domain)}/oauth2/v1/token`, certificate, { form, headers });
const thumbprint = ({ base64 }: TestCertificate) =>
  createHash('sha256').update(Buffer.from(base64, 'base64')).digest('base64url');

/** A domain with the client `machine`, whose App lists a certificate. */
async function domainWithClient(certificate: TestCertificate, changes: JsonObject = {}, on = emulator) {
  const domain = await testDomain(on);
  const imported = await domain.send('POST', '/admin/v1/OAuthClientCertificates', {
    body: {
      schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:OAuthClientCertificate'],
      certificateAlias: 'machine-cert',
      x509Base64Certificate: certificate.base64,
    },
  });
  expect(imported.status, imported.text).toBe(201);
  const app = await domain.send('POST', '/admin/v1/Apps', {
    body: {
      schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:App'],
      displayName: 'machine',
      name: 'machine',
      basedOnTemplate: { value: 'CustomWebAppTemplateId' },
      isOAuthClient: true,
      clientType: 'confidential',
      allowedGrants: ['tls_client_auth', 'client_credentials', 'password', 'refresh_token'],
      certificates: [{ certAlias: 'machine-cert' }],
      active: true,
      ...changes,
    },
  });
  expect(app.status, app.text).toBe(201);
  return { domain, secret: app.body.clientSecret as string };
}

describe('the port for client certificates', () => {
  test('serves whoever comes, by the certificate whose CA is at /_emulator/ca.pem', async () => {
    const domain = await testDomain(emulator);
    for (const certificate of [null, own]) {
      const found = await ask(`${secure(domain)}/.well-known/openid-configuration`, certificate);
      expect(found.status).toBe(200);
      expect(found.body).toEqual((await domain.send('GET', '/.well-known/openid-configuration')).body);
    }
  });

  test('is what discovery calls secure, under the host name that was asked and under IDCS_BASE_URL', async () => {
    const domain = await testDomain(emulator);
    const { body } = await domain.send('GET', '/.well-known/openid-configuration');
    expect(body).toMatchObject({
      token_endpoint: `${domain.url}/oauth2/v1/token`,
      secure_token_endpoint: `${secure(domain)}/oauth2/v1/token`,
      secure_jwks_uri: `${secure(domain)}/admin/v1/SigningCert/jwk`,
    });
    const named = await startTestEmulator({ mtlsPort: 0, baseUrl: 'http://idp.example.com:8080/base' });
    const found = await (await fetch(`${named.url}/.well-known/openid-configuration`)).json();
    const { port } = new URL(named.mtlsUrl!);
    expect(found).toMatchObject({ secure_token_endpoint: `https://idp.example.com:${port}/base/oauth2/v1/token` });
    await named.stop();
  });
});

describe('a domain on both ports', () => {
  test('is one issuer, also in strict OpenID mode', async () => {
    const strict = await startTestEmulator({ mtlsPort: 0, issuer: 'domain' });
    const { domain } = await domainWithClient(own, {}, strict);
    const ca = await (await fetch(`${strict.url}/_emulator/ca.pem`)).text();
    const form = { ...SECRET_GRANT, client_id: 'machine' };
    const { body } = await ask(`${secure(domain, strict)}/oauth2/v1/token`, own, { form, ca });
    expect(claimsOf(body.access_token)).toMatchObject({ iss: domain.url });
    await strict.stop();
  });
});

describe('the grant tls_client_auth', () => {
  test.each(['tls_client_auth', 'tls_cert_auth'])('gives the client a token under the name %s', async (grant_type) => {
    const { domain } = await domainWithClient(own);
    const { status, body, headers } = await tokenOver(domain, own, { ...TLS_GRANT, grant_type });
    expect([status, body.token_type, body.expires_in]).toEqual([200, 'Bearer', 3600]);
    expect(headers['cache-control']).toBe('no-store');
    expect(body).not.toHaveProperty('refresh_token');
    expect(claimsOf(body.access_token)).toMatchObject({
      sub: 'machine',
      sub_type: 'client',
      cnf: { 'x5t#S256': thumbprint(own) },
    });
  });

  test.each([
    ['no certificate', () => null],
    ["another's certificate", () => other],
  ])('refuses %s', async (_what, certificate) => {
    const { domain } = await domainWithClient(own);
    const { status, body } = await tokenOver(domain, certificate(), TLS_GRANT);
    expect([status, body.error]).toEqual([401, 'invalid_client']);
  });

  test('takes no certificate from a header, nor on another port', async () => {
    const { domain } = await domainWithClient(own);
    const headers = {
      'x-client-cert': own.base64,
      'x-forwarded-client-cert': own.base64,
      'ssl-client-cert': own.cert.replace(/\n/g, ' '),
    };
    expect((await tokenOver(domain, null, TLS_GRANT, headers)).status).toBe(401);
    expect((await domain.tokenRequest(TLS_GRANT, null)).status).toBe(401);
  });

  test('refuses a secret in place of the certificate', async () => {
    const { domain, secret } = await domainWithClient(own);
    const { status, body } = await tokenOver(domain, own, { ...TLS_GRANT, client_secret: secret });
    expect([status, body.error]).toEqual([401, 'invalid_client']);
    expect(body.error_description).toContain('secure_token_endpoint');
  });

  test('refuses a client whose App does not list the grant, or is inactive', async () => {
    const unlisted = await domainWithClient(own, { allowedGrants: ['client_credentials'] });
    expect((await tokenOver(unlisted.domain, own, TLS_GRANT)).body.error).toBe('unauthorized_client');
    const inactive = await domainWithClient(own, { active: false });
    expect((await tokenOver(inactive.domain, own, TLS_GRANT)).body.error).toBe('invalid_client');
  });

  test("goes by the domain's clock, and says what to do", async () => {
    const { domain } = await domainWithClient(own);
    await domain.send('POST', '/_emulator/clock/advance', { token: null, body: { duration: 'P31D' } });
    const { status, body } = await tokenOver(domain, own, TLS_GRANT);
    expect([status, body.error]).toEqual([401, 'invalid_client']);
    expect(body.error_description).toMatch(/valid from .* Import a new certificate/);
  });
});

describe('a certificate in place of a secret', () => {
  test('authenticates a client for its other grants, and binds the tokens', async () => {
    const { domain } = await domainWithClient(own, { clientType: 'trusted' });
    const form = {
      grant_type: 'password',
      client_id: 'machine',
      username: 'admin@example.com',
      password: DEVELOPMENT_ADMIN_PASSWORD,
      scope: `${MY_SCOPES} offline_access`,
    };
    const { status, body } = await tokenOver(domain, own, form);
    expect(status, JSON.stringify(body)).toBe(200);
    expect(claimsOf(body.access_token)).toMatchObject({
      sub: 'admin@example.com',
      cnf: { 'x5t#S256': thumbprint(own) },
    });
    const again = { grant_type: 'refresh_token', client_id: 'machine', refresh_token: body.refresh_token };
    expect(claimsOf((await tokenOver(domain, own, again)).body.access_token)['cnf']).toEqual({
      'x5t#S256': thumbprint(own),
    });
    expect((await tokenOver(domain, other, again)).body.error).toBe('invalid_client');
  });

  test('changes nothing for a client that sends its secret', async () => {
    const { domain, secret } = await domainWithClient(own);
    const basic = { authorization: `Basic ${Buffer.from(`machine:${secret}`).toString('base64')}` };
    const { status, body } = await tokenOver(domain, own, SECRET_GRANT, basic);
    expect(status).toBe(200);
    expect(claimsOf(body.access_token)).not.toHaveProperty('cnf');
  });
});

describe('a bound token', () => {
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

  test('is good over a connection that shows its certificate, and over no other', async () => {
    const { domain } = await domainWithClient(own);
    const token = (await tokenOver(domain, own, TLS_GRANT)).body.access_token as string;
    const at = (base: string) => `${base}/admin/v1/SigningCert/jwk`;
    expect((await ask(at(secure(domain)), own, bearer(token))).status).toBe(200);
    for (const certificate of [null, other]) {
      const refused = await ask(at(secure(domain)), certificate, bearer(token));
      expect([refused.status, refused.headers['www-authenticate']]).toEqual([401, 'Bearer error="invalid_token"']);
    }
    expect((await domain.send('GET', '/admin/v1/SigningCert/jwk', { token })).status).toBe(401);
    expect((await domain.send('GET', '/admin/v1/Users', { token })).status).toBe(401);
    // Asked again, from the memory of verified tokens.
    expect((await ask(at(secure(domain)), own, bearer(token))).status).toBe(200);
  });

  test('of a user tells its userinfo over such a connection only', async () => {
    const { domain } = await domainWithClient(own);
    const form = {
      grant_type: 'password',
      client_id: 'machine',
      username: 'admin@example.com',
      password: DEVELOPMENT_ADMIN_PASSWORD,
      scope: 'openid',
    };
    const token = (await tokenOver(domain, own, form)).body.access_token as string;
    expect((await ask(`${secure(domain)}/oauth2/v1/userinfo`, own, bearer(token))).body.sub).toBe('admin@example.com');
    const refused = await domain.send('GET', '/oauth2/v1/userinfo', { token });
    expect([refused.status, refused.body.error]).toEqual([401, 'invalid_token']);
  });

  test('leaves other tokens as they are, on every port', async () => {
    const { domain } = await domainWithClient(own);
    for (const certificate of [null, own]) {
      const { status } = await ask(`${secure(domain)}/admin/v1/Users?count=1`, certificate, bearer(domain.token));
      expect(status).toBe(200);
    }
  });
});

describe('IDCS_MTLS_CLIENT_CA', () => {
  test('lets only certificates of that CA pass, and says so to others', async () => {
    const authority = await newAuthority('client CA');
    const issued = await authority.issue('machine');
    const file = join(directory, 'ca.pem');
    writeFileSync(file, authority.cert);
    const strict = await startTestEmulator({ mtlsPort: 0, mtlsClientCa: file });
    const { domain } = await domainWithClient(issued, {}, strict);
    const url = `${secure(domain, strict)}/oauth2/v1/token`;
    const good = await ask(url, issued, { form: TLS_GRANT });
    expect([good.status, good.body.token_type]).toEqual([200, 'Bearer']);
    const bad = await ask(url, own, { form: TLS_GRANT });
    expect([bad.status, bad.body.error]).toEqual([401, 'invalid_client']);
    expect(bad.body.error_description).toMatch(/does not chain to IDCS_MTLS_CLIENT_CA/);
    const none = await ask(`${secure(domain, strict)}/.well-known/openid-configuration`, null);
    expect(none.status).toBe(200);
    await strict.stop();
  });

  test.each([
    ['missing.pem', null, /^IDCS_MTLS_CLIENT_CA=.*missing\.pem: can't be read \(ENOENT\)/],
    ['text.pem', 'no certificate', /^IDCS_MTLS_CLIENT_CA=.*text\.pem: has no certificate/],
    [
      'broken.pem',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      /^IDCS_MTLS_CLIENT_CA=.*broken\.pem: .*allowed is a PEM file/,
    ],
  ])('refuses %s at the start', async (name, content, message) => {
    const file = join(directory, name);
    if (content !== null) writeFileSync(file, content);
    await expect(startTestEmulator({ mtlsPort: 0, mtlsClientCa: file })).rejects.toThrow(message);
  });
});
