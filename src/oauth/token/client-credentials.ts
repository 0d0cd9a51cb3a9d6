import type { GrantHandler } from './grant-handler.ts';
import { OAuthError } from './oauth-error.ts';
import { requestScope } from './requested-scope.ts';
import { answerWithTokens } from './token-answer.ts';
import { required } from './token-request.ts';

/**
 * The client_credentials grant (RFC 6749 §4.4): a token for the client itself.
 * IDCS: oauth.md §2: `scope` is required, and no refresh token is given, whether asked for or not.
 */
export const clientCredentialsGrant: GrantHandler = async (services, context, client, form) => {
  if (client.type === 'public') {
    throw new OAuthError('unauthorized_client', 'A public client has no credentials; use a confidential one.');
  }
  const requested = await requestScope(services, context, client, required(form, 'scope'));
  if (requested.openId.length > 0) {
    throw new OAuthError(
      'invalid_scope',
      `The scope ${requested.openId[0]} needs a user; client_credentials has none.`,
    );
  }
  return await answerWithTokens(services, context, client, { ...requested, offlineAccess: false }, null);
};
