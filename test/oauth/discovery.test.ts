import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeTestStore } from '../support/context.ts';
import { basic, newOAuthDomain, type OAuthDomain } from './oauth-domain.ts';

const BASE = 'http://127.0.0.1:8080';
const SECURE = 'https://127.0.0.1:8444';
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

/** A live answer, with its hosts replaced. */
function recorded(base: string, secure: string) {
  return {
    issuer: 'https://identity.oraclecloud.com/',
    authorization_endpoint: `${base}/oauth2/v1/authorize`,
    token_endpoint: `${base}/oauth2/v1/token`,
    userinfo_endpoint: `${base}/oauth2/v1/userinfo`,
    revocation_endpoint: `${base}/oauth2/v1/revoke`,
    introspection_endpoint: `${base}/oauth2/v1/introspect`,
    end_session_endpoint: `${base}/oauth2/v1/userlogout`,
    secure_authorization_endpoint: `${secure}/oauth2/v1/authorize`,
    secure_token_endpoint: `${secure}/oauth2/v1/token`,
    secure_userinfo_endpoint: `${secure}/oauth2/v1/userinfo`,
    secure_revocation_endpoint: `${secure}/oauth2/v1/revoke`,
    secure_introspection_endpoint: `${secure}/oauth2/v1/introspect`,
    secure_end_session_endpoint: `${secure}/oauth2/v1/userlogout`,
    jwks_uri: `${base}/admin/v1/SigningCert/jwk`,
    secure_jwks_uri: `${secure}/admin/v1/SigningCert/jwk`,
    scopes_supported: 'openid profile offline_access email address phone groups get_groups approles get_approles'.split(
      ' ',
    ),
    response_types_supported: [
      'code',
      'token',
      'id_token',
      'code token',
      'code id_token',
      'token id_token',
      'code token id_token',
    ],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    claims_supported: ['aud', 'exp', 'iat', 'iss', 'jti', 'sub'],
    grant_types_supported: [
      'client_credentials',
      'password',
      'refresh_token',
      'authorization_code',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
      'tls_cert_auth',
    ],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'private_key_jwt', 'client_secret_post'],
    token_endpoint_auth_signing_alg_values_supported: ['RS256'],
    userinfo_signing_alg_values_supported: ['none'],
    ui_locales_supported: ['en'],
    claims_parameter_supported: false,
    http_logout_supported: true,
    logout_session_supported: false,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    require_request_uri_registration: false,
    idcs_id_token: 'supported',
    idcs_logout_v3: 'supported',
  };
}

describe('/.well-known/openid-configuration', () => {
  it('has exactly the members, values and order of a live answer', async () => {
    const own = await newOAuthDomain({ mtlsPort: 8444 });
    const answer = await get(own, '/.well-known/openid-configuration');
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json;charset=utf-8');
    expect(answer.body).toBe(JSON.stringify(recorded(BASE, SECURE)));
    await own.app.close();
  });

  it('leaves the secure addresses out where there is no port for client certificates', async () => {
    const { body } = await get(domain, '/.well-known/openid-configuration');
    const plain = Object.entries(recorded(BASE, SECURE)).filter(([name]) => !name.startsWith('secure_'));
    expect(body).toBe(JSON.stringify(Object.fromEntries(plain)));
  });

  it("shows the issuer of the domain's Settings", async () => {
    const own = await newOAuthDomain();
    own.settings({ issuer: 'https://issuer.example.com' });
    expect((await get(own, '/.well-known/openid-configuration')).json().issuer).toBe('https://issuer.example.com');
    await own.app.close();
  });

  it('has what strict libraries look for in strict mode', async () => {
    const answer = (await get(strict, '/.well-known/openid-configuration')).json();
    expect(answer).toMatchObject({
      issuer: BASE,
      response_modes_supported: ['query', 'fragment', 'form_post'],
      authorization_response_iss_parameter_supported: true,
      code_challenge_methods_supported: ['plain', 'S256'],
      ui_locales_supported: ['en', 'de', 'fr', 'es', 'ja'],
      device_authorization_endpoint: `${BASE}/oauth2/v1/device`,
    });
    expect(answer.grant_types_supported).toEqual(
      expect.arrayContaining(['authorization_code', 'implicit', 'urn:ietf:params:oauth:grant-type:device_code']),
    );
    expect(answer.token_endpoint_auth_methods_supported).toContain('none');
    expect(answer).not.toHaveProperty('mtls_endpoint_aliases');
  });

  it('names the addresses for client certificates as RFC 8705 does in strict mode', async () => {
    const own = await newOAuthDomain({ strictIssuer: true, mtlsPort: 8444 });
    expect((await get(own, '/.well-known/openid-configuration')).json()).toMatchObject({
      tls_client_certificate_bound_access_tokens: true,
      token_endpoint_auth_methods_supported: expect.arrayContaining(['self_signed_tls_client_auth']),
      mtls_endpoint_aliases: {
        token_endpoint: `${SECURE}/oauth2/v1/token`,
        userinfo_endpoint: `${SECURE}/oauth2/v1/userinfo`,
      },
    });
    await own.app.close();
  });

  it('has the name of RFC 8414 in strict mode only', async () => {
    const path = '/.well-known/oauth-authorization-server';
    const openId = (await get(strict, '/.well-known/openid-configuration')).body;
    expect((await get(strict, path)).body).toBe(openId);
    expect((await get(domain, path)).statusCode).toBe(404);
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
