import { answerClient } from './client-answer.ts';
import type { GrantHandler } from './grant-handler.ts';
import { OAuthError } from './oauth-error.ts';
import { requestScope } from './requested-scope.ts';
import { required } from './token-request.ts';

/**
 * The client_credentials grant (RFC 6749 §4.4): a token for the client itself.
 * IDCS: oauth.md §2: `scope` is required.
 */
export const clientCredentialsGrant: GrantHandler = async (services, context, client, form) => {
  if (client.type === 'public') {
    throw new OAuthError('unauthorized_client', 'A public client has no credentials; use a confidential one.');
  }
  const requested = await requestScope(services, context, client, required(form, 'scope'));
  return await answerClient(services, context, client, requested);
};
