import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { JsonObject } from '../../scim/json.ts';
import { sendVerbs } from '../discovery.ts';
import { authenticateClient } from './client-authentication.ts';
import { clientCredentialsGrant } from './client-credentials.ts';
import type { GrantHandler } from './grant-handler.ts';
import { notBuiltYet, OAuthError } from './oauth-error.ts';
import { passwordGrant } from './password.ts';
import { refreshTokenGrant } from './refresh-token.ts';
import { type OAuthServices, readForm, required } from './token-request.ts';

/*
 * POST /oauth2/v1/token, in the order of RFC 6749 §3.2 and §5: the form, the grant, the client, what the client may do, and then
 * the grant's own rules.
 */

const GRANTS: ReadonlyMap<string, GrantHandler> = new Map([
  ['client_credentials', clientCredentialsGrant],
  ['password', passwordGrant],
  ['refresh_token', refreshTokenGrant],
]);

/** Grants of the real service that are still missing here (oauth.md §2). */
const NOT_BUILT: ReadonlySet<string> = new Set([
  'authorization_code',
  'tls_client_auth',
  'tls_cert_auth',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
  'urn:ietf:params:oauth:grant-type:saml2-bearer',
  'urn:ietf:params:oauth:grant-type:token-exchange',
]);

/** IDCS: shapes.md §1: the token endpoint's headers differ from those of /admin/v1. */
const HEADERS = { 'cache-control': 'no-store', pragma: 'no-cache', 'content-type': 'application/json;charset=UTF-8' };

/** Mounts the token endpoint. */
export function registerTokenEndpoint(app: FastifyInstance, services: OAuthServices): void {
  app.post('/oauth2/v1/token', async (request, reply) => {
    try {
      return reply.headers(HEADERS).send(JSON.stringify(await answer(services, request)));
    } catch (error) {
      if (error instanceof OAuthError) return refuse(reply, error);
      throw error;
    }
  });
  app.options('/oauth2/v1/token', (_request, reply) => sendVerbs(reply, 'POST,OPTIONS'));
}

async function answer(services: OAuthServices, request: FastifyRequest): Promise<JsonObject> {
  const context = services.contextOf(request);
  const form = readForm(request.body, request.headers['content-type']);
  const grantType = required(form, 'grant_type');
  if (NOT_BUILT.has(grantType)) throw notBuiltYet('unsupported_grant_type', `The grant ${grantType}`);
  const grant = GRANTS.get(grantType);
  if (grant === undefined) {
    const known = [...GRANTS.keys()].join(', ');
    throw new OAuthError('unsupported_grant_type', `The grant_type is not known. Use one of ${known}.`);
  }
  const client = await authenticateClient(services, context, request.headers.authorization, form);
  if (!client.allowedGrants.has(grantType)) {
    throw new OAuthError(
      'unauthorized_client',
      `Add ${grantType} to the allowedGrants of the client to use this grant.`,
    );
  }
  return await grant(services, context, client, form);
}

function refuse(reply: FastifyReply, error: OAuthError): FastifyReply {
  reply.code(error.status).headers(HEADERS);
  if (error.challenge) reply.header('www-authenticate', 'Basic realm="idcs"');
  return reply.send(JSON.stringify({ error: error.code, error_description: error.message }));
}
