import { createPrivateKey, randomUUID, X509Certificate } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certifiedJwk } from '../../../src/oauth/keys/certificate.ts';
import { DEVELOPMENT_AUTHORITY, DEVELOPMENT_KEYS } from '../../../src/oauth/keys/development-keys.ts';
import { keyPairOf } from '../../../src/oauth/keys/key-pair.ts';
import { compileResourceType } from '../../../src/scim/compile.ts';
import type { JsonObject } from '../../../src/scim/json.ts';
import { closeTestStore } from '../../support/context.ts';
import { basic, newOAuthDomain, type OAuthDomain } from '../oauth-domain.ts';

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const BASE = 'http://127.0.0.1:8080';
const key = createPrivateKey(DEVELOPMENT_KEYS[0]!);
let domain: OAuthDomain;
let x5t: string;
let certificate: string;

beforeAll(async () => {
  domain = await newOAuthDomain();
  const jwk = await certifiedJwk(keyPairOf(DEVELOPMENT_KEYS[0]!).publicJwk, 'k', 'app', DEVELOPMENT_AUTHORITY);
  x5t = String(jwk['x5t']);
  certificate = String((jwk['x5c'] as string[])[0]);
  await domain.client('signer', { certificates: [{ certAlias: 'my-cert', x509Base64Certificate: certificate }] });
  await domain.client('secretive');
});

afterAll(async () => {
  await domain.app.close();
  await closeTestStore();
});

function claims(changes: JsonObject = {}): JsonObject {
  const now = domain.context.clock.now() / 1000;
  return { sub: 'signer', iss: 'signer', aud: `${BASE}/`, exp: now + 60, iat: now, ...changes };
}

function assertion(payload: JsonObject, header: { kid?: string; x5t?: string } = { kid: 'my-cert' }, signing = key) {
  return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', ...header }).sign(signing);
}

function send(client_assertion: string, more: Record<string, string> = {}, headers: Record<string, string> = {}) {
  return domain.token(
    {
      grant_type: 'client_credentials',
      scope: 'urn:opc:idm:__myscopes__',
      client_assertion_type: TYPE,
      client_assertion,
      ...more,
    },
    headers,
  );
}

describe('private_key_jwt', () => {
  it.each([
    ['the alias as kid', { kid: 'my-cert' }],
    ['the thumbprint as x5t', {}],
    ['both', { kid: 'my-cert' }],
  ])('accepts %s', async (name, header) => {
    const full = name === 'the alias as kid' ? header : { ...header, x5t };
    const answer = await send(await assertion(claims(), full), { client_id: 'signer' });
    expect(answer.json()).toMatchObject({ token_type: 'Bearer' });
  });

  it.each([
    BASE,
    `${BASE}/oauth2/v1/token`,
    'https://identity.oraclecloud.com/',
    ['https://elsewhere.example', `${BASE}/`],
  ])('accepts the audience %s', async (aud) => {
    expect((await send(await assertion(claims({ aud })))).statusCode).toBe(200);
  });

  it('finds a certificate that was imported under the alias', async () => {
    const type = compileResourceType(
      {
        name: 'OAuthClientCertificate',
        endpoint: '/OAuthClientCertificates',
        schema: 'urn:ietf:params:scim:schemas:oracle:idcs:OAuthClientCertificate',
        kind: 'collection',
        operations: [],
        attributes: [
          { name: 'certificateAlias', type: 'string' },
          { name: 'x509Base64Certificate', type: 'string' },
        ],
      },
      { columns: { name: 'certificateAlias' } },
    );
    const { store, clock, domain: row } = domain.context;
    const pem = new X509Certificate(Buffer.from(certificate, 'base64')).toString();
    const data = { certificateAlias: 'imported', x509Base64Certificate: pem };
    const write = { type, id: 'cert1', ocid: null, version: '1', lastModified: clock.now(), data };
    await store.resources.insert(row.id, write, clock.now());
    await domain.client('importer', { certificates: [{ certAlias: 'imported' }] });
    const signed = await assertion(claims({ sub: 'importer', iss: 'importer' }), { kid: 'imported' });
    expect((await send(signed)).statusCode).toBe(200);
  });

  it('accepts a jti once', async () => {
    const signed = await assertion(claims({ jti: randomUUID() }));
    expect((await send(signed)).statusCode).toBe(200);
    const again = await send(signed);
    expect(again.statusCode).toBe(401);
    expect(again.json()).toMatchObject({ error: 'invalid_client', error_description: expect.stringContaining('jti') });
  });

  it.each([
    ['expired', { exp: 1 }, {}],
    ['without exp', { exp: null }, {}],
    ['for another audience', { aud: 'https://elsewhere.example/' }, {}],
    ['of another issuer', { iss: 'secretive' }, {}],
    ['of a client without certificates', { sub: 'secretive', iss: 'secretive' }, {}],
    ['of an unknown client', { sub: 'nobody', iss: 'nobody' }, {}],
    ['with an unknown kid', {}, { kid: 'other' }],
    ['with another thumbprint', {}, { x5t: 'AAAA' }],
    ['with neither kid nor x5t', {}, null],
  ])('refuses an assertion %s', async (_name, changes, header) => {
    const payload = claims(changes as JsonObject);
    if (payload['exp'] === null) delete payload['exp'];
    const answer = await send(await assertion(payload, header === null ? {} : { kid: 'my-cert', ...header }));
    expect(answer.statusCode).toBe(401);
    expect(answer.json()).toMatchObject({ error: 'invalid_client' });
  });

  it('refuses an assertion that another key signed, one without a signature, and what is no JWT', async () => {
    const forged = await assertion(claims(), { kid: 'my-cert' }, createPrivateKey(DEVELOPMENT_KEYS[1]!));
    const [, payload] = forged.split('.');
    const none = `${Buffer.from('{"alg":"none","kid":"my-cert"}').toString('base64url')}.${payload}.`;
    for (const text of [forged, none, 'nonsense', 'a.b.c', '..']) {
      const answer = await send(text);
      expect(answer.statusCode).toBe(401);
      expect(answer.json()).toMatchObject({ error: 'invalid_client' });
    }
  });

  it('refuses a second method beside it, another type and a missing part', async () => {
    const signed = await assertion(claims());
    expect((await send(signed, {}, basic('signer'))).json()).toMatchObject({ error: 'invalid_request' });
    expect((await send(signed, { client_assertion_type: 'saml' })).json()).toMatchObject({ error: 'invalid_request' });
    expect((await send('')).json()).toMatchObject({ error: 'invalid_request' });
    expect((await send(signed, { client_id: 'secretive' })).json()).toMatchObject({ error: 'invalid_request' });
  });
});
