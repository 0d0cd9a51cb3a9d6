import 'reflect-metadata';
import { createPrivateKey, generateKeyPairSync, type KeyObject, webcrypto, X509Certificate } from 'node:crypto';
import { X509CertificateGenerator } from '@peculiar/x509';
import { DEVELOPMENT_KEYS } from '../../src/oauth/keys/development-keys.ts';

const RS256 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const;

/** A key with a self-signed certificate, as a client or partner of a domain has one. */
export interface CertifiedKey {
  readonly privateKey: KeyObject;
  readonly certificate: X509Certificate;
  readonly pem: string;
  /** DER, base64. */
  readonly base64: string;
}

/**
 * Makes a self-signed RSA certificate.
 * @param index which of the shipped development keys: making a key takes a tenth of a second
 */
export async function certifiedKey(index = 0): Promise<CertifiedKey> {
  const privateKey = createPrivateKey(DEVELOPMENT_KEYS[index]!);
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
  const signing = await webcrypto.subtle.importKey('pkcs8', pkcs8, RS256, true, ['sign']);
  const jwk = await webcrypto.subtle.exportKey('jwk', signing);
  const publicJwk = { kty: jwk.kty!, n: jwk.n!, e: jwk.e! };
  const verifying = await webcrypto.subtle.importKey('jwk', publicJwk, RS256, true, ['verify']);
  const made = await X509CertificateGenerator.createSelfSigned({
    name: `CN=test ${index}`,
    notBefore: new Date('2020-01-01T00:00:00Z'),
    notAfter: new Date('2045-01-01T00:00:00Z'),
    signingAlgorithm: RS256,
    keys: { privateKey: signing, publicKey: verifying },
  });
  const certificate = new X509Certificate(Buffer.from(made.rawData));
  return { privateKey, certificate, pem: certificate.toString(), base64: certificate.raw.toString('base64') };
}

/** A new RSA key pair that no certificate knows. */
export function unknownKey(bits = 2048) {
  return generateKeyPairSync('rsa', { modulusLength: bits });
}
