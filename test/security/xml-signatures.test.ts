import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { importCertificate, MY_SCOPES, newClient, type TestClient } from '../oauth/token/assertion-fixture.ts';
import { assertionParts, assertionXml, bearerSubject, encoded, signXml } from '../oauth/token/saml-fixture.ts';
import { type CertifiedKey, certifiedKey } from '../support/certificates.ts';
import { freezeClock } from '../support/domain-clock.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';

/*
 * XML signature wrapping (XSW 1 to 8): a good signature stays in the document, and what it signs is not what is read.
 */

const SAML2_BEARER = 'urn:ietf:params:oauth:grant-type:saml2-bearer';
const VICTIM = 'admin@example.com';

let key: CertifiedKey;
let domain: TestDomain;
let client: TestClient;
let now: number;
beforeAll(async () => {
  key = await certifiedKey();
  domain = await testDomain();
  await importCertificate(domain, 'OAuthPartnerCertificate', 'idp', key);
  client = await newClient(domain, 'portal', { clientType: 'confidential' });
  await domain.createUser('mallory@example.com');
});
beforeEach(async () => {
  now = await freezeClock(domain);
});

interface Parts {
  /** The attacker's own assertion, signed by the partner. */
  readonly good: string;
  /** Its signature, and it without one. */
  readonly signature: string;
  readonly bare: string;
  readonly goodId: string;
  /** An assertion about the victim that nobody has signed, with this ID and content after its subject. */
  evil(id: string, more?: string): string;
}

function parts(): Parts {
  const own = assertionParts(domain.url, now, {
    subject: bearerSubject('mallory@example.com', `${domain.url}/`, now),
  });
  const good = signXml(assertionXml(own), key);
  const signature = /<ds:Signature .*<\/ds:Signature>/s.exec(good)![0];
  const subject = bearerSubject(VICTIM, `${domain.url}/`, now);
  return {
    good,
    signature,
    bare: good.replace(signature, ''),
    goodId: own.id,
    evil: (id, more = '') => {
      const about = assertionParts(domain.url, now, { id, subject });
      return assertionXml({ ...about, more: more + about.more });
    },
  };
}

const inIssuer = (xml: string, signature: string) => xml.replace('</saml:Issuer>', `</saml:Issuer>${signature}`);
const inObject = (signature: string, content: string) =>
  signature.replace('</ds:Signature>', `<ds:Object>${content}</ds:Object></ds:Signature>`);

const WRAPPED: readonly (readonly [string, (parts: Parts) => string])[] = [
  [
    'a response around both, the signature in the response',
    ({ evil, signature, bare }) =>
      `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="r">${signature}${evil('e')}${bare}</samlp:Response>`,
  ],
  [
    'the original in a ds:Object of the signature of the forged one',
    ({ evil, signature, bare }) => inIssuer(evil('e'), inObject(signature, bare)),
  ],
  ['the forged one beside the original', ({ evil, good }) => `${evil('e')}${good}`],
  ['the forged one around the original', ({ evil, good }) => evil('e', good)],
  [
    'the signature moved to the forged one, the original behind',
    ({ evil, signature, bare }) => inIssuer(evil('e', bare), signature),
  ],
  [
    'the signature moved, and the ID of the original taken',
    ({ evil, signature, bare, goodId }) => inIssuer(evil(goodId, bare), signature),
  ],
  [
    'the original in an Extensions element',
    ({ evil, signature, bare, goodId }) => inIssuer(evil(goodId, `<Extensions>${bare}</Extensions>`), signature),
  ],
  [
    'the ID of the original, and a ds:Object with it',
    ({ evil, signature, bare, goodId }) => inIssuer(evil(goodId), inObject(signature, bare)),
  ],
  [
    'the ID of the original and its signature alone',
    ({ evil, signature, goodId }) => inIssuer(evil(goodId), signature),
  ],
  [
    'the original under another attribute for its ID',
    ({ evil, signature, bare, goodId }) =>
      inIssuer(
        evil('e', bare.replace(' ID=', ' Id=')),
        signature.replace('#', `#${goodId}`).replace(`#${goodId}${goodId}`, `#${goodId}`),
      ),
  ],
  [
    'a reference to nothing: the whole document',
    ({ evil, signature, goodId }) => inIssuer(evil('e'), signature.replace(`URI="#${goodId}"`, 'URI=""')),
  ],
  [
    'a reference by XPointer',
    ({ evil, signature, bare, goodId }) =>
      inIssuer(evil('e', bare), signature.replace(`URI="#${goodId}"`, `URI="#xpointer(id('${goodId}'))"`)),
  ],
  [
    'a second reference',
    ({ good }) => good.replace(/<ds:Reference .*<\/ds:Reference>/s, (reference) => reference + reference),
  ],
  ['no reference', ({ good }) => good.replace(/<ds:Reference .*<\/ds:Reference>/s, '')],
  ['a second SignedInfo', ({ good }) => good.replace(/<ds:SignedInfo.*<\/ds:SignedInfo>/s, (info) => info + info)],
  [
    'an XSLT transform',
    ({ good }) =>
      good.replace(
        'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
        'http://www.w3.org/TR/1999/REC-xslt-19991116',
      ),
  ],
  [
    'an HMAC under the public key',
    ({ good }) =>
      good.replace('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', 'http://www.w3.org/2000/09/xmldsig#hmac-sha1'),
  ],
  [
    'a second subject before the signed one',
    ({ good }) => good.replace('<saml:Subject>', `${bearerSubject(VICTIM, `${domain.url}/`, now)}<saml:Subject>`),
  ],
  ['a comment and another name', ({ good }) => good.replace('mallory@example.com', `${VICTIM}<!---->.evil`)],
  ['a processing instruction in the name', ({ good }) => good.replace('mallory', `${VICTIM}<?x y?>`)],
];

describe('A signed SAML assertion', () => {
  test('as its partner made it is about who it says', async () => {
    const form = { grant_type: SAML2_BEARER, assertion: encoded(parts().good), scope: MY_SCOPES };
    expect((await domain.tokenRequest(form, client)).status).toBe(200);
  });

  test.each(WRAPPED)('wrapped or changed is refused: %s', async (_what, wrap) => {
    const form = { grant_type: SAML2_BEARER, assertion: encoded(wrap(parts())), scope: MY_SCOPES };
    const { status, body } = await domain.tokenRequest(form, client);
    expect([status, body.error]).toEqual([400, 'invalid_grant']);
    expect(body.access_token).toBeUndefined();
  });
});
