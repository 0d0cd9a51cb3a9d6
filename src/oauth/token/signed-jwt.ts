import { type KeyObject, verify } from 'node:crypto';
import type { JsonObject } from '../../scim/json.ts';
import { decodeJwtPart } from '../jwt.ts';

/** A JWT that came from outside, parsed and not yet believed. */
export interface SignedJwt {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  /** Whether the key made its signature (RS256). Keys that the token brings itself (`jwk`, `jku`, `x5c`, `x5u`) are never looked at. */
  isSignedBy(key: KeyObject): boolean;
}

const PART = /^[A-Za-z0-9_-]+$/;

/**
 * Parses a JWT in compact form.
 * @returns null for anything that is not three base64url parts with the algorithm RS256: not `none`, not HMAC, nothing encrypted,
 *   and no header whose `crit` asks for what is not known here (RFC 7515 §4.1.11)
 */
export function readSignedJwt(text: string): SignedJwt | null {
  const parts = text.split('.');
  if (parts.length !== 3 || !parts.every((part) => PART.test(part))) return null;
  const [encodedHeader, encodedClaims, encodedSignature] = parts as [string, string, string];
  const header = decodeJwtPart(encodedHeader);
  const claims = decodeJwtPart(encodedClaims);
  if (header === null || claims === null || header['alg'] !== 'RS256' || header['crit'] !== undefined) return null;
  const signed = Buffer.from(`${encodedHeader}.${encodedClaims}`);
  const signature = Buffer.from(encodedSignature, 'base64url');
  return {
    header,
    claims,
    // With a key of another kind the same call would check another algorithm.
    isSignedBy: (key) => key.asymmetricKeyType === 'rsa' && verify('sha256', signed, key, signature),
  };
}
