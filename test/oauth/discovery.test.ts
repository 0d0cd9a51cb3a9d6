import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeTestStore } from '../support/context.ts';
import { basic, newOAuthDomain, type OAuthDomain } from './oauth-domain.ts';

const BASE = 'http://127.0.0.1:8080';
const OWN = { grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' };
let domain: OAuthDomain;
let strict: OAuthDomain;

beforeAll(async () => {
  [domain, strict] = [await newOAuthDomain(), await newOAuthDomain({ strictIssuer: true })];
  await domain.client('plain');
  await strict.client('plain');
});

afterAll(async () => {
  await domain.app.close();
  await strict.app.close();
  await closeTestStore();
});

const get = (of: OAuthDomain, url: string, headers: Record<string, string> = {}) => of.app.inject({ url, headers });

describe('/.well-known/openid-configuration', () => {
  it('says what a live domain says, with its own addresses', async () => {
    const answer = await get(domain, '/.well-known/openid-configuration');
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json;charset=utf-8');
    expect(answer.json()).toMatchObject({
      issuer: 'https://identity.oraclecloud.com/',
      token_endpoint: `${BASE}/oauth2/v1/token`,
      introspection_endpoint: `${BASE}/oauth2/v1/introspect`,
      end_session_endpoint: `${BASE}/oauth2/v1/userlogout`,
      jwks_uri: `${BASE}/admin/v1/SigningCert/jwk`,
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'private_key_jwt', 'client_secret_post'],
      idcs_logout_v3: 'supported',
    });
    for (const absent of [
      'code_challenge_methods_supported',
      'device_authorization_endpoint',
      'registration_endpoint',
    ]) {
      expect(answer.json()).not.toHaveProperty(absent);
    }
  });

  it("shows the issuer of the domain's Settings", async () => {
    const own = await newOAuthDomain();
    own.settings({ issuer: 'https://issuer.example.com' });
    expect((await get(own, '/.well-known/openid-configuration')).json().issuer).toBe('https://issuer.example.com');
    await own.app.close();
  });

  it('has what strict libraries look for in strict mode', async () => {
    expect((await get(strict, '/.well-known/openid-configuration')).json()).toMatchObject({
      issuer: BASE,
      code_challenge_methods_supported: ['plain', 'S256'],
      device_authorization_endpoint: `${BASE}/oauth2/v1/device`,
    });
  });
});

describe('/.well-known/idcs-configuration', () => {
  it('wraps the OpenID document and names the Asserter', async () => {
    const openId = (await get(domain, '/.well-known/openid-configuration')).json();
    expect((await get(domain, '/.well-known/idcs-configuration')).json()).toEqual({
      configuration: { version: '1' },
      'access-configuration': {
        http_authentication_endpoint: `${BASE}/admin/v1/HTTPAuthenticator`,
        encryption_keys_endpoint: `${BASE}/admin/v1/EncryptionKeys`,
        password_authenticator_endpoint: `${BASE}/admin/v1/PasswordAuthenticator`,
        asserter_endpoint: `${BASE}/admin/v1/Asserter`,
      },
      'openid-configuration': openId,
    });
  });
});

describe('OPTIONS', () => {
  it('names the verbs of the token endpoint', async () => {
    const answer = await domain.app.inject({ method: 'OPTIONS', url: '/oauth2/v1/token' });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({ allow: 'POST,OPTIONS', 'access-control-allow-methods': 'POST,OPTIONS' });
  });

  it.each(['/.well-known/openid-configuration', '/.well-known/idcs-configuration', '/admin/v1/SigningCert/jwk'])(
    'names the verbs of %s',
    async (url) => {
      const answer = await domain.app.inject({ method: 'OPTIONS', url });
      expect(answer.statusCode).toBe(200);
      expect(answer.body).toBe('');
      expect(answer.headers).toMatchObject({ allow: 'GET,OPTIONS', 'access-control-allow-methods': 'GET,OPTIONS' });
    },
  );
});

describe('/admin/v1/SigningCert/jwk', () => {
  const PATH = '/admin/v1/SigningCert/jwk';

  it('needs a token: 401 in SCIM form without, in HTML with a bad one', async () => {
    const without = await get(domain, PATH);
    expect(without.statusCode).toBe(401);
    expect(without.json()).toMatchObject({ detail: 'Operation failed due to unauthorized access.', status: '401' });
    const bad = await get(domain, PATH, { authorization: 'Bearer a.b.c' });
    expect(bad.statusCode).toBe(401);
    expect(bad.headers['content-type']).toMatch(/^text\/html/);
    expect(bad.body).toContain('Proper authorization is required for this area');
  });

  it('answers any valid token with the keys that verify it', async () => {
    const { access_token } = (await domain.token(OWN, basic('plain'))).json();
    const answer = await get(domain, PATH, { authorization: `Bearer ${access_token}` });
    expect(answer.statusCode).toBe(200);
    expect(answer.json().keys).toEqual([
      expect.objectContaining({ kid: 'SIGNING_KEY', kty: 'RSA', alg: 'RS256', key_ops: ['encrypt', 'sign'] }),
    ]);
    expect(answer.headers['cache-control']).toContain('no-store');
  });

  it('is open when Settings.signingCertPublicAccess says so', async () => {
    const own = await newOAuthDomain();
    own.settings({ signingCertPublicAccess: true });
    expect((await get(own, PATH)).statusCode).toBe(200);
    own.settings({ signingCertPublicAccess: false });
    expect((await get(own, PATH)).statusCode).toBe(401);
    await own.app.close();
  });

  it('lets a strict library verify tokens without a token of its own in strict mode', async () => {
    const { access_token } = (await strict.token(OWN, basic('plain'))).json();
    const keys = createLocalJWKSet((await get(strict, PATH)).json() as JSONWebKeySet);
    const currentDate = new Date(strict.context.clock.now());
    const { payload } = await jwtVerify(access_token, keys, { issuer: BASE, audience: BASE, currentDate });
    expect(payload.sub).toBe('plain');
  });
});
