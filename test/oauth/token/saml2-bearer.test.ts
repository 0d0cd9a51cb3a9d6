import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CertifiedKey, certifiedKey } from '../../support/certificates.ts';
import { advanceClock, freezeClock } from '../../support/domain-clock.ts';
import { type TestDomain, testDomain } from '../../support/emulator.ts';
import { claimsIn, importCertificate, MY_SCOPES, newClient, type TestClient } from './assertion-fixture.ts';
import {
  type AssertionParts,
  assertionParts,
  assertionXml,
  at,
  bearerSubject,
  encoded,
  signXml,
} from './saml-fixture.ts';

const GRANT = 'urn:ietf:params:oauth:grant-type:saml2-bearer';
const JDOE = 'jdoe@example.com';

let key: CertifiedKey;
let other: CertifiedKey;
let domain: TestDomain;
let client: TestClient;
let user: { id: string };
let now: number;

beforeAll(async () => {
  [key, other] = [await certifiedKey(0), await certifiedKey(1)];
  domain = await testDomain();
  await importCertificate(domain, 'OAuthPartnerCertificate', 'acme-idp', key);
  client = await newClient(domain, 'portal', { clientType: 'confidential' });
  user = await domain.createUser(JDOE);
});

beforeEach(async () => {
  now = await freezeClock(domain);
});

function xml(changes: Partial<AssertionParts> = {}): string {
  return assertionXml(assertionParts(domain.url, now, changes));
}

function bring(assertion: string, more: Record<string, string> = {}) {
  return domain.tokenRequest({ grant_type: GRANT, assertion, scope: MY_SCOPES, ...more }, client);
}

async function refusal(document: string): Promise<string> {
  const answer = await bring(encoded(document));
  expect(answer.body, answer.text).toMatchObject({ error: 'invalid_grant' });
  expect(answer.status).toBe(400);
  return answer.body.error_description;
}

describe('an assertion of a trusted SAML partner', () => {
  it('gives a token of its subject, which names the partner', async () => {
    const answer = await bring(encoded(signXml(xml(), key)));
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 3600 });
    expect(claimsIn(answer)).toMatchObject({
      sub: JDOE,
      user_id: user.id,
      amr: ['SAML'],
      idp_name: 'acme-idp',
      idp_type: 'SAML',
      client_id: 'portal',
    });
  });

  it('may be in base64url, without KeyInfo, signed by RSA-SHA512 and with a digest of SHA-512', async () => {
    const signed = signXml(xml(), key, {
      keyInfo: null,
      signature: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
      digest: 'http://www.w3.org/2001/04/xmlenc#sha512',
    });
    const answer = await bring(Buffer.from(signed).toString('base64url'));
    expect(answer.status, answer.text).toBe(200);
  });

  it('gives an identity token that says when the user signed in, and a refresh token', async () => {
    const answer = await bring(encoded(signXml(xml(), key)), { scope: 'openid offline_access' });
    expect(claimsIn(answer, 'id_token')).toMatchObject({ auth_time: now - 60, amr: ['SAML'], idp_type: 'SAML' });
    const form = { grant_type: 'refresh_token', refresh_token: answer.body.refresh_token };
    expect(claimsIn(await domain.tokenRequest(form, client))).toMatchObject({ sub: JDOE, idp_name: 'acme-idp' });
  });

  it('gives a token that does not outlive the session at the partner', async () => {
    const more = `<saml:AuthnStatement AuthnInstant="${at(now)}" SessionNotOnOrAfter="${at(now + 500)}"/>`;
    expect((await bring(encoded(signXml(xml({ more }), key)))).body.expires_in).toBe(500);
  });

  it('counts once', async () => {
    const document = signXml(xml(), key);
    expect((await bring(encoded(document), { scope: 'urn:opc:idm:nothing' })).body.error).toBe('invalid_scope');
    expect((await bring(encoded(document))).status).toBe(200);
    expect(await refusal(document)).toContain('used before');
  });

  it.each(['the issuer', 'the service provider'])('may be for %s', async (name) => {
    const to = name === 'the issuer' ? 'https://identity.oraclecloud.com/' : `${domain.url}/fed/v1/sp/sso`;
    expect((await bring(encoded(signXml(xml({ subject: bearerSubject(JDOE, to, now) }), key)))).status).toBe(200);
  });

  it('is refused after its end, and accepted for a minute more', async () => {
    const [early, late] = [signXml(xml(), key), signXml(xml(), key)];
    await advanceClock(domain, 359);
    expect((await bring(encoded(early))).status).toBe(200);
    await advanceClock(domain, 1);
    expect(await refusal(late)).toContain('expired');
  });
});

