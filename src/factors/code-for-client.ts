import { constants, type KeyObject, publicEncrypt } from 'node:crypto';
import type { JsonObject } from '../scim/json.ts';

/*
 * Passcodes that a client sends to the user itself: encrypted for one of its certificates.
 * IDCS: flows.md E, userFlowControlledByExternalClient: `x5t` names the certificate, RSA-OAEP with SHA-1.
 */

/** SHA-1 thumbprints: 40 hex digits, as recorded, or base64url as in JWTs. */
const HEX = /^[0-9a-f]{40}$/i;

/** The thumbprint in base64url, however it was given. */
export function thumbprintOf(x5t: string): string {
  return HEX.test(x5t) ? Buffer.from(x5t, 'hex').toString('base64url') : x5t;
}

/** The `otp` of an answer. */
export function encryptedCode(key: KeyObject, code: string, x5t: string): JsonObject {
  const padding = { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
  return { value: publicEncrypt(padding, Buffer.from(code)).toString('base64'), alg: 'RSAES-OAEP', x5t };
}
