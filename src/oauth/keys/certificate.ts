import { createHash, createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject, webcrypto } from 'node:crypto';
import type { JsonObject } from '../../scim/json.ts';
import { publicKeyOf } from './key-pair.ts';

/*
 * A certificate says nothing that a client of a test domain checks against the clock, and a domain's clock may be moved by
 * years: one wide, fixed validity keeps certificates valid and, with RSA, the same in every run.
 */
const NOT_BEFORE = new Date('2016-01-01T00:00:00Z');
const NOT_AFTER = new Date('2049-12-31T00:00:00Z');
const ISSUER = 'CN=IDCS Emulator Certificate Authority,OU=Testing only,O=idcs-emulator';
const RS256 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const;
const ES256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** Who signs the certificates of signing keys: one for the installation. */
export interface CertificateAuthority {
  /** PKCS #8 PEM. */
  readonly privatePem: string;
  /** DER, base64. */
  readonly certificate: string;
}

/** Loads the certificate library: 0.15 s once, so only when a certificate has to be made. */
async function library() {
  await import('reflect-metadata');
  return await import('@peculiar/x509');
}

/**
 * Makes the CA's own certificate.
 * @param privatePem RSA or P-256, PKCS #8
 */
export async function newAuthority(privatePem: string): Promise<CertificateAuthority> {
  const { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension, X509CertificateGenerator } = await library();
  const privateKey = createPrivateKey(privatePem);
  const keys = await webKeys(privateKey);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialOf(publicKeyOf(privateKey)),
    name: ISSUER,
    notBefore: NOT_BEFORE,
    notAfter: NOT_AFTER,
    signingAlgorithm: keys.algorithm,
    keys: { privateKey: keys.signing, publicKey: keys.verifying },
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  return { privatePem, certificate: Buffer.from(certificate.rawData).toString('base64') };
}

/**
 * The public JWK of a signing key with its certificate chain.
 * IDCS: oauth.md §5.3: x5c is the leaf `CN=idcs-<guid>` and then the CA; key_ops and the order of members as a live answer shows them.
 * @param publicJwk `kty`, `n` and `e`
 * @param tenant the domain's tenant name, `idcs-<32 hex>`
 */
export async function certifiedJwk(
  publicJwk: JsonObject,
  kid: string,
  tenant: string,
  authority: CertificateAuthority,
): Promise<JsonObject> {
  const { X509CertificateGenerator } = await library();
  const publicKey = createPublicKey({ key: publicJwk as JsonWebKey, format: 'jwk' });
  const signer = await webKeys(createPrivateKey(authority.privatePem));
  const leaf = await X509CertificateGenerator.create({
    serialNumber: serialOf(publicKey),
    subject: `CN=${tenant}`,
    issuer: ISSUER,
    notBefore: NOT_BEFORE,
    notAfter: NOT_AFTER,
    signingAlgorithm: signer.algorithm,
    publicKey: await importRsaPublicKey(publicKey),
    signingKey: signer.signing,
  });
  const der = Buffer.from(leaf.rawData);
  return {
    kty: publicJwk['kty']!,
    'x5t#S256': createHash('sha256').update(der).digest('base64url'),
    e: publicJwk['e']!,
    x5t: createHash('sha1').update(der).digest('base64url'),
    kid,
    x5c: [der.toString('base64'), authority.certificate],
    key_ops: ['encrypt', 'sign'],
    alg: 'RS256',
    n: publicJwk['n']!,
  };
}

/** A serial number that follows from the key: repeatable, positive, 16 bytes. */
function serialOf(publicKey: KeyObject): string {
  const digest = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest();
  digest[0] = (digest[0]! & 0x7f) | 0x40;
  return digest.subarray(0, 16).toString('hex');
}

async function webKeys(privateKey: KeyObject) {
  const algorithm = privateKey.asymmetricKeyType === 'rsa' ? RS256 : ES256;
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
  const spki = publicKeyOf(privateKey).export({ type: 'spki', format: 'der' });
  return {
    algorithm,
    signing: await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']),
    verifying: await webcrypto.subtle.importKey('spki', spki, algorithm, true, ['verify']),
  };
}

async function importRsaPublicKey(publicKey: KeyObject): Promise<webcrypto.CryptoKey> {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return await webcrypto.subtle.importKey('spki', spki, RS256, true, ['verify']);
}
