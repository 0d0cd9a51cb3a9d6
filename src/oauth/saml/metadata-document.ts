import type { KeyObject, X509Certificate } from 'node:crypto';

/*
 * The domain's own SAML 2.0 metadata. IDCS: elements, order, namespaces and bindings are those of the documented answer
 * (flows.md F6) and of the copy in the Terraform provider's tests.
 */

const DIGITAL_SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#';
const ENCRYPTION = 'http://www.w3.org/2001/04/xmlenc#';
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol';
const BINDING = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-';
const NAMESPACES: readonly (readonly [prefix: string, uri: string])[] = [
  ['md', 'urn:oasis:names:tc:SAML:2.0:metadata'],
  ['dsig', DIGITAL_SIGNATURE],
  ['enc', ENCRYPTION],
  ['saml', 'urn:oasis:names:tc:SAML:2.0:assertion'],
  ['xsi', 'http://www.w3.org/2001/XMLSchema-instance'],
];
const CIPHERS = ['rsa-1_5', 'aes128-cbc', 'aes192-cbc', 'aes256-cbc', 'tripledes-cbc'];
const DAY = 24 * 3600_000;

/** What signs the metadata, and what partners verify and encrypt with. */
export interface MetadataKey {
  readonly privateKey: KeyObject;
  readonly certificate: X509Certificate;
  /** Whether the signature brings the certificate. */
  readonly showsKeyInfo: boolean;
}

/** What a document is made of. */
export interface MetadataParts {
  /** Of the document: an XML name. */
  readonly id: string;
  /** The domain's address, without a slash at the end. */
  readonly baseUrl: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly key: MetadataKey;
}

/** The signed document. */
export async function signedMetadata(parts: MetadataParts): Promise<string> {
  const { privateKey, certificate, showsKeyInfo } = parts.key;
  // Loaded here: most runs never make one.
  const { SignedXml } = await import('xml-crypto');
  const signer = new SignedXml({
    privateKey,
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: EXCLUSIVE,
    ...(showsKeyInfo ? { publicCert: certificate.toString() } : { getKeyInfoContent: () => null }),
  });
  signer.addReference({
    xpath: '/*',
    digestAlgorithm: `${ENCRYPTION}sha256`,
    transforms: [`${DIGITAL_SIGNATURE}enveloped-signature`, EXCLUSIVE],
  });
  signer.computeSignature(unsigned(parts), {
    prefix: 'dsig',
    location: { reference: "/*/*[local-name()='IDPSSODescriptor']", action: 'before' },
  });
  return signer.getSignedXml();
}

function unsigned({ id, baseUrl, now, key }: MetadataParts): string {
  const url = escaped(baseUrl);
  const end = new Date(key.certificate.validTo).getTime();
  const days = Math.max(0, Math.floor((end - now) / DAY));
  const namespaces = NAMESPACES.map(([prefix, uri]) => `xmlns:${prefix}="${uri}"`).join(' ');
  const validUntil = new Date(end).toISOString().replace('.000Z', 'Z');
  const keys = keyDescriptors(key.certificate);
  return [
    `<md:EntityDescriptor ${namespaces} ID="${id}" cacheDuration="P${days}DT0H0M0S" entityID="${url}/fed" validUntil="${validUntil}">`,
    `<md:IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="${PROTOCOL}">`,
    keys,
    ...['Redirect', 'POST'].map((binding) => logoutService(binding, `${url}/fed/v1/idp/slo`)),
    ...['Redirect', 'POST'].map(
      (binding) => `<md:SingleSignOnService Binding="${BINDING}${binding}" Location="${url}/fed/v1/idp/sso"/>`,
    ),
    '</md:IDPSSODescriptor>',
    `<md:SPSSODescriptor AuthnRequestsSigned="true" WantAssertionsSigned="true" protocolSupportEnumeration="${PROTOCOL}">`,
    keys,
    ...['Redirect', 'POST'].map((binding) => logoutService(binding, `${url}/fed/v1/sp/slo`)),
    `<md:AssertionConsumerService Binding="${BINDING}POST" Location="${url}/fed/v1/sp/sso" index="1" isDefault="true"/>`,
    '</md:SPSSODescriptor>',
    '</md:EntityDescriptor>',
  ].join('');
}

function logoutService(binding: string, address: string): string {
  return `<md:SingleLogoutService Binding="${BINDING}${binding}" Location="${address}" ResponseLocation="${address}"/>`;
}

function keyDescriptors(certificate: X509Certificate): string {
  const info = [
    '<dsig:KeyInfo><dsig:X509Data>',
    `<dsig:X509Certificate>${certificate.raw.toString('base64')}</dsig:X509Certificate>`,
    '<dsig:X509IssuerSerial>',
    `<dsig:X509IssuerName>${distinguishedName(certificate.issuer)}</dsig:X509IssuerName>`,
    `<dsig:X509SerialNumber>${BigInt(`0x${certificate.serialNumber}`)}</dsig:X509SerialNumber>`,
    '</dsig:X509IssuerSerial>',
    `<dsig:X509SubjectName>${distinguishedName(certificate.subject)}</dsig:X509SubjectName>`,
    '</dsig:X509Data></dsig:KeyInfo>',
  ].join('');
  const ciphers = CIPHERS.map((name) => `<md:EncryptionMethod Algorithm="${ENCRYPTION}${name}"/>`).join('');
  return `<md:KeyDescriptor use="signing">${info}</md:KeyDescriptor><md:KeyDescriptor use="encryption">${info}${ciphers}</md:KeyDescriptor>`;
}

/** Node prints one part a line, the most general first; the document has the most special first. */
function distinguishedName(lines: string): string {
  return escaped(lines.split('\n').reverse().join(', '));
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
