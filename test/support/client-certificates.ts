import { webcrypto } from 'node:crypto';

/*
 * Client certificates for tests, made with @peculiar/x509 as a person would make them with openssl.
 */

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 60 * 60 * 1000;

/** A certificate with its private key, PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
  /** DER, base64: as OAuthClientCertificate takes it. */
  readonly base64: string;
}

interface Authority extends TestCertificate {
  /** Issues a certificate, valid from yesterday for `days` days. */
  issue(name: string, days?: number): Promise<TestCertificate>;
}

async function library() {
  await import('reflect-metadata');
  return await import('@peculiar/x509');
}

const newKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

async function asPem(certificate: { toString(format: 'pem'): string; rawData: ArrayBuffer }, key: webcrypto.CryptoKey) {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return {
    cert: certificate.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${der.replace(/(.{64})/g, '$1\n').trim()}\n-----END PRIVATE KEY-----\n`,
    base64: Buffer.from(certificate.rawData).toString('base64'),
  };
}

const validity = (days: number) => ({
  notBefore: new Date(Date.now() - DAY_MS),
  notAfter: new Date(Date.now() + days * DAY_MS),
});

/** A certificate that signs itself. */
export async function selfSigned(name: string, days = 30): Promise<TestCertificate> {
  const { X509CertificateGenerator } = await library();
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    ...validity(days),
    signingAlgorithm: ALGORITHM,
    keys,
  });
  return asPem(certificate, keys.privateKey);
}

/** A CA of its own. */
export async function newAuthority(name: string): Promise<Authority> {
  const { BasicConstraintsExtension, X509CertificateGenerator } = await library();
  const ca = await newKeys();
  const subject = `CN=${name}`;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: subject,
    ...validity(365),
    signingAlgorithm: ALGORITHM,
    keys: ca,
    extensions: [new BasicConstraintsExtension(true, 1, true)],
  });
  return {
    ...(await asPem(certificate, ca.privateKey)),
    async issue(leafName, days = 30) {
      const keys = await newKeys();
      const leaf = await X509CertificateGenerator.create({
        subject: `CN=${leafName}`,
        issuer: subject,
        ...validity(days),
        signingAlgorithm: ALGORITHM,
        publicKey: keys.publicKey,
        signingKey: ca.privateKey,
      });
      return asPem(leaf, keys.privateKey);
    },
  };
}
