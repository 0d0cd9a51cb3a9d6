import type { RequestContext } from '../resources/request-context.ts';
import type { StoreSession } from '../store/store.ts';
import { tokenHash } from '../store/token-hash.ts';

const KIND = 'factor-notifications';
/** Inferred: notifications of another day don't count. */
const DAY = 24 * 60 * 60_000;

/**
 * Counts a notification to a user whose row is held.
 * @returns how many there were since the last right answer
 */
export async function countNotification(
  { domain, clock }: RequestContext,
  session: StoreSession,
  userId: string,
): Promise<number> {
  const hash = tokenHash(userId);
  const now = clock.now();
  const row = await session.tokens.find(domain.id, KIND, hash, { lock: true });
  const count = (row === null || row.expires <= now ? 0 : Number(row.data['count'])) + 1;
  const change = { data: { count }, expires: now + DAY };
  if (row === null) await session.tokens.insert(domain.id, { hash, kind: KIND, created: now, ...change });
  else await session.tokens.update(domain.id, KIND, hash, change);
  return count;
}

/** A right answer begins the count anew. */
export async function forgetNotifications(
  { domain }: RequestContext,
  session: StoreSession,
  userId: string,
): Promise<void> {
  await session.tokens.delete(domain.id, KIND, tokenHash(userId));
}
