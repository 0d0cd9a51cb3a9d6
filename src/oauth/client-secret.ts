import { createHash, timingSafeEqual } from 'node:crypto';

/** Compared with when there is no hash, so that an unknown client costs the time of a wrong secret. */
const NO_HASH = Buffer.alloc(32);

/** SHA-256 of a client secret, hex: as App rows keep it. */
export function clientSecretHash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Compares in constant time. @param hash null (no such client, or one without a secret) never matches */
export function matchesClientSecret(hash: string | null, secret: string): boolean {
  const given = createHash('sha256').update(secret).digest();
  const kept = hash === null ? NO_HASH : Buffer.from(hash, 'hex');
  return timingSafeEqual(given, kept.length === 32 ? kept : NO_HASH) && hash !== null;
}

/** Client id and secret of `base64(id:secret)`, as HTTP Basic and provisioning connectors send them; null when it isn't that. */
export interface ClientCredentials {
  readonly clientId: string;
  /** As decoded, and as sent when that differs: many clients skip the URL encoding that RFC 6749 §2.3.1 asks for. */
  readonly secrets: readonly string[];
}

/** Reads `base64(urlenc(id):urlenc(secret))`. */
export function parseBasicCredentials(encoded: string): ClientCredentials | null {
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(encoded)) return null;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon <= 0) return null;
  const secret = text.slice(colon + 1);
  return { clientId: formDecode(text.slice(0, colon)), secrets: [...new Set([formDecode(secret), secret])] };
}

function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
