import { randomUUID } from 'node:crypto';
import { SignedXml } from 'xml-crypto';
import type { CertifiedKey } from '../../support/certificates.ts';

/*
 * SAML assertions as partners make them.
 */

/** What an assertion says; parts that are null are left out. */
export interface AssertionParts {
  readonly id: string;
  readonly issuer: string;
  /** XML. */
  readonly subject: string;
  readonly conditions: string;
  readonly more: string;
}

/** Seconds since the epoch as xs:dateTime. */
export function at(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** The parts of an assertion about a user that is good. @param url the domain's address @param now in seconds */
export function assertionParts(url: string, now: number, changes: Partial<AssertionParts> = {}): AssertionParts {
  return {
    id: `_${randomUUID()}`,
    issuer: 'https://idp.example',
    subject: bearerSubject('jdoe@example.com', `${url}/`, now),
    conditions: `<saml:Conditions NotBefore="${at(now - 10)}" NotOnOrAfter="${at(now + 300)}"><saml:AudienceRestriction><saml:Audience>${url}/</saml:Audience></saml:AudienceRestriction></saml:Conditions>`,
    more: `<saml:AuthnStatement AuthnInstant="${at(now - 60)}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`,
    ...changes,
  };
}

export function bearerSubject(nameId: string, recipient: string, now: number): string {
  return `<saml:Subject><saml:NameID>${nameId}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData Recipient="${recipient}" NotOnOrAfter="${at(now + 300)}"/></saml:SubjectConfirmation></saml:Subject>`;
}

export function assertionXml({ id, issuer, subject, conditions, more }: AssertionParts): string {
  return `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" Version="2.0" ID="${id}" IssueInstant="2026-01-01T00:00:00Z"><saml:Issuer>${issuer}</saml:Issuer>${subject}${conditions}${more}</saml:Assertion>`;
}

const XMLDSIG = 'http://www.w3.org/2000/09/xmldsig#';

/** How a signature is made; what is left out is as it should be. */
export interface SigningOptions {
  readonly signature?: string;
  readonly digest?: string;
  readonly transforms?: readonly string[];
  /** The certificate in its KeyInfo; null: none. */
  readonly keyInfo?: CertifiedKey | null;
  /** XPath of what is signed. */
  readonly reference?: string;
}

/** Signs an assertion's XML: the signature goes after the Issuer. */
export function signXml(xml: string, key: CertifiedKey, options: SigningOptions = {}): string {
  const shown = options.keyInfo === undefined ? key : options.keyInfo;
  const signer = new SignedXml({
    privateKey: key.privateKey,
    signatureAlgorithm: options.signature ?? 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
    ...(shown === null ? {} : { publicCert: shown.pem }),
  });
  signer.addReference({
    xpath: options.reference ?? "/*[local-name()='Assertion']",
    digestAlgorithm: options.digest ?? 'http://www.w3.org/2001/04/xmlenc#sha256',
    transforms: [
      ...(options.transforms ?? [`${XMLDSIG}enveloped-signature`, 'http://www.w3.org/2001/10/xml-exc-c14n#']),
    ],
  });
  signer.computeSignature(xml, {
    location: { reference: "/*/*[local-name()='Issuer']", action: 'after' },
    prefix: 'ds',
  });
  return signer.getSignedXml();
}

export function encoded(xml: string): string {
  return Buffer.from(xml).toString('base64');
}
