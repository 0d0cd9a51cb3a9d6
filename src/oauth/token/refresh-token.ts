import { checkAppAccess } from '../app-access.ts';
import type { Client } from '../client.ts';
import type { GrantHandler } from './grant-handler.ts';
import { OAuthError } from './oauth-error.ts';
import { findRefreshToken, type RefreshGrant, revokeAuthorization, rotateRefreshToken } from './refresh-token-store.ts';
import { type RequestedScope, requestScope } from './requested-scope.ts';
import { rotatesRefreshTokens } from './rotation-setting.ts';
import { subjectToday } from './subject.ts';
import { answerWithTokens } from './token-answer.ts';
import { type OAuthContext, type OAuthServices, required } from './token-request.ts';

/**
 * The refresh_token grant (RFC 6749 §6): a new access token for a user who need not be there, with the AppRoles of today.
 * IDCS: oauth.md §2.5: whether refresh tokens are rotated is not documented. They are not, unless the domain's Settings say so:
 * the answer carries the same one, which stays good until it expires.
 */
export const refreshTokenGrant: GrantHandler = async (services, context, client, form) => {
  const token = required(form, 'refresh_token');
  const grant = await findRefreshToken(services, context, token);
  if (grant === null || grant.clientId !== client.id) throw unknownToken();
  if (grant.used) throw await reused(services, context, grant);
  const requested = await narrowedScope(services, context, client, form.get('scope'), grant.scope);
  // It outlives the browser's session.
  const subject = await subjectToday(services, context, { ...grant, sessionExpires: null });
  if (subject === null) {
    throw new OAuthError('invalid_grant', 'The user of this refresh token was deleted, deactivated or locked.');
  }
  await checkAppAccess(services, context, client, subject);
  // Last, so that a request that is refused for another reason costs no token.
  const next = rotatesRefreshTokens(context.domain) ? await rotateRefreshToken(services, context, token) : token;
  if (next === null) throw await reused(services, context, grant);
  const { family } = grant;
  const answer = await answerWithTokens(services, context, client, requested, subject, { family });
  return { ...answer, refresh_token: next };
};

function unknownToken(): OAuthError {
  return new OAuthError(
    'invalid_grant',
    'The refresh token is unknown, has expired, was revoked, or was given to another client. Ask for a new one with offline_access.',
  );
}

/**
 * RFC 9700 §4.14.2: a rotated token that comes again was stolen, or its successor was: nobody knows who is who, so that both end.
 * A client that lost an answer and asks again is not told from a thief.
 */
async function reused(services: OAuthServices, context: OAuthContext, grant: RefreshGrant): Promise<OAuthError> {
  await revokeAuthorization(services, context, grant);
  context.log.warn(
    { clientId: grant.clientId },
    'a rotated refresh token was used again: its authorization is revoked',
  );
  return new OAuthError(
    'invalid_grant',
    'The refresh token was used before. Its authorization is revoked; use each refresh token once, and ask for a new one.',
  );
}

/** RFC 6749 §6: nothing that the first request did not ask for. A custom expiry is no right and may change. */
async function narrowedScope(
  services: OAuthServices,
  context: OAuthContext,
  client: Client,
  asked: string | undefined,
  original: string,
): Promise<RequestedScope> {
  const first = await requestScope(services, context, client, original);
  if (asked === undefined) return first;
  const requested = await requestScope(services, context, client, asked);
  const allowed = new Set(first.parts);
  const more = requested.parts.find((part) => !allowed.has(part) && !part.startsWith('urn:opc:resource:expiry='));
  if (more === undefined) return requested;
  throw new OAuthError('invalid_scope', `The scope ${more} was not part of the request that gave this refresh token.`);
}
