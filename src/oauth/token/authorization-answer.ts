import type { JsonObject } from '../../scim/json.ts';
import { checkAppAccess } from '../app-access.ts';
import type { Client } from '../client.ts';
import { newFamily } from '../revoked-tokens.ts';
import type { TokenOrigin } from './claims.ts';
import { defaultLifetimes } from './oauth-config.ts';
import { grantsRefresh, refreshLifetime } from './refresh-terms.ts';
import { issueRefreshToken } from './refresh-token-store.ts';
import type { RequestedScope } from './requested-scope.ts';
import type { Subject } from './subject.ts';
import { answerWithTokens } from './token-answer.ts';
import type { OAuthContext, OAuthServices } from './token-request.ts';

/**
 * The tokens that a user's authorization begins with, the refresh token among them if the request gets one.
 * However the user's authorization came about, the user must be allowed to use the client's App (`allowAccessControl`).
 * IDCS: CNC guide 3.1: `offline_access` where there can be none is no error; the answer just has no refresh token.
 * @throws OAuthError access_denied
 */
export async function answerAuthorization(
  services: OAuthServices,
  context: OAuthContext,
  client: Client,
  requested: RequestedScope,
  subject: Subject,
  origin: TokenOrigin = {},
): Promise<JsonObject> {
  await checkAppAccess(services, context, client, subject);
  const offlineAccess = grantsRefresh(requested, client);
  if (!offlineAccess)
    return await answerWithTokens(services, context, client, { ...requested, offlineAccess }, subject, origin);
  // What is given at once and what is refreshed from it later ends together.
  const family = origin.family ?? newFamily(services.ids);
  const answer = await answerWithTokens(services, context, client, requested, subject, { ...origin, family });
  const scope = requested.parts.join(' ');
  const { refreshToken } = await defaultLifetimes(services.store, context.domain);
  const lifetime = refreshLifetime(requested, refreshToken);
  answer['refresh_token'] = await issueRefreshToken(services, context, client, subject, scope, { family, lifetime });
  return answer;
}
