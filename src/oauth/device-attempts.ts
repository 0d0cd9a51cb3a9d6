import { tokenHash } from '../store/token-hash.ts';
import type { OAuthContext, OAuthServices } from './token/token-request.ts';

/*
 * RFC 8628 §5.1: user codes are short, so that nobody may try many. Tries are counted for each user: signing in again gives no new
 * ones.
 */

const KIND = 'device-attempts';
const MOST = 10;
/** Milliseconds. */
const WINDOW_MS = 5 * 60 * 1000;

/** Counts a try before the code is looked up, so that many at once are no way around. @returns false when there were too many */
export async function countAttempt(
  { store }: Pick<OAuthServices, 'store'>,
  { domain, clock }: OAuthContext,
  userId: string,
): Promise<boolean> {
  const hash = tokenHash(userId);
  const now = clock.now();
  return await store.transaction(async ({ tokens }) => {
    await tokens.remember(domain.id, KIND, hash, now + WINDOW_MS);
    const row = await tokens.find(domain.id, KIND, hash, { lock: true });
    const isOver = row === null || row.expires <= now;
    const attempts = isOver ? 0 : attemptsOf(row.data['attempts']);
    if (attempts >= MOST) return false;
    const expires = isOver ? now + WINDOW_MS : row.expires;
    await tokens.update(domain.id, KIND, hash, { data: { attempts: attempts + 1 }, expires });
    return true;
  });
}

/** Takes back the count of a try that was right. */
export async function forgiveAttempt(
  { store }: Pick<OAuthServices, 'store'>,
  { domain }: OAuthContext,
  userId: string,
): Promise<void> {
  const hash = tokenHash(userId);
  await store.transaction(async ({ tokens }) => {
    const row = await tokens.find(domain.id, KIND, hash, { lock: true });
    if (row === null) return;
    await tokens.update(domain.id, KIND, hash, {
      data: { attempts: Math.max(0, attemptsOf(row.data['attempts']) - 1) },
    });
  });
}

function attemptsOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
