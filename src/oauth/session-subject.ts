import { isLocked } from '../resources/login-attempt.ts';
import type { Session } from '../signin/session.ts';
import { LOCAL_IDENTITY_PROVIDER, rolesOfUser, type Subject } from './token/subject.ts';
import type { OAuthContext, OAuthServices } from './token/token-request.ts';

/** The subject of tokens that a browser's session gives; null when its user was deleted, deactivated or locked since. */
export async function subjectOfSession(
  { store }: Pick<OAuthServices, 'store'>,
  { domain }: OAuthContext,
  session: Session,
): Promise<Subject | null> {
  const user = await store.resources.read(domain.id, 'User', session.userId);
  if (user === null || user.data['active'] !== true || isLocked(user.data)) return null;
  return {
    user,
    roles: await rolesOfUser(store, domain, user.id),
    sessionId: session.sid,
    authenticated: session.authenticated,
    amr: session.amr,
    identityProvider: LOCAL_IDENTITY_PROVIDER,
    sessionExpires: Math.floor(session.expires / 1000),
  };
}
