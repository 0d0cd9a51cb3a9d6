import { createHash } from 'node:crypto';

/** What a one-purpose token's row is found by (TokenRow.hash): SHA-256, hex. The token itself is never kept. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
