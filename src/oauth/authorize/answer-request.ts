import { recordEvent } from '../../audit/record-event.ts';
import { appAccessed } from '../../audit/sign-in-events.ts';
import type { Session } from '../../signin/session.ts';
import { joinSession } from '../../signin/session.ts';
import { newFamily } from '../revoked-tokens.ts';
import { keptSubject, type Subject } from '../token/subject.ts';
import { issueTokens } from '../token/token-answer.ts';
import type { OAuthContext, OAuthServices } from '../token/token-request.ts';
import { issueCode } from './authorization-code-store.ts';
import type { AuthorizationRequest } from './authorization-request.ts';

/**
 * What a client gets for a user who has signed in and agreed: the parameters of the answer.
 * IDCS: oauth.md §3, the table of response types. No refresh token comes this way, whatever the scope says.
 */
export async function answerRequest(
  services: OAuthServices,
  context: OAuthContext,
  asked: AuthorizationRequest,
  session: Session,
  subject: Subject,
): Promise<Record<string, string>> {
  const { client, type, nonce } = asked;
  await joinSession(services, context, session, client.id);
  const family = newFamily(services.ids);
  const answer: Record<string, string> = {};
  if (type.code) {
    answer['code'] = await issueCode(services, context, {
      clientId: client.id,
      redirectUri: asked.address.redirectUri,
      scope: asked.scope,
      nonce: nonce ?? null,
      challenge: asked.challenge,
      ...keptSubject(subject),
      family,
    });
  }
  await recordEvent({ ...context, ...services }, null, appAccessed(subject.user, client));
  if (!type.token && !type.idToken) return answer;
  const issued = await issueTokens(services, context, client, { ...asked.requested, offlineAccess: false }, subject, {
    wanted: { access: type.token, identity: type.idToken },
    origin: {
      family,
      ...(nonce === undefined ? {} : { nonce }),
      ...(answer['code'] === undefined ? {} : { code: answer['code'] }),
    },
  });
  if (issued.accessToken !== null) {
    answer['access_token'] = issued.accessToken;
    answer['token_type'] = 'Bearer';
    answer['expires_in'] = String(issued.expiresIn);
  }
  if (issued.idToken !== null) answer['id_token'] = issued.idToken;
  return answer;
}
