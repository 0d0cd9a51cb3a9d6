import { X509Certificate } from 'node:crypto';
import { badRequest } from '../scim/errors.ts';

const PEM = /^\s*-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*$/;
const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;

/**
 * Reads a certificate as administrators paste it: DER in Base64, with or without the lines of PEM around it.
 * @returns null when it is anything else: several certificates, a key, trailing bytes
 */
export function readCertificate(text: string): X509Certificate | null {
  const base64 = PEM.exec(text)?.[1] ?? text;
  if (!BASE64.test(base64)) return null;
  const der = Buffer.from(base64, 'base64');
  try {
    const certificate = new X509Certificate(der);
    return certificate.raw.equals(der) ? certificate : null;
  } catch {
    return null;
  }
}

/**
 * The certificate that an attribute holds.
 * @param path for the message: `OAuthClientCertificate.x509Base64Certificate`
 * @throws ScimError 400 that names the attribute
 */
export function requireCertificate(path: string, value: unknown): X509Certificate {
  const certificate = typeof value === 'string' ? readCertificate(value) : null;
  if (certificate !== null) return certificate;
  throw badRequest(`${path} must be one X.509 certificate: PEM, or its DER in Base64.`);
}
