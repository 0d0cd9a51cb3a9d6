import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { DEVELOPMENT_CLIENT_SECRET } from '../../src/config.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { answerOf } from '../oauth/authorize/authorize-world.ts';
import { importCertificate } from '../oauth/token/assertion-fixture.ts';
import { type CertifiedKey, certifiedKey } from '../support/certificates.ts';
import { postAs, type Victim, victim } from './victim.ts';

/*
 * Forged JWTs (RFC 8725): at every place that takes one.
 */

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const ADMIN_CLIENT = { clientId: 'idcs-admin', secret: DEVELOPMENT_CLIENT_SECRET };

type Jwt = readonly [header: string, payload: string, signature: string];

const b64 = (value: string | Buffer) => Buffer.from(value).toString('base64url');
const json = (value: unknown) => b64(JSON.stringify(value));
const joined = (...parts: readonly string[]) => parts.join('.');
const ours = generateKeyPairSync('rsa', { modulusLength: 2048 });
const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' });

function signedBy(key: typeof ours.privateKey, header: unknown, payload: string): string {
  const input = `${typeof header === 'string' ? header : json(header)}.${payload}`;
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
}

/** What an attacker makes of a good token, knowing the public key. */
function forgeries([header, payload, signature]: Jwt, jwk: JsonObject): readonly (readonly [string, string])[] {
  const fields = JSON.parse(Buffer.from(header, 'base64url').toString()) as JsonObject;
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as JsonObject;
  const { kid } = fields;
  const more = json({ ...claims, sub: 'somebody-else' });
  const spki = createPublicKey({ key: jwk as never, format: 'jwk' });
  const pem = String(spki.export({ format: 'pem', type: 'spki' }));
  const own = ours.publicKey.export({ format: 'jwk' });
  const hmac = (secret: string | Buffer, alg = 'HS256', hash = 'sha256') => {
    const input = `${json({ ...fields, alg })}.${payload}`;
    return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`;
  };
  const nones = ['none', 'None', 'NONE', 'nOnE', '', 'none ', 'null'].flatMap((alg): [string, string][] => [
    [`alg ${JSON.stringify(alg)} without signature`, joined(json({ ...fields, alg }), payload, '')],
    [`alg ${JSON.stringify(alg)} with the old signature`, joined(json({ ...fields, alg }), payload, signature)],
  ]);
  const kids = [
    '../../../../dev/null',
    '/dev/null',
    "x' UNION SELECT 'key",
    'x; drop table key',
    '',
    '__proto__',
    '\0',
  ];
  return [
    ...nones,
    ['no alg', joined(json({ kid }), payload, signature)],
    ['alg as an array', joined(json({ ...fields, alg: ['RS256'] }), payload, signature)],
    ['alg null', joined(json({ ...fields, alg: null }), payload, '')],
    ['an empty signature', joined(header, payload, '')],
    ['no signature', joined(header, payload)],
    ['a signature of zeros', joined(header, payload, b64(Buffer.alloc(256)))],
    ['other claims under the old signature', joined(header, more, signature)],
    ['HS256 with the public key as PEM', hmac(pem)],
    ['HS256 with the public key as PEM without its last line break', hmac(pem.trim())],
    ['HS256 with the public key as DER', hmac(spki.export({ format: 'der', type: 'spki' }))],
    ['HS256 with the public key as PKCS #1', hmac(spki.export({ format: 'pem', type: 'pkcs1' }))],
    ['HS256 with the public key as JWK', hmac(JSON.stringify(jwk))],
    ['HS256 with the modulus', hmac(Buffer.from(String(jwk['n']), 'base64url'))],
    ['HS256 with an empty secret', hmac('')],
    ['HS512 with the public key', hmac(pem, 'HS512', 'sha512')],
    ["RS256 with the attacker's key", signedBy(ours.privateKey, fields, payload)],
    ['its own jwk', signedBy(ours.privateKey, { ...fields, jwk: own }, payload)],
    ['its own jwk and no kid', signedBy(ours.privateKey, { alg: 'RS256', jwk: own }, payload)],
    ['its own jku', signedBy(ours.privateKey, { ...fields, jku: 'http://127.0.0.1:1/jwks' }, payload)],
    ['its own x5u', signedBy(ours.privateKey, { ...fields, x5u: 'http://127.0.0.1:1/cert' }, payload)],
    ['its own x5c', signedBy(ours.privateKey, { ...fields, x5c: ['MIIB'] }, payload)],
    ...kids.map((id): [string, string] => [
      `kid ${JSON.stringify(id)}`,
      signedBy(ours.privateKey, { ...fields, kid: id }, payload),
    ]),
    ['kid as an object', signedBy(ours.privateKey, { ...fields, kid: { a: 1 } }, payload)],
    ['ES256', signedBy(curve.privateKey, { ...fields, alg: 'ES256' }, payload)],
    ['an elliptic curve called RS256', signedBy(curve.privateKey, fields, payload)],
    ['the old signature called RS512', joined(json({ ...fields, alg: 'RS512' }), payload, signature)],
    ['the old signature called PS256', joined(json({ ...fields, alg: 'PS256' }), payload, signature)],
    ['crit added', joined(json({ ...fields, crit: ['b64'], b64: false }), payload, signature)],
    [
      'b64 false and an unencoded payload',
      joined(json({ ...fields, b64: false, crit: ['b64'] }), JSON.stringify(claims), signature),
    ],
    ['five parts, as if encrypted', joined(json({ alg: 'RSA-OAEP', enc: 'A128GCM' }), 'a', 'b', 'c', 'd')],
    ['a part more', joined(header, payload, signature, signature)],
    ['a part more, empty', joined(header, payload, signature, '')],
    ['the JSON serialization', JSON.stringify({ protected: header, payload, signature })],
    ['padding in its claims', joined(header, `${payload}=`, signature)],
    ['a line break in its claims', joined(header, `${payload}\n`, signature)],
    ['claims that are an array', signedBy(ours.privateKey, fields, json([claims]))],
    ['claims that are null', signedBy(ours.privateKey, fields, json(null))],
    ['200 kB of claims', signedBy(ours.privateKey, fields, json({ ...claims, more: 'x'.repeat(200_000) }))],
    [
      '10,000 levels of claims',
      signedBy(ours.privateKey, fields, b64(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`)),
    ],
    [
      'duplicated claims',
      joined(header, b64(JSON.stringify(claims).replace('{', '{"sub":"somebody-else",')), signature),
    ],
    ['nothing but dots', '..'],
    ['NULs', '\0.\0.\0'],
  ];
}

