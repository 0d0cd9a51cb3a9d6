import { createPublicKey, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/scim/json.ts';
import { type CertifiedKey, certifiedKey, unknownKey } from '../../support/certificates.ts';
import { advanceClock, freezeClock } from '../../support/domain-clock.ts';
import { type TestDomain, testDomain } from '../../support/emulator.ts';
import { claimsIn, create, newClient, signJwt, type TestClient } from './assertion-fixture.ts';
import { assertionParts, assertionXml, bearerSubject, encoded, signXml } from './saml-fixture.ts';

const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
const UPST = 'urn:oci:token-type:oci-upst';
const ISSUER = 'https://ci.example';
const JDOE = 'jdoe@example.com';

let key: CertifiedKey;
let other: CertifiedKey;
let caller: { privateKey: KeyObject; publicKey: KeyObject };
let domain: TestDomain;
let client: TestClient;
let user: { id: string; ocid: string };
let now: number;
let server: Server | undefined;

beforeAll(async () => {
  [key, other] = [await certifiedKey(0), await certifiedKey(1)];
  caller = unknownKey();
});

beforeEach(async () => {
  domain = await testDomain();
  client = await newClient(domain, 'pipeline', { clientType: 'confidential', allowedGrants: ['client_credentials'] });
  user = await domain.createUser(JDOE);
  now = await freezeClock(domain);
});

afterEach(() => {
  server?.close();
  server = undefined;
});

function trust(changes: JsonObject = {}): Promise<JsonObject> {
  const body: JsonObject = {
    name: 'ci',
    type: 'JWT',
    issuer: ISSUER,
    active: true,
    oauthClients: ['pipeline'],
    publicCertificate: key.pem,
    ...changes,
  };
  for (const [name, value] of Object.entries(body)) if (value === null) delete body[name];
  return create(domain, 'IdentityPropagationTrust', 'IdentityPropagationTrusts', body);
}

function claims(changes: JsonObject = {}): JsonObject {
  return { iss: ISSUER, sub: JDOE, exp: now + 300, iat: now, ...changes };
}

function publicKeyPem(): string {
  return caller.publicKey.export({ type: 'spki', format: 'pem' }).toString();
}

function exchange(subject_token: string, more: Record<string, string> = {}, by: TestClient = client) {
  return domain.tokenRequest(
    {
      grant_type: GRANT,
      requested_token_type: UPST,
      subject_token_type: 'jwt',
      subject_token,
      public_key: publicKeyPem(),
      ...more,
    },
    by,
  );
}

async function refusal(changes: JsonObject = {}, signer: Pick<CertifiedKey, 'privateKey'> = key): Promise<string> {
  const answer = await exchange(await signJwt(signer, claims(changes)));
  expect(answer.body, answer.text).toMatchObject({ error: 'invalid_grant' });
  expect(answer.status).toBe(400);
  return answer.body.error_description;
}

describe('the exchange of a JWT for a UPST', () => {
  it('answers a token about the user, with the caller’s key, for an hour', async () => {
    await trust();
    const answer = await exchange(await signJwt(key, claims()));
    expect(answer.status, answer.text).toBe(200);
    expect(Object.keys(answer.body)).toEqual(['token']);
    const upst = claimsIn(answer, 'token');
    expect(upst).toMatchObject({ sub: user.ocid, user_id: user.id, tok_type: 'UPST', iat: now, exp: now + 3600 });
    expect(upst).not.toHaveProperty('source_authn_prin');
    const shown = createPublicKey({ key: JSON.parse(upst.jwk), format: 'jwk' });
    expect(shown.equals(caller.publicKey)).toBe(true);
    const used = await domain.send('GET', '/admin/v1/Users', { token: answer.body.token });
    expect(used.status).toBe(401);
  });

  it('takes the key as DER in base64, also with + turned into blanks', async () => {
    await trust();
    const der = caller.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    for (const public_key of [der, der.replaceAll('+', ' ')]) {
      expect((await exchange(await signJwt(key, claims()), { public_key })).status).toBe(200);
    }
  });

  it('lives as long as Settings.iamUpstSessionExpiry says', async () => {
    await trust();
    const body = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', path: 'iamUpstSessionExpiry', value: 15 }],
    };
    await domain.send('PATCH', '/admin/v1/Settings/Settings', { body });
    expect(claimsIn(await exchange(await signJwt(key, claims())), 'token').exp).toBe(now + 900);
  });

  it('finds the user by the claim and attribute of the trust', async () => {
    const two = await domain.createUser('two', { externalId: 'E-2' });
    await trust({ subjectClaimName: 'employee', subjectMappingAttribute: 'externalId', subjectType: 'User' });
    expect(claimsIn(await exchange(await signJwt(key, claims({ employee: 'E-2' }))), 'token').user_id).toBe(two.id);
    expect(await refusal({ employee: 'E-3' })).toContain('subject');
    expect(await refusal()).toContain('employee');
  });

  it('finds an application where the trust says so', async () => {
    await trust({ subjectType: 'App', subjectMappingAttribute: 'name' });
    const answer = await exchange(await signJwt(key, claims({ sub: 'pipeline' })));
    expect(claimsIn(answer, 'token')).toMatchObject({ client_guid: client.appId, sub_type: 'client' });
    expect(await refusal()).toContain('application');
  });

  it('carries claims that the trust propagates, but none that it has itself', async () => {
    await trust({ claimPropagations: ['ref', 'groups', 'tok_type', 'none'] });
    const more = { ref: 'refs/heads/main', groups: ['a', 'b'], tok_type: 'AT' };
    const upst = claimsIn(await exchange(await signJwt(key, claims(more))), 'token');
    expect(upst).toMatchObject({ ref: 'refs/heads/main', groups: ['a', 'b'], tok_type: 'UPST' });
  });
});

