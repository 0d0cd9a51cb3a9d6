import type { X509Certificate } from 'node:crypto';
import { thumbprint } from '../resources/oauth-certificate.ts';
import { isObject, type JsonObject } from '../scim/json.ts';

/** RFC 8705 §3.1: the SHA-256 thumbprint, base64url, of the certificate that a token is bound to; null: it is bound to none. */
export function certificateBinding({ cnf }: JsonObject): string | null {
  const bound = isObject(cnf) ? cnf['x5t#S256'] : undefined;
  return typeof bound === 'string' ? bound : null;
}

/**
 * Whether a token may be used over a connection (RFC 8705 §3).
 * @param certificate what the connection shows; null: nothing
 */
export function mayUseToken(binding: string | null, certificate: X509Certificate | null | undefined): boolean {
  return binding === null || (certificate != null && thumbprint(certificate, 'sha256') === binding);
}
