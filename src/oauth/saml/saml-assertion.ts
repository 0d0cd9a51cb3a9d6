import type { KeyObject } from 'node:crypto';
import { childrenOf, parseXml, type XmlElement } from '../../xml.ts';
import { OAuthError } from '../token/oauth-error.ts';

/*
 * SAML 2.0 assertions (RFC 7522): parsed, verified, and read. What an assertion says is read from the canonical form of what
 * was signed, parsed anew, and never from the document that came: nothing that was wrapped around it, or put beside it, is
 * looked at.
 */

const SAML = 'urn:oasis:names:tc:SAML:2.0:assertion';
const SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#';

/** SHA-1 is broken, and HMAC takes a public key for a secret: neither is here. */
const SIGNATURE_ALGORITHMS: ReadonlySet<string> = new Set(
  ['rsa-sha256', 'rsa-sha384', 'rsa-sha512'].map((name) => `http://www.w3.org/2001/04/xmldsig-more#${name}`),
);
const DIGESTS: ReadonlySet<string> = new Set(
  ['sha256', 'sha512'].map((name) => `http://www.w3.org/2001/04/xmlenc#${name}`),
);
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
/** SAML core §5.4.4: these and no others. Comments are not part of what is signed, nor of what is read. */
const TRANSFORMS: ReadonlySet<string> = new Set([`${SIGNATURE}enveloped-signature`, EXCLUSIVE]);
/** Characters of XML; real assertions have a few thousand. */
const LONGEST = 200_000;

/** An assertion that is not believed yet. */
export interface UnverifiedAssertion {
  /** Its Issuer: whom to look up for a key. */
  readonly issuer: string;
  /** The certificate that its KeyInfo brings, DER in Base64: to look up the same one that is trusted, nothing else. */
  readonly certificate: string | null;
  /** @returns the Assertion element that the key signed; null when it didn't */
  verify(key: KeyObject): Promise<XmlElement | null>;
}

/** An assertion that can't be accepted. @param why continues "The SAML assertion is not accepted: " */
export function refusedSaml(why: string): OAuthError {
  return new OAuthError('invalid_grant', `The SAML assertion is not accepted: ${why}.`);
}

/**
 * Parses an assertion: base64 or base64url of an `Assertion` element with exactly one enveloped signature over itself.
 * @throws OAuthError invalid_grant that says what its form lacks
 */
export async function readAssertion(text: string): Promise<UnverifiedAssertion> {
  const xml = decode(text);
  const assertion = await parse(xml);
  const { signature, node } = signatureOf(assertion);
  const { SignedXml } = await import('xml-crypto');
  return {
    issuer: textOf(assertion, 'Issuer') ?? fail('it has no Issuer'),
    certificate: keyInfoCertificate(signature),
    verify: async (key) => {
      if (key.asymmetricKeyType !== 'rsa') return null;
      // The key is the one that is trusted, never one from the document's KeyInfo.
      const verifier = new SignedXml({ publicCert: key, getCertFromKeyInfo: () => null });
      let signed: readonly string[];
      try {
        verifier.loadSignature(node as never);
        if (!verifier.checkSignature(xml)) return null;
        signed = verifier.getSignedReferences();
      } catch {
        // The library throws what it can't verify.
        return null;
      }
      if (signed.length !== 1) return null;
      const element = await parseXml(signed[0]!);
      return element !== null && isAssertion(element) ? element : null;
    },
  };
}

function decode(text: string): string {
  if (!/^[A-Za-z0-9+/_\s-]+={0,2}\s*$/.test(text)) return fail('it must be XML in base64 or base64url');
  try {
    const xml = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'base64'));
    return xml.length > LONGEST ? fail('it is too long') : xml;
  } catch {
    return fail('it is not UTF-8');
  }
}

async function parse(xml: string): Promise<XmlElement> {
  const root = await parseXml(xml);
  if (root === null) return fail('it must be well-formed XML, without a DOCTYPE');
  if (root.name === 'EncryptedAssertion') return fail('encrypted assertions are not supported');
  if (!isAssertion(root)) return fail('its root element must be a SAML 2.0 Assertion');
  return root;
}

function isAssertion({ name, namespace, attributes }: XmlElement): boolean {
  return name === 'Assertion' && namespace === SAML && attributes.get('Version') === '2.0';
}

/** The one signature, as SAML core §5.4 wants it: a child of the assertion, with one reference, to the assertion itself. */
function signatureOf(assertion: XmlElement): { readonly signature: XmlElement; readonly node: unknown } {
  const id = assertion.attributes.get('ID');
  if (id === undefined || id === '') return fail('it has no ID');
  if (descendants(assertion).some((element) => element !== assertion && isAssertion(element))) {
    return fail('it has another Assertion inside');
  }
  const signatures = descendants(assertion).filter(
    ({ name, namespace }) => name === 'Signature' && namespace === SIGNATURE,
  );
  const [signature] = signatures;
  if (signature === undefined) return fail('it is not signed');
  if (signatures.length > 1 || !assertion.children.includes(signature)) {
    return fail('it must have exactly one Signature, as its own child');
  }
  const info = only(signature, 'SignedInfo');
  const reference = only(info, 'Reference');
  if (reference.attributes.get('URI') !== `#${id}`) return fail('its signature must be over the whole assertion');
  checkAlgorithm(only(info, 'SignatureMethod'), SIGNATURE_ALGORITHMS, 'signature algorithm');
  checkAlgorithm(only(info, 'CanonicalizationMethod'), new Set([EXCLUSIVE]), 'canonicalization');
  checkAlgorithm(only(reference, 'DigestMethod'), DIGESTS, 'digest');
  const transforms = only(reference, 'Transforms').children;
  for (const transform of transforms) checkAlgorithm(transform, TRANSFORMS, 'transform');
  // Without it the signature would be over the inclusive form, which depends on what is around the assertion.
  if (!transforms.some(({ attributes }) => attributes.get('Algorithm') === EXCLUSIVE)) {
    fail('its signature must have the transform exclusive canonicalization');
  }
  return { signature, node: signature.node };
}

function only(parent: XmlElement, name: string): XmlElement {
  const found = childrenOf(parent, name);
  return found.length === 1 ? found[0]! : fail(`its ${parent.name} must have exactly one ${name}`);
}

function checkAlgorithm({ attributes }: XmlElement, allowed: ReadonlySet<string>, what: string): void {
  const algorithm = attributes.get('Algorithm') ?? '';
  if (!allowed.has(algorithm)) fail(`its ${what} must be one of ${[...allowed].join(', ')}`);
}

function keyInfoCertificate(signature: XmlElement): string | null {
  const found = descendants(signature).filter(({ name }) => name === 'X509Certificate');
  return found.length === 0 ? null : found[0]!.text.replace(/\s/g, '');
}

function descendants(element: XmlElement): readonly XmlElement[] {
  return [element, ...element.children.flatMap(descendants)];
}

function textOf(element: XmlElement, name: string): string | null {
  const text = childrenOf(element, name)[0]?.text.trim();
  return text === undefined || text === '' ? null : text;
}

function fail(why: string): never {
  throw refusedSaml(why);
}
