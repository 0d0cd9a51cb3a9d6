import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Client } from './client.ts';
import { readDomainToken } from './domain-token.ts';
import { formEndpoint } from './form-endpoint.ts';
import { revokeToken } from './revoked-tokens.ts';
import { authenticateClient } from './token/client-authentication.ts';
import { OAuthError } from './token/oauth-error.ts';
import { findRefreshToken, revokeAuthorization } from './token/refresh-token-store.ts';
import { type OAuthContext, type OAuthServices, required, type TokenForm } from './token/token-request.ts';

/*
 * POST /oauth2/v1/revoke (RFC 7009).
 * IDCS: oauth.md §6: the service documents it for refresh tokens only, and calls access tokens irrevocable. Here it does both: what
 * revokes an access token of the real service is its end, which a test can't wait for.
 */

/** Mounts the revocation endpoint. */
export function registerRevoke(app: FastifyInstance, services: OAuthServices): void {
  formEndpoint(app, '/oauth2/v1/revoke', async (request, form) => {
    await revoke(services, request, form);
    return null;
  });
}

async function revoke(services: OAuthServices, request: FastifyRequest, form: TokenForm): Promise<void> {
  const context = services.contextOf(request);
  const client = await authenticateClient(services, context, request.headers.authorization, form);
  const token = required(form, 'token');
  // Only JWTs have dots: the token says what token_type_hint would, and a wrong hint must not matter (RFC 7009 §2.1).
  if (token.includes('.')) await revokeJwt(services, context, client, token);
  else await revokeOpaque(services, context, client, token);
}

async function revokeJwt(services: OAuthServices, context: OAuthContext, client: Client, token: string): Promise<void> {
  const known = await readDomainToken(services.keys, context.domain, token);
  // RFC 7009 §2.2: what the client wanted gone is not there, which is no error.
  if (known === null) return;
  requireOwner(known.claims['client_guid'] === client.id);
  if (known.type !== 'AT') {
    throw new OAuthError('unsupported_token_type', 'Only access tokens and refresh tokens can be revoked.');
  }
  if (known.expires * 1000 <= context.clock.now()) return;
  await revokeToken(services.store, context.domain.id, known.jti, known.expires * 1000);
}

/** RFC 7009 §2.1: with a refresh token, the access tokens of its authorization go too. */
async function revokeOpaque(
  services: OAuthServices,
  context: OAuthContext,
  client: Client,
  token: string,
): Promise<void> {
  const grant = await findRefreshToken(services, context, token);
  if (grant === null) return;
  requireOwner(grant.clientId === client.id);
  await revokeAuthorization(services, context, grant);
}

/** RFC 7009 §2.1: another client's token is refused; RFC 6749 §5.2 names the code: "was issued to another client". */
function requireOwner(own: boolean): void {
  if (!own)
    throw new OAuthError('invalid_grant', 'The token was given to another client; only that one may revoke it.');
}
