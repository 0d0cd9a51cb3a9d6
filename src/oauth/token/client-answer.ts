import type { JsonObject } from '../../scim/json.ts';
import type { Client } from '../client.ts';
import type { TokenOrigin } from './claims.ts';
import { OAuthError } from './oauth-error.ts';
import type { RequestedScope } from './requested-scope.ts';
import { answerWithTokens } from './token-answer.ts';
import type { OAuthContext, OAuthServices } from './token-request.ts';

/**
 * The answer to a grant that gives a client a token of its own.
 * IDCS: oauth.md §2: no refresh token is given, whether asked for or not.
 * @throws OAuthError invalid_scope for what only a user has
 */
export async function answerClient(
  services: OAuthServices,
  context: OAuthContext,
  client: Client,
  requested: RequestedScope,
  origin: TokenOrigin = {},
): Promise<JsonObject> {
  const [openId] = requested.openId;
  if (openId !== undefined) {
    throw new OAuthError('invalid_scope', `The scope ${openId} needs a user; this token would be the client's own.`);
  }
  return await answerWithTokens(services, context, client, { ...requested, offlineAccess: false }, null, origin);
}