let signedIn: Victim;
let trusted: CertifiedKey;
let jwk: JsonObject;
// biome-ignore lint/suspicious/noExplicitAny: an answer's body
let issued: any;
beforeAll(async () => {
  signedIn = await victim({
    allowedGrants: ['authorization_code', 'client_credentials', 'refresh_token', JWT_BEARER],
    clientType: 'trusted',
  });
  const { world } = signedIn;
  issued = await signedIn.tokens('openid urn:opc:idm:__myscopes__');
  jwk = (await world.send('GET', '/admin/v1/SigningCert/jwk')).body.keys[0];
  trusted = await certifiedKey();
  await importCertificate(world, 'OAuthPartnerCertificate', 'partner', trusted);
});

const parts = (token: string) => token.split('.') as unknown as Jwt;
/** Headers run to 64 KiB, and can't hold line breaks. */
const asHeader = (token: string) => token.length < 60_000 && /^[\x21-\x7e]+$/.test(token);

describe('A forged JWT', () => {
  test('is no access token: admin API, userinfo, introspection, revocation', async () => {
    const { world, app } = signedIn;
    for (const [what, token] of forgeries(parts(issued.access_token), jwk)) {
      if (asHeader(token)) {
        expect((await world.send('GET', '/admin/v1/PasswordPolicies', { token })).status, what).toBe(401);
        expect((await world.send('GET', '/oauth2/v1/userinfo', { token })).status, what).toBe(401);
      }
      const introspected = await postAs(world, ADMIN_CLIENT, 'introspect', { token });
      expect([introspected.status, introspected.body], what).toEqual([200, { active: false }]);
      expect((await postAs(world, app, 'revoke', { token })).status, what).toBe(200);
    }
    expect((await world.send('GET', '/oauth2/v1/userinfo', { token: issued.access_token })).status).toBe(200);
  });

  test('is no id_token_hint', async () => {
    const { world, app, browser } = signedIn;
    for (const [what, token] of forgeries(parts(issued.id_token), jwk)) {
      if (!asHeader(token) || token.length > 20_000) continue;
      const page = await browser.get(world.authorizeUrl(app, { id_token_hint: token, prompt: 'none' }));
      expect(answerOf(page), what).toMatchObject({ error: 'invalid_request' });
      const query = new URLSearchParams({ id_token_hint: token });
      const { status } = await world.browser().get(`/oauth2/v1/userlogout?${query}`);
      expect(status, what).toBe(400);
    }
  });

  test('is no user assertion', async () => {
    const { world, app } = signedIn;
    for (const [what, assertion] of forgeries(parts(issued.id_token), jwk)) {
      const answer = await postAs(world, app, 'token', { grant_type: JWT_BEARER, assertion, scope: 'openid' });
      expect([answer.status, answer.body.error], what).toEqual([400, 'invalid_grant']);
    }
    const good = { grant_type: JWT_BEARER, assertion: issued.id_token, scope: 'openid' };
    expect((await postAs(world, app, 'token', good)).status).toBe(200);
  });

  test("is no client assertion: made of the client's own good one", async () => {
    const { world } = signedIn;
    const key = await certifiedKey();
    await importCertificate(world, 'OAuthClientCertificate', 'own', key);
    const app = await world.app({
      allowedGrants: ['client_credentials'],
      redirectUris: [],
      certificates: [{ certAlias: 'own' }],
    });
    const claims = {
      iss: app.clientId,
      sub: app.clientId,
      aud: `${world.url}/oauth2/v1/token`,
      exp: Math.floor(Date.now() / 1000) + 600,
    };
    const good = signedBy(key.privateKey as never, { alg: 'RS256', kid: 'own' }, json(claims));
    const ask = (client_assertion: string) =>
      postAs(world, null, 'token', {
        grant_type: 'client_credentials',
        scope: 'urn:opc:idm:__myscopes__',
        client_assertion,
        client_assertion_type: ASSERTION_TYPE,
      });
    const publicJwk = createPublicKey(key.pem).export({ format: 'jwk' }) as unknown as JsonObject;
    for (const [what, token] of forgeries(parts(good), publicJwk)) {
      const answer = await ask(token);
      expect([400, 401], what).toContain(answer.status);
      expect(['invalid_client', 'invalid_request'], what).toContain(answer.body.error);
    }
    const answer = await ask(good);
    expect(answer.status, answer.text).toBe(200);
  });
});
