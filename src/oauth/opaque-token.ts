import type { IdSource } from '../ids.ts';

/** IDCS: oauth.md §2.3, shapes.md §7: recorded codes and refresh tokens begin like this (`AQIDBA...`) and end in `=`. */
const PREFIX = Buffer.from([1, 2, 3, 4, 5]);
const RANDOM_BYTES = 33;

/** A new token that says nothing: 264 random bits in the form of the recorded ones. */
export function newOpaqueToken(ids: IdSource): string {
  return `${Buffer.concat([PREFIX, ids.bytes(RANDOM_BYTES)]).toString('base64url')}=`;
}
