import { createHmac, createPublicKey, randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/scim/json.ts';
import { type CertifiedKey, certifiedKey, unknownKey } from '../../support/certificates.ts';
import { advanceClock, freezeClock } from '../../support/domain-clock.ts';
import { type TestDomain, testDomain } from '../../support/emulator.ts';
import { newUser } from '../../support/new-user.ts';
import { claimsIn, importCertificate, MY_SCOPES, newClient, signJwt, type TestClient } from './assertion-fixture.ts';

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const PASSWORD = 'Correct-Horse-42';
const JDOE = 'jdoe@example.com';

let key: CertifiedKey;
let other: CertifiedKey;
let domain: TestDomain;
let client: TestClient;
let user: { id: string };
let now: number;

beforeAll(async () => {
  [key, other] = [await certifiedKey(0), await certifiedKey(1)];
});

beforeEach(async () => {
  domain = await testDomain();
  await importCertificate(domain, 'OAuthClientCertificate', 'signer-key', key);
  client = await newClient(domain, 'signer', { certificates: [{ certAlias: 'signer-key' }] });
  user = await newUser(domain, JDOE, PASSWORD);
  now = await freezeClock(domain);
});

function claims(changes: JsonObject = {}): JsonObject {
  return { sub: JDOE, iss: 'signer', aud: `${domain.url}/`, exp: now + 300, iat: now, ...changes };
}

function bring(assertion: string, more: Record<string, string> = {}, by = client) {
  return domain.tokenRequest({ grant_type: GRANT, assertion, scope: MY_SCOPES, ...more }, by);
}

async function refusal(assertion: string, by = client): Promise<string> {
  const answer = await bring(assertion, {}, by);
  expect(answer.body, answer.text).toMatchObject({ error: 'invalid_grant' });
  expect(answer.status).toBe(400);
  return answer.body.error_description;
}

describe('an identity token of the domain as assertion', () => {
  async function identityToken(by: TestClient = client): Promise<string> {
    const form = { grant_type: 'password', username: JDOE, password: PASSWORD, scope: 'openid' };
    return (await domain.tokenRequest(form, by)).body.id_token;
  }

  it('gives a token of the same user and session, also to another client, more than once', async () => {
    const issuing = await newClient(domain, 'portal');
    const idToken = await identityToken(issuing);
    const { sid } = claimsIn({ body: { access_token: idToken } } as never);
    for (let time = 0; time < 2; time++) {
      const answer = await bring(idToken);
      expect(answer.status, answer.text).toBe(200);
      expect(answer.body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 28_800 });
      expect(claimsIn(answer)).toMatchObject({
        sub: JDOE,
        sub_type: 'user',
        user_id: user.id,
        gtp: 'jwt',
        client_id: 'signer',
        sid,
        amr: ['USERNAME_PASSWORD'],
        idp_type: 'LOCAL',
      });
    }
  });

  it('gives a token that lives as long as the assertion, and none once that has expired', async () => {
    const idToken = await identityToken();
    await advanceClock(domain, 28_000);
    expect((await bring(idToken)).body.expires_in).toBe(800);
    expect((await bring(idToken, { scope: `${MY_SCOPES} urn:opc:resource:expiry=60` })).body.expires_in).toBe(60);
    await advanceClock(domain, 800);
    expect(await refusal(idToken)).toContain('expired');
  });

  it('is refused for a user who was deactivated, and for one who was locked, in the same words', async () => {
    const idToken = await identityToken();
    const patch = (path: string, value: unknown) =>
      domain.send('PATCH', `/admin/v1/Users/${user.id}`, {
        body: {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
          Operations: [{ op: 'replace', path, value: value as boolean }],
        },
      });
    expect((await patch('active', false)).status).toBe(200);
    const inactive = await refusal(idToken);
    await patch('active', true);
    expect((await bring(idToken)).status).toBe(200);
    for (let time = 0; time < 5; time++) {
      await domain.tokenRequest({ grant_type: 'password', username: JDOE, password: 'x', scope: 'openid' }, client);
    }
    expect(await refusal(idToken)).toBe(inactive);
  });

  it('is refused when it is an access token, of another domain, or changed', async () => {
    const form = { grant_type: 'password', username: JDOE, password: PASSWORD, scope: MY_SCOPES };
    expect(await refusal((await domain.tokenRequest(form, client)).body.access_token)).toContain('identity tokens');
    const elsewhere = await testDomain();
    const stranger = await newClient(elsewhere, 'stranger');
    await newUser(elsewhere, JDOE, PASSWORD);
    const foreign = await elsewhere.tokenRequest({ ...form, scope: 'openid' }, stranger);
    await refusal(foreign.body.id_token);
    const [header, payload, signature] = (await identityToken()).split('.') as [string, string, string];
    const changed = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), user_id: 'x' };
    await refusal(`${header}.${Buffer.from(JSON.stringify(changed)).toString('base64url')}.${signature}`);
  });
});