describe('impersonation', () => {
  it('takes the user of the first rule that fits, and says who was there', async () => {
    const [deployer, reader] = [await domain.createUser('deployer'), await domain.createUser('reader')];
    await trust({
      allowImpersonation: true,
      impersonationServiceUsers: [
        { rule: 'ref eq refs/heads/main', value: deployer.id },
        { rule: 'groups co "read"', value: reader.id },
      ],
    });
    const upstOf = async (more: JsonObject) => claimsIn(await exchange(await signJwt(key, claims(more))), 'token');
    expect(await upstOf({ sub: 'robot', ref: 'refs/heads/main', groups: ['readers'] })).toMatchObject({
      user_id: deployer.id,
      source_authn_prin: 'robot',
    });
    expect(await upstOf({ ref: 'refs/heads/other', groups: ['x', 'readers'] })).toMatchObject({ user_id: reader.id });
    expect(await refusal({ ref: 'refs/heads/other' })).toContain('rule');
  });
});

describe('what is refused', () => {
  it.each<[string, JsonObject, JsonObject, string]>([
    ['a token of an unknown issuer', {}, { iss: 'https://other.example' }, 'IdentityPropagationTrust'],
    ['a token without an issuer', {}, { iss: 1 }, 'IdentityPropagationTrust'],
    ['a trust that is not active', { active: false }, {}, 'active'],
    ['a trust of another type', { type: 'SAML' }, {}, 'JWT'],
    ['a token that has expired', { clockSkewSeconds: 0 }, { exp: 0 }, 'expired'],
    ['a token without exp', {}, { exp: 'soon' }, 'exp'],
    ['an unknown user', {}, { sub: 'nobody' }, 'subject'],
    ['another application', { clientClaimName: 'azp', clientClaimValues: ['a', 'b'] }, { azp: 'c' }, 'azp'],
    ['a claim that is not as wanted', { claimValidations: [{ name: 'env', value: 'prod' }] }, { env: 'test' }, 'env'],
  ])('%s', async (_name, ofTrust, ofToken, word) => {
    await trust(ofTrust);
    expect(await refusal(ofToken['exp'] === 0 ? { exp: now } : ofToken)).toContain(word);
  });

  it('a token that another key signed, and one after its end with the trust’s skew', async () => {
    await trust({ clockSkewSeconds: 10 });
    expect(await refusal({}, other)).toContain('signature');
    const token = await signJwt(key, claims());
    await advanceClock(domain, 309);
    expect((await exchange(token)).status).toBe(200);
    await advanceClock(domain, 1);
    expect((await exchange(token)).body.error).toBe('invalid_grant');
  });

  it('a client that the trust does not list, a wrong secret, and a public client', async () => {
    await trust();
    const token = await signJwt(key, claims());
    const stranger = await newClient(domain, 'stranger');
    expect((await exchange(token, {}, stranger)).body.error).toBe('unauthorized_client');
    expect((await exchange(token, {}, { ...client, secret: 'x' })).status).toBe(401);
  });

  it.each<[string, Record<string, string>, string, number]>([
    ['another token type', { requested_token_type: 'jwt' }, 'requested_token_type', 400],
    ['another subject', { subject_token_type: 'x' }, 'subject_token_type', 400],
    ['Kerberos', { subject_token_type: 'spnego' }, 'spnego', 501],
    ['AWS', { subject_token_type: 'aws-credential' }, 'aws-credential', 501],
    ['a key that is none', { public_key: 'x' }, 'public_key', 400],
    ['no key', { public_key: '' }, 'public_key', 400],
  ])('%s', async (_name, more, word, status) => {
    await trust();
    const answer = await exchange(await signJwt(key, claims()), more);
    expect([answer.status, answer.body.error]).toEqual([status, 'invalid_request']);
    expect(answer.body.error_description).toContain(word);
  });

  it('a private key and a short one as public_key', async () => {
    await trust();
    const token = await signJwt(key, claims());
    const privateKey = caller.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const short = unknownKey(1024).publicKey.export({ type: 'spki', format: 'pem' }).toString();
    for (const public_key of [privateKey, short]) {
      expect((await exchange(token, { public_key })).body.error).toBe('invalid_request');
    }
  });
});

