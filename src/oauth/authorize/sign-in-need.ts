import type { Session } from '../../signin/session.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import type { PendingRequest } from './pending-request.ts';

/**
 * Whether a request needs a sign-in although the browser has a session: prompt login and select_account, and a session older
 * than `max_age` (OpenID Connect Core §3.1.2.1). A sign-in for this very request settles all of them, however long the user takes
 * from there to the answer.
 * @param always the sign-on policy wants the password anew for each request (`reAuthenticate`)
 * @param now seconds since the Unix epoch
 * @param pending the request as it was kept before the sign-in; null: it has just come
 */
export function needsNewSignIn(
  { prompt, maxAge, always }: Pick<AuthorizationRequest, 'prompt' | 'maxAge'> & { readonly always: boolean },
  session: Pick<Session, 'hash' | 'authenticated'>,
  now: number,
  pending: Pick<PendingRequest, 'session' | 'created'> | null,
): boolean {
  if (pending !== null && session.hash !== pending.session && session.authenticated >= pending.created) return false;
  if (always || prompt.has('login') || prompt.has('select_account')) return true;
  return maxAge !== null && now - session.authenticated > maxAge;
}
