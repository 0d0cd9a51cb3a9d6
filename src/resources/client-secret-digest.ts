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
