import type { StoreSession } from '../store/store.ts';
import { tokenHash } from '../store/token-hash.ts';

/*
 * Sessions that ended before their time. An identity token names its session, and is good as a user assertion only as long as
 * that lasts; the session's own row is gone, and can't be found by its name.
 */

const KIND = 'ended-session';

/** Remembers that a session has ended, until it would have ended by itself. @param session `expires` in milliseconds */
export async function rememberEnd(
  { tokens }: Pick<StoreSession, 'tokens'>,
  domainId: number,
  session: { readonly sid: string; readonly expires: number },
): Promise<void> {
  await tokens.remember(domainId, KIND, tokenHash(session.sid), session.expires);
}

/** Whether a session was ended. @param sid the `sid` claim */
export async function hasEnded(
  { tokens }: Pick<StoreSession, 'tokens'>,
  domainId: number,
  sid: string,
): Promise<boolean> {
  return (await tokens.existing(domainId, KIND, [tokenHash(sid)])).size > 0;
}
