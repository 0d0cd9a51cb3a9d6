import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { JsonObject } from '../../scim/json.ts';
import { formEndpoint } from '../form-endpoint.ts';
import { authorizationCodeGrant } from './authorization-code.ts';
import { authenticate } from './client-authentication.ts';
import { clientCredentialsGrant } from './client-credentials.ts';
import { DEVICE_CODE_GRANT, deviceCodeGrant } from './device-code.ts';
import type { GrantHandler } from './grant-handler.ts';
import { jwtBearerGrant } from './jwt-bearer.ts';
import { OAuthError } from './oauth-error.ts';
import { passwordGrant } from './password.ts';
import { refreshTokenGrant } from './refresh-token.ts';
import { saml2BearerGrant } from './saml2-bearer.ts';
import { tlsClientAuthGrant } from './tls-client-auth.ts';
import { exchangeToken, TOKEN_EXCHANGE } from './token-exchange.ts';
import { type OAuthServices, required, type TokenForm } from './token-request.ts';

/*
 * POST /oauth2/v1/token, in the order of RFC 6749 §3.2 and §5: the form, the grant, the client, what the client may do, and then
 * the grant's own rules.
 */

const GRANTS: ReadonlyMap<string, GrantHandler> = new Map([
  ['client_credentials', clientCredentialsGrant],
  ['password', passwordGrant],
  ['refresh_token', refreshTokenGrant],
  ['authorization_code', authorizationCodeGrant],
  // IDCS: oauth.md §2.8: requests say tls_client_auth, discovery says tls_cert_auth.
  ['tls_client_auth', tlsClientAuthGrant],
  ['tls_cert_auth', tlsClientAuthGrant],
  [DEVICE_CODE_GRANT, deviceCodeGrant],
  ['urn:ietf:params:oauth:grant-type:jwt-bearer', jwtBearerGrant],
  ['urn:ietf:params:oauth:grant-type:saml2-bearer', saml2BearerGrant],
]);

/** Mounts the token endpoint. */
export function registerTokenEndpoint(app: FastifyInstance, services: OAuthServices): void {
  formEndpoint(app, '/oauth2/v1/token', (request, form) => answer(services, request, form));
}

async function answer(services: OAuthServices, request: FastifyRequest, form: TokenForm): Promise<JsonObject> {
  const plain = services.contextOf(request);
  const grantType = required(form, 'grant_type');
  if (grantType === TOKEN_EXCHANGE) return await exchangeToken(services, plain, request, form);
  const grant = GRANTS.get(grantType);
  if (grant === undefined) {
    const known = [...GRANTS.keys(), TOKEN_EXCHANGE].join(', ');
    throw new OAuthError('unsupported_grant_type', `The grant_type is not known. Use one of ${known}.`);
  }
  const { client, boundTo } = await authenticate(services, plain, request.headers.authorization, form);
  const context = boundTo === null ? plain : { ...plain, boundTo };
  // tls_cert_auth is discovery's name of tls_client_auth: an App may list either.
  const names = grant === tlsClientAuthGrant ? ['tls_client_auth', 'tls_cert_auth'] : [grantType];
  if (!names.some((name) => client.allowedGrants.has(name))) {
    throw new OAuthError(
      'unauthorized_client',
      `Add ${grantType} to the allowedGrants of the client to use this grant.`,
    );
  }
  return await grant(services, context, client, form);
}