describe('what an assertion says', () => {
  it.each<[string, () => Partial<AssertionParts>, string]>([
    ['about an unknown user', () => ({ subject: bearerSubject('nobody', `${domain.url}/`, now) }), 'subject'],
    ['for another recipient', () => ({ subject: bearerSubject(JDOE, 'https://elsewhere.example/', now) }), 'Recipient'],
    [
      'without a confirmation',
      () => ({ subject: `<saml:Subject><saml:NameID>${JDOE}</saml:NameID></saml:Subject>` }),
      'bearer',
    ],
    ['without a name', () => ({ subject: bearerSubject('', `${domain.url}/`, now) }), 'NameID'],
    ['without a subject', () => ({ subject: '' }), 'Subject'],
    ['without conditions', () => ({ conditions: '' }), 'Conditions'],
    ['for no audience', () => ({ conditions: '<saml:Conditions/>' }), 'AudienceRestriction'],
    [
      'for another audience',
      () => ({
        conditions:
          '<saml:Conditions><saml:AudienceRestriction><saml:Audience>other</saml:Audience></saml:AudienceRestriction></saml:Conditions>',
      }),
      'Audience',
    ],
    [
      'that is not valid yet',
      () => ({ conditions: assertionParts(domain.url, now).conditions.replace(at(now - 10), at(now + 61)) }),
      'NotBefore',
    ],
    [
      'with a time without a zone',
      () => ({ conditions: assertionParts(domain.url, now).conditions.replace(at(now - 10), '2026-01-01T00:00:00') }),
      'time zone',
    ],
    [
      'with a condition that is not known',
      () => ({
        conditions: assertionParts(domain.url, now).conditions.replace('</saml:C', '<saml:Condition/></saml:C'),
      }),
      'not known',
    ],
  ])('is refused %s', async (_name, changes, word) => {
    expect(await refusal(signXml(xml(changes()), key))).toContain(word);
  });

  it('has all text of a name that a comment cuts in two', async () => {
    // The name as signed is jdoe@example.com.evil; a reader that stops at the comment would see a user of the domain.
    const subject = bearerSubject(`${JDOE}<!-- -->.evil`, `${domain.url}/`, now);
    expect(await refusal(signXml(xml({ subject }), key))).toContain('subject');
    // The same put in after signing doesn't break the signature, nor change the name.
    const signed = signXml(xml(), key).replace(JDOE, 'jdoe<!-- -->@example.com');
    expect(claimsIn(await bring(encoded(signed))).sub).toBe(JDOE);
  });
});

describe('the signature of an assertion', () => {
  it('is refused from a key that is not trusted, whatever certificate its KeyInfo shows', async () => {
    expect(await refusal(signXml(xml(), other))).toContain('trusted partner certificate');
    expect(await refusal(signXml(xml(), other, { keyInfo: key }))).toContain('trusted partner certificate');
    expect(await refusal(signXml(xml(), other, { keyInfo: null }))).toContain('trusted partner certificate');
  });

  it('is refused when the assertion was changed after signing', async () => {
    await domain.createUser('other@example.com').catch(() => undefined);
    await refusal(signXml(xml(), key).replace(JDOE, 'other@example.com'));
    await refusal(signXml(xml(), key).replace('<ds:SignatureValue>', '<ds:SignatureValue>AAAA'));
  });

  it.each([
    ['SHA-1 signature', { signature: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1' }, 'signature algorithm'],
    ['SHA-1 digest', { digest: 'http://www.w3.org/2000/09/xmldsig#sha1' }, 'digest'],
    [
      'inclusive canonicalization',
      { transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature'] },
      'exclusive canonicalization',
    ],
    ['signature over a part', { reference: "//*[local-name()='Subject']" }, 'whole assertion'],
  ])('is refused with a %s', async (_name, options, word) => {
    expect(await refusal(signXml(xml(), key, options))).toContain(word);
  });

  it('is refused when it is missing, twice there, or not the assertion’s own', async () => {
    expect(await refusal(xml())).toContain('not signed');
    const signed = signXml(xml(), key);
    const signature = /<ds:Signature .*<\/ds:Signature>/s.exec(signed)![0];
    expect(await refusal(signed.replace(signature, signature + signature))).toContain('exactly one Signature');
    const moved = signed.replace(signature, '').replace('<saml:Subject>', `<saml:Subject>${signature}`);
    expect(await refusal(moved)).toContain('exactly one Signature');
  });

  it('is refused when the signed assertion is wrapped in another', async () => {
    const good = signXml(xml(), key);
    const evil = assertionParts(domain.url, now, {
      subject: bearerSubject('admin@example.com', `${domain.url}/`, now),
    });
    // The forged assertion around the good one, with the good one's signature as its own child.
    const signature = /<ds:Signature .*<\/ds:Signature>/s.exec(good)![0];
    const original = good.replace(signature, '');
    for (const document of [
      assertionXml({ ...evil, more: `<saml:Advice>${good}</saml:Advice>` }),
      assertionXml({ ...evil, more: `${signature}<saml:Advice>${original}</saml:Advice>` }),
      assertionXml(evil).replace('<saml:Subject>', `${signature}<saml:Subject>`),
    ]) {
      await refusal(document);
    }
    expect(await refusal(`<Response>${good}</Response>`)).toContain('Assertion');
  });
});

describe('the form of an assertion', () => {
  it.each([
    ['a DOCTYPE', () => `<!DOCTYPE a [<!ENTITY e "jdoe@example.com">]>${signXml(xml(), key)}`],
    ['an unknown entity', () => signXml(xml(), key).replace(JDOE, '&e;')],
    ['no end', () => signXml(xml(), key).slice(0, -10)],
    ['two roots', () => signXml(xml(), key) + xml()],
    ['no XML', () => 'nonsense'],
    ['endless depth', () => '<a>'.repeat(5000) + '</a>'.repeat(5000)],
    ['another version', () => signXml(xml().replace('Version="2.0"', 'Version="1.1"'), key)],
    ['encryption', () => '<EncryptedAssertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"/>'],
    ['a million characters', () => `<a>${'x'.repeat(250_000)}</a>`],
  ])('is refused with %s', async (_name, document) => {
    await refusal(document());
  });

  it('must be base64 of UTF-8', async () => {
    for (const text of ['<saml/>', '%%%', Buffer.from([0xff, 0xfe, 0x00]).toString('base64')]) {
      expect((await bring(text)).body.error).toBe('invalid_grant');
    }
  });
});
