import type { KeyObject } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { ScimError } from '../scim/errors.ts';
import { refuse } from '../signin/authentication/authentication-error.ts';
import type { AuthenticationClient } from '../signin/authentication/authentication-services.ts';
import type { SignInContext } from '../signin/sign-in-services.ts';
import { scopesOfRole } from './admin-scopes.ts';
import { authenticateBearer } from './bearer.ts';
import { authenticateCaller } from './caller.ts';
import { findClient } from './client.ts';
import { clientCertificate } from './token/client-certificates.ts';
import { partnerCertificate } from './token/partner-certificates.ts';
import type { OAuthServices } from './token/token-request.ts';

/** IDCS: flows.md E: what the token of a client of the Authentication API must have. */
const SCOPE = 'urn:opc:idm:t.user.signin';

/**
 * The client that makes a request of the Authentication API.
 * @param token an access token that came in a form; null: the Authorization header has it
 * @param authz `relaxed`: any valid token may do anything (IDCS_AUTHZ)
 * @throws RequestRefused AUTH-1034 without a token, and for one that lacks the scope
 * @throws GatewayUnauthorized for a token that can't be used
 */
export async function sdkClient(
  services: OAuthServices,
  request: FastifyRequest,
  token: string | null,
  authz: 'enforce' | 'relaxed',
): Promise<AuthenticationClient> {
  const context = services.contextOf(request);
  const { domain, clock } = context;
  const caller = await (token === null
    ? authenticateCaller(services, context, request)
    : authenticateBearer(
        services,
        domain,
        clock,
        `Bearer ${token.replace(/^Bearer /i, '')}`,
        context.clientCertificate ?? null,
      )
  ).catch((error: unknown) => {
    throw error instanceof ScimError && error.status === 401 ? refuse('AUTH-1034') : error;
  });
  const mayUse = authz === 'relaxed' || [...caller.roles].some((role) => scopesOfRole(role).includes(SCOPE));
  const client = caller.clientId === null || !mayUse ? null : await findClient(services.store, domain, caller.clientId);
  if (client === null) throw refuse('AUTH-1034');
  return { id: client.id, name: client.name };
}

/** The key of a certificate of a client, or else of a partner that the domain trusts. @param thumbprint SHA-1, base64url */
export async function certificateKey(
  { store }: Pick<OAuthServices, 'store'>,
  { domain }: Pick<SignInContext, 'domain'>,
  { name }: Pick<AuthenticationClient, 'name'>,
  thumbprint: string,
): Promise<KeyObject | null> {
  const client = await findClient(store, domain, name);
  const own = client === null ? null : await clientCertificate(store, domain, client, { x5t: thumbprint });
  return (own ?? (await partnerCertificate(store, domain, { x5t: thumbprint })))?.publicKey ?? null;
}
