import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { createSecureContext } from 'node:tls';
import { ConfigError } from '../config.ts';
import type { SecretBox } from '../resources/request-context.ts';
import type { Store } from '../store/store.ts';

/** What an HTTPS listener needs. */
export interface TlsCredentials {
  /** PEM. */
  readonly key: string;
  /** PEM, leaf first. */
  readonly cert: string;
  /** PEM of the CA of our own making; null when the certificate was given. */
  readonly ca: string | null;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/**
 * Reads the certificate that was given.
 * @throws ConfigError when a file can't be read, is no PEM, or the key is not the certificate's
 */
export function givenCredentials(certFile: string, keyFile: string): TlsCredentials {
  const read = (variable: string, file: string) => {
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      throw new ConfigError(`${variable}=${file}: can't be read (${(error as NodeJS.ErrnoException).code})`);
    }
  };
  const cert = read('IDCS_TLS_CERT', certFile);
  const key = read('IDCS_TLS_KEY', keyFile);
  const check = (variable: string, file: string, pem: { cert: string } | { key: string }) => {
    try {
      createSecureContext(pem);
    } catch (error) {
      throw new ConfigError(`${variable}=${file}: ${(error as Error).message}; allowed is a PEM file`);
    }
  };
  check('IDCS_TLS_CERT', certFile, { cert });
  check('IDCS_TLS_KEY', keyFile, { key });
  check('IDCS_TLS_KEY', keyFile, { cert, key });
  return { cert, key, ca: null };
}

/**
 * A certificate for this machine's names, from a CA that is made once and kept with the data (its key sealed), so that a client
 * needs to trust it once only. Certificates are for real clients' real clocks: the machine's time counts, not a domain's.
 */
export async function ownCredentials(store: Store, secrets: SecretBox, host: string): Promise<TlsCredentials> {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const ca = await ownAuthority(store, secrets, x509);
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const now = Date.now();
  const names = [...new Set(['localhost', '*.localhost', hostname(), ...(isAddress(host) ? [] : [host])])];
  const addresses = [
    ...new Set(['127.0.0.1', '::1', ...(isAddress(host) && host !== '0.0.0.0' && host !== '::' ? [host] : [])]),
  ];
  const leaf = await x509.X509CertificateGenerator.create({
    subject: 'CN=localhost, O=idcs-emulator',
    issuer: ca.certificate.subject,
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + 390 * DAY_MS),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: ca.key,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...names.map((value) => ({ type: 'dns', value }) as const),
        ...addresses.map((value) => ({ type: 'ip', value }) as const),
      ]),
    ],
  });
  const caPem = ca.certificate.toString('pem');
  return { key: await privatePem(keys.privateKey), cert: `${leaf.toString('pem')}\n${caPem}\n`, ca: `${caPem}\n` };
}

type X509 = typeof import('@peculiar/x509');

async function ownAuthority(store: Store, secrets: SecretBox, x509: X509) {
  const kept =
    (await store.installation.get('tls-ca')) ??
    (await store.installation.putIfAbsent('tls-ca', await newAuthority(secrets, x509)));
  const { certificate, key } = JSON.parse(kept) as { certificate: string; key: string };
  const der = pemBytes(secrets.open(key));
  return {
    certificate: new x509.X509Certificate(certificate),
    key: await webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']),
  };
}

async function newAuthority(secrets: SecretBox, x509: X509): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const now = Date.now();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=idcs-emulator development CA, O=idcs-emulator',
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + 3650 * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  return JSON.stringify({
    certificate: certificate.toString('pem'),
    key: secrets.seal(await privatePem(keys.privateKey)),
  });
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/(.{64})/g, '$1\n').trim()}\n-----END PRIVATE KEY-----\n`;
}

function pemBytes(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
}

function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.includes(':');
}
