import type { IdSource } from '../ids.ts';
import type { Store, StoreSession } from '../store/store.ts';
import { tokenHash } from '../store/token-hash.ts';

/*
 * Access tokens that no longer count although they have not expired: one by its `jti`, or all of an authorization by the half of
 * `jti` that they share (TokenOrigin.family). Every process heeds them: the domain's epoch moves, so that verified tokens are
 * looked at anew.
 */

const KIND = 'revoked';
/** Hex digits of a family: half of a `jti`. */
const FAMILY_LENGTH = 16;
/** No token of a family lives longer than the longest that can be asked for, a year; milliseconds. */
const LONGEST_MS = 31_556_952 * 1000;

/** A new authorization's name, as TokenOrigin takes it. */
export function newFamily(ids: IdSource): string {
  return ids.bytes(FAMILY_LENGTH / 2).toString('hex');
}

/** Revokes one access token. @param expires its end, in milliseconds since the Unix epoch: it need not be remembered longer */
export async function revokeToken(
  store: Pick<Store, 'transaction'>,
  domainId: number,
  jti: string,
  expires: number,
): Promise<void> {
  await store.transaction((session) => remember(session, domainId, jti, expires));
}

/** Revokes every access token of an authorization. @param now the domain's time in milliseconds */
export async function revokeFamily(
  store: Pick<Store, 'transaction'>,
  domainId: number,
  family: string,
  now: number,
): Promise<void> {
  await store.transaction((session) => remember(session, domainId, family, now + LONGEST_MS));
}

/** Whether an access token was revoked, by itself or with its authorization; one statement. */
export async function isRevoked(store: Pick<StoreSession, 'tokens'>, domainId: number, jti: string): Promise<boolean> {
  const hashes = [jti, jti.slice(0, FAMILY_LENGTH)].map(tokenHash);
  return (await store.tokens.existing(domainId, KIND, hashes)).size > 0;
}

async function remember(session: StoreSession, domainId: number, name: string, expires: number): Promise<void> {
  await session.tokens.remember(domainId, KIND, tokenHash(name), expires);
  await session.domains.bumpEpoch(domainId);
}