describe('a trust with a publicKeyEndpoint', () => {
  async function serve(answer: () => { status?: number; body: string; location?: string }): Promise<string> {
    server = createServer((_request, response) => {
      const { status = 200, body, location } = answer();
      response.writeHead(status, {
        'content-type': 'application/json',
        ...(location === undefined ? {} : { location }),
      });
      response.end(body);
    });
    await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  }
  const jwk = (kid: string, { privateKey }: CertifiedKey) => ({
    ...createPublicKey(privateKey).export({ format: 'jwk' }),
    kid,
    use: 'sig',
  });

  it('verifies with the key of the token’s kid, and asks for the set once', async () => {
    let asked = 0;
    const publicKeyEndpoint = await serve(() => {
      asked++;
      return { body: JSON.stringify({ keys: [jwk('a', other), jwk('b', key), { kty: 'oct', k: 'AA', kid: 'c' }] }) };
    });
    await trust({ publicCertificate: null, publicKeyEndpoint });
    for (let time = 0; time < 2; time++) {
      expect((await exchange(await signJwt(key, claims(), { kid: 'b' }))).status).toBe(200);
    }
    for (const kid of ['a', 'c', 'd']) {
      expect((await exchange(await signJwt(key, claims(), { kid }))).body.error).toBe('invalid_grant');
    }
    expect((await exchange(await signJwt(key, claims()))).body.error).toBe('invalid_grant');
    expect(asked).toBe(1);
  });

  it.each([
    ['an error', { status: 500, body: '{}' }],
    ['no JSON', { body: 'x' }],
    ['no key set', { body: '{"keys":1}' }],
    ['too much', { body: JSON.stringify({ keys: [], more: 'x'.repeat(300_000) }) }],
    ['another address', { status: 302, body: '', location: 'http://127.0.0.1:1/' }],
  ])('refuses when it answers with %s', async (_name, answer) => {
    await trust({ publicCertificate: null, publicKeyEndpoint: await serve(() => answer) });
    expect(await refusal()).toContain('publicKeyEndpoint');
  });

  it('refuses when nothing answers', async () => {
    const publicKeyEndpoint = await serve(() => ({ body: '' }));
    server!.close();
    await trust({ publicCertificate: null, publicKeyEndpoint });
    expect(await refusal()).toContain('publicKeyEndpoint');
  });
});

describe('the exchange of a SAML assertion for a UPST', () => {
  const bring = (xml: string) => exchange(encoded(xml), { subject_token_type: 'saml' });
  const assertion = (more = '') =>
    assertionXml(
      assertionParts(domain.url, now, {
        issuer: ISSUER,
        subject: bearerSubject(JDOE, `${domain.url}/`, now),
        more,
      }),
    );

  it('names the user by NameID or an attribute, once', async () => {
    await trust({ type: 'SAML' });
    const signed = signXml(assertion(), key);
    expect(claimsIn(await bring(signed), 'token').user_id).toBe(user.id);
    expect((await bring(signed)).body.error_description).toContain('used before');
    expect((await bring(signXml(assertion(), other))).body.error_description).toContain('signature');
  });

  it('reads attributes as claims', async () => {
    await trust({ type: 'SAML', subjectClaimName: 'mail', clientClaimName: 'app', clientClaimValues: ['ci'] });
    const attribute = (name: string, value: string) =>
      `<saml:Attribute Name="${name}"><saml:AttributeValue>${value}</saml:AttributeValue></saml:Attribute>`;
    const statement = (...all: string[]) => `<saml:AttributeStatement>${all.join('')}</saml:AttributeStatement>`;
    const good = statement(attribute('mail', JDOE), attribute('app', 'ci'));
    expect(claimsIn(await bring(signXml(assertion(good), key)), 'token').user_id).toBe(user.id);
    const bad = statement(attribute('mail', JDOE), attribute('app', 'other'));
    expect((await bring(signXml(assertion(bad), key))).body.error_description).toContain('app');
  });
});
