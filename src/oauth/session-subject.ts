import type { Session } from '../signin/session.ts';
import { LOCAL_IDENTITY_PROVIDER, type Subject, subjectToday } from './token/subject.ts';
import type { OAuthContext, OAuthServices } from './token/token-request.ts';

/** The subject of tokens that a browser's session gives; null when its user was deleted, deactivated or locked since. */
export async function subjectOfSession(
  services: Pick<OAuthServices, 'store'>,
  context: OAuthContext,
  session: Session,
): Promise<Subject | null> {
  const { userId, sid, authenticated, amr, expires } = session;
  return await subjectToday(services, context, {
    userId,
    sessionId: sid,
    authenticated,
    amr,
    identityProvider: LOCAL_IDENTITY_PROVIDER,
    sessionExpires: Math.floor(expires / 1000),
  });
}
