import { answerClient } from './client-answer.ts';
import type { GrantHandler } from './grant-handler.ts';
import { OAuthError } from './oauth-error.ts';
import { requestScope } from './requested-scope.ts';
import { required } from './token-request.ts';

/**
 * The tls_client_auth grant: a token for the client itself, which has shown its certificate.
 * IDCS: oauth.md §2.8. The token is bound to the certificate (RFC 8705 §3).
 */
export const tlsClientAuthGrant: GrantHandler = async (services, context, client, form) => {
  if (context.boundTo === undefined) {
    throw new OAuthError(
      'invalid_client',
      'This grant needs a client certificate: send client_id alone to the secure_token_endpoint of discovery, over a ' +
        'connection that shows a certificate of a confidential or trusted client.',
    );
  }
  const requested = await requestScope(services, context, client, required(form, 'scope'));
  return await answerClient(services, context, client, requested);
};