describe('an assertion that a client signed', () => {
  it.each(['kid', 'x5t', 'both'])('gives a token when its certificate is named by %s', async (by) => {
    const x5t = key.certificate.fingerprint.replaceAll(':', '');
    const header = {
      ...(by === 'x5t' ? {} : { kid: 'signer-key' }),
      ...(by === 'kid' ? {} : { x5t: Buffer.from(x5t, 'hex').toString('base64url') }),
    };
    const answer = await bring(await signJwt(key, claims(), header));
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.expires_in).toBe(3600);
    expect(claimsIn(answer)).toMatchObject({ sub: JDOE, sub_type: 'user', gtp: 'jwt', client_id: 'signer' });
  });

  it('gives a refresh token for offline_access and an identity token for openid', async () => {
    const assertion = await signJwt(key, claims(), { kid: 'signer-key' });
    const answer = await bring(assertion, { scope: `openid offline_access` });
    expect(claimsIn(answer, 'id_token')).toMatchObject({ sub: JDOE, tok_type: 'IT' });
    const refreshed = await domain.tokenRequest(
      { grant_type: 'refresh_token', refresh_token: answer.body.refresh_token },
      client,
    );
    expect(claimsIn(refreshed).sub).toBe(JDOE);
  });

  it('may be about the client itself', async () => {
    const assertion = await signJwt(key, claims({ sub: 'signer' }), { kid: 'signer-key' });
    expect(claimsIn(await bring(assertion))).toMatchObject({ sub: 'signer', sub_type: 'client', gtp: 'jwt' });
    expect((await bring(assertion, { scope: 'openid' })).body.error).toBe('invalid_scope');
  });

  it.each(['the issuer', 'the token endpoint', 'a list with the address'])('may be meant for %s', async (name) => {
    const aud = {
      'the issuer': 'https://identity.oraclecloud.com/',
      'the token endpoint': `${domain.url}/oauth2/v1/token`,
      'a list with the address': ['https://elsewhere.example', domain.url],
    }[name]!;
    expect((await bring(await signJwt(key, claims({ aud }), { kid: 'signer-key' }))).status).toBe(200);
  });

  it('counts once when it has a jti, and is not used up by a request for an unknown scope', async () => {
    const assertion = await signJwt(key, claims({ jti: randomUUID(), exp: now + 300.5 }), { kid: 'signer-key' });
    expect((await bring(assertion, { scope: 'urn:opc:idm:nothing' })).body.error).toBe('invalid_scope');
    expect((await bring(assertion)).status).toBe(200);
    expect(await refusal(assertion)).toContain('jti');
  });

  it.each<[string, JsonObject, string]>([
    ['that has expired', { exp: -61 }, 'expired'],
    ['without exp', { exp: null }, 'exp'],
    ['with exp in milliseconds', { exp: 1.8e12 }, 'seconds'],
    ['that is not valid yet', { nbf: 61 }, 'nbf'],
    ['from the future', { iat: 61 }, 'iat'],
    ['for another audience', { aud: 'https://elsewhere.example/' }, 'aud'],
    ['of another issuer', { iss: 'someone' }, 'iss'],
    ['without an issuer', { iss: null }, 'iss'],
    ['about nobody', { sub: null }, 'sub'],
    ['about an unknown user', { sub: 'nobody@example.com' }, 'subject'],
    ['about a name with NUL', { sub: '\u0000' }, 'subject'],
    ['with a jti that is no text', { jti: 1 }, 'jti'],
  ])('is refused %s', async (_name, changes, word) => {
    const all = claims(changes);
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) delete all[name];
      else if (typeof value === 'number' && value < 1000 && name !== 'jti') all[name] = now + value;
    }
    expect(await refusal(await signJwt(key, all, { kid: 'signer-key' }))).toContain(word);
  });

  it('is accepted from a clock that is a little ahead', async () => {
    const ahead = claims({ iat: now + 59, nbf: now + 59 });
    expect((await bring(await signJwt(key, ahead, { kid: 'signer-key' }))).status).toBe(200);
  });

  it('is refused when another key signed it, when it brings a key of its own, and with an unknown name or none', async () => {
    const stranger = unknownKey();
    const jwk = stranger.publicKey.export({ format: 'jwk' });
    for (const header of [
      { kid: 'signer-key' },
      { kid: 'signer-key', jwk },
      { kid: 'signer-key', x5c: [other.base64] },
      { kid: 'signer-key', jku: 'http://127.0.0.1:1/jwks' },
    ]) {
      expect(await refusal(await signJwt(stranger, claims(), header))).toContain('signature');
    }
    expect(await refusal(await signJwt(key, claims(), { kid: 'unknown' }))).toContain('kid');
    expect(await refusal(await signJwt(key, claims(), { kid: 'signer-key', x5t: 'AAAA' }))).toContain('x5t');
    expect(await refusal(await signJwt(key, claims()))).toContain('neither kid nor x5t');
  });

  it('is refused without a signature, with the public key as an HMAC secret, and when it is no JWT', async () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const payload = part(claims());
    const pem = createPublicKey(key.privateKey).export({ type: 'spki', format: 'pem' });
    const hmacInput = `${part({ alg: 'HS256', kid: 'signer-key' })}.${payload}`;
    for (const text of [
      `${part({ alg: 'none', kid: 'signer-key' })}.${payload}.`,
      `${part({ alg: 'none', kid: 'signer-key' })}.${payload}.AA`,
      `${hmacInput}.${createHmac('sha256', pem).update(hmacInput).digest('base64url')}`,
      await signJwt(key, claims(), { kid: 'signer-key', b64: true, crit: ['b64'] }),
      'nonsense',
      'a.b.c',
      '..',
      'e30.W10.AA',
    ]) {
      expect(await refusal(text)).toContain('RS256');
    }
  });

  it('is refused from a client that is not trusted, is public, or lacks the grant', async () => {
    const certificates = [{ certAlias: 'signer-key' }];
    const plain = await newClient(domain, 'plain', { clientType: 'confidential', certificates });
    const assertion = await signJwt(key, claims({ iss: 'plain' }), { kid: 'signer-key' });
    expect(await refusal(assertion, plain)).toContain('trusted');
    const without = await newClient(domain, 'without', { allowedGrants: ['client_credentials'], certificates });
    expect((await bring(assertion, {}, without)).body.error).toBe('unauthorized_client');
    await newClient(domain, 'open', { clientType: 'public', allowedGrants: [GRANT] });
    const form = { grant_type: GRANT, assertion, scope: MY_SCOPES, client_id: 'open' };
    expect((await domain.tokenRequest(form, null)).body.error).toBe('unauthorized_client');
  });
});

