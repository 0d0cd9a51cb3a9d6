import { redeemCode, unknownCode } from '../authorize/authorization-code-store.ts';
import { checkCodeVerifier } from '../authorize/pkce.ts';
import { answerAuthorization } from './authorization-answer.ts';
import type { GrantHandler } from './grant-handler.ts';
import { OAuthError } from './oauth-error.ts';
import { requestScope } from './requested-scope.ts';
import { subjectToday } from './subject.ts';
import { required } from './token-request.ts';

/**
 * The authorization_code grant (RFC 6749 §4.1.3): tokens for a code of the authorization endpoint.
 * IDCS: oauth.md §2.3: no example of a confidential client sends redirect_uri, so that it need not be sent; when it is, it must be
 * the one of the authorization request. A public client without PKCE is served, as there.
 */
export const authorizationCodeGrant: GrantHandler = async (services, context, client, form) => {
  const code = required(form, 'code');
  const grant = await redeemCode(
    services,
    context,
    code,
    ({ clientId }) => {
      if (clientId !== client.id) throw unknownCode();
    },
    ({ redirectUri, challenge }) => {
      if ((form.get('redirect_uri') ?? redirectUri) !== redirectUri) {
        throw new OAuthError('invalid_grant', 'The redirect_uri is not the one of the authorization request.');
      }
      checkCodeVerifier(challenge, form.get('code_verifier'));
    },
  );
  const requested = await requestScope(services, context, client, grant.scope);
  const subject = await subjectToday(services, context, grant);
  if (subject === null) {
    throw new OAuthError('invalid_grant', 'The user of this code was deleted, deactivated or locked.');
  }
  const { family, nonce } = grant;
  const origin = { family, gtp: 'azc', ...(nonce === null ? {} : { nonce }) };
  return await answerAuthorization(services, context, client, requested, subject, origin);
};
