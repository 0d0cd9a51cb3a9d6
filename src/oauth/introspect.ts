import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Domain } from '../domains/domain.ts';
import type { JsonObject } from '../scim/json.ts';
import { findActiveUser, keepsTokens } from './active-user.ts';
import { type Client, findClient } from './client.ts';
import { type DomainToken, readDomainToken } from './domain-token.ts';
import { formEndpoint } from './form-endpoint.ts';
import { issuerOf } from './issuer.ts';
import { isRevoked } from './revoked-tokens.ts';
import { authenticateClient } from './token/client-authentication.ts';
import { OAuthError } from './token/oauth-error.ts';
import { findRefreshToken } from './token/refresh-token-store.ts';
import { subjectName } from './token/subject.ts';
import { type OAuthContext, type OAuthServices, required, type TokenForm } from './token/token-request.ts';

/*
 * POST /oauth2/v1/introspect (RFC 7662): is this token good, and what does it say? Whatever is wrong with a token, the answer is
 * `{"active":false}` and no more (§2.2).
 */

const INACTIVE: JsonObject = { active: false };

/** IDCS: oauth.md §6: the members of live answers, beside `active`, `token_type` and `aud`, in that order. */
const SHOWN = [
  'scope',
  'client_id',
  'client_guid',
  'sub_type',
  'exp',
  'iat',
  'nbf',
  'sub',
  'iss',
  'jti',
  'tenant',
  'user.tenant.name',
  'user_tz',
  'user_locale',
  'user_lang',
  'user_displayname',
  'user_tenantname',
  'sub_mappingattr',
  'client_tenantname',
  'client_name',
  // RFC 8705 §3.2: a resource server must learn which certificate the token is bound to.
  'cnf',
];

/** Mounts the introspection endpoint. */
export function registerIntrospect(app: FastifyInstance, services: OAuthServices): void {
  formEndpoint(app, '/oauth2/v1/introspect', (request, form) => answer(services, request, form));
}

async function answer(services: OAuthServices, request: FastifyRequest, form: TokenForm): Promise<JsonObject> {
  const context = services.contextOf(request);
  const client = await authenticateClient(services, context, request.headers.authorization, form);
  requireOperation(client);
  const token = required(form, 'token');
  // Only JWTs have dots, so the token itself says what token_type_hint would: a wrong hint must not matter (RFC 7662 §2.1).
  if (!token.includes('.')) return await refreshToken(services, context, client, token);
  return await accessToken(services, context, token);
}

/** IDCS: oauth.md §1: the app needs the operation. That its lack is unauthorized_client (RFC 6749 §5.2) is inferred. */
function requireOperation(client: Client): void {
  if (client.type === 'public') {
    throw new OAuthError('unauthorized_client', 'A public client can not introspect tokens; use a confidential one.');
  }
  if (client.allowedOperations.has('introspect')) return;
  throw new OAuthError('unauthorized_client', 'Add introspect to the allowedOperations of the client to use this.');
}

async function accessToken(services: OAuthServices, context: OAuthContext, token: string): Promise<JsonObject> {
  const { domain } = context;
  const known = await readDomainToken(services.keys, domain, token);
  // An identity token opens nothing: who was handed one as an access token must not take it (inferred).
  if (known === null || known.type !== 'AT' || !isInTime(known, context)) return INACTIVE;
  if (await isRevoked(services.store, domain.id, known.jti)) return INACTIVE;
  if (!(await partiesStand(services, domain, known.claims))) return INACTIVE;
  const { claims } = known;
  const shown: JsonObject = { active: true, token_type: 'JWT' };
  for (const name of SHOWN) if (claims[name] !== undefined) shown[name] = claims[name];
  // IDCS: oauth.md §6: always an array here, also where the token has a string.
  shown['aud'] = [claims['aud'] ?? []].flat();
  return shown;
}

function isInTime({ claims, expires }: DomainToken, { clock }: OAuthContext): boolean {
  const now = Math.floor(clock.now() / 1000);
  const notBefore = claims['nbf'];
  return now < expires && (typeof notBefore !== 'number' || now >= notBefore);
}

/** Whether the client and the user of an access token are still there and active. */
async function partiesStand({ store }: OAuthServices, domain: Domain, claims: JsonObject): Promise<boolean> {
  const client = await findClient(store, domain, String(claims['client_id']));
  if (client === null || !client.active || client.id !== claims['client_guid']) return false;
  if (claims['sub_type'] !== 'user') return true;
  const user = await store.resources.read(domain.id, 'User', String(claims['user_id']));
  return user !== null && keepsTokens(user);
}

/**
 * A refresh token, to the client that it was given to: nobody else has a use for what it stands for.
 * No answer of the real service about one is known: the members are those that an access token has too.
 */
async function refreshToken(
  services: OAuthServices,
  context: OAuthContext,
  client: Client,
  token: string,
): Promise<JsonObject> {
  const { domain, baseUrl } = context;
  const grant = await findRefreshToken(services, context, token);
  if (grant === null || grant.used || grant.clientId !== client.id) return INACTIVE;
  // The grant would refuse it.
  const user = await findActiveUser({ ...context, store: services.store }, grant.userId);
  if (user === null) return INACTIVE;
  const { sub, attribute } = subjectName(domain, user.data);
  return {
    active: true,
    scope: grant.scope,
    client_id: client.name,
    client_guid: client.id,
    sub_type: 'user',
    exp: Math.floor(grant.expires / 1000),
    iat: Math.floor(grant.created / 1000),
    sub,
    iss: issuerOf(domain, baseUrl, services.strictIssuer),
    tenant: domain.tenant,
    'user.tenant.name': domain.tenant,
    sub_mappingattr: attribute,
    client_tenantname: domain.tenant,
    client_name: client.displayName,
  };
}