describe('an assertion that a partner signed', () => {
  it('counts for every client of the domain, whatever the partner calls itself, until the certificate is deleted', async () => {
    await importCertificate(domain, 'OAuthPartnerCertificate', 'partner', other);
    const plain = await newClient(domain, 'plain', { clientType: 'confidential' });
    const assertion = await signJwt(other, claims({ iss: 'https://partner.example' }), { kid: 'partner' });
    expect(claimsIn(await bring(assertion, {}, plain))).toMatchObject({ sub: JDOE, client_id: 'plain' });
    const x5t = Buffer.from(other.certificate.fingerprint.replaceAll(':', ''), 'hex').toString('base64url');
    const byThumbprint = await signJwt(other, claims({ iss: 'partner' }), { x5t });
    expect((await bring(byThumbprint, {}, plain)).status).toBe(200);
    expect(await refusal(await signJwt(key, claims(), { kid: 'partner' }), plain)).toContain('signature');
    const [found] = (await domain.send('GET', '/admin/v1/OAuthPartnerCertificates')).body.Resources;
    await domain.send('DELETE', `/admin/v1/OAuthPartnerCertificates/${found.id}`);
    await refusal(assertion, plain);
  });
});

describe('the name of an assertion’s user', () => {
  it('is a value of the attribute that Settings.subMappingAttr names', async () => {
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
    const Operations = [{ op: 'replace', path: 'subMappingAttr', value: 'externalId' }];
    const settings = await domain.send('PATCH', '/admin/v1/Settings/Settings', { body: { schemas, Operations } });
    expect(settings.status, settings.text).toBe(200);
    await domain.createUser('two', { externalId: 'E-2' });
    const assertion = (sub: string) => signJwt(key, claims({ sub }), { kid: 'signer-key' });
    expect(claimsIn(await bring(await assertion('E-2')))).toMatchObject({ sub: 'E-2', sub_mappingattr: 'externalId' });
    await refusal(await assertion(JDOE));
  });
});
