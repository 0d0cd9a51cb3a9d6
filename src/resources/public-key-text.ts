import { createPublicKey, type KeyObject } from 'node:crypto';

/** Bits; OCI takes no shorter RSA keys. */
const SHORTEST = 2048;

/**
 * Reads an RSA public key that a request brings: PEM, or DER (SubjectPublicKeyInfo) in base64.
 * @returns null for anything else, and for a key of less than 2048 bits
 */
export function readPublicKey(text: string): KeyObject | null {
  // A form that doesn't escape base64's + sends a blank.
  const pem = /^\s*-----BEGIN/.test(text)
    ? text
    : `-----BEGIN PUBLIC KEY-----\n${text.replaceAll(' ', '+').replace(/\s/g, '')}\n-----END PUBLIC KEY-----`;
  if (/PRIVATE/.test(pem)) return null;
  try {
    const key = createPublicKey(pem);
    const isLong = (key.asymmetricKeyDetails?.modulusLength ?? 0) >= SHORTEST;
    return key.asymmetricKeyType === 'rsa' && isLong ? key : null;
  } catch {
    return null;
  }
}
