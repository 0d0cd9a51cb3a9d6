import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { formBody } from '../form-body.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { keepsTokens } from './active-user.ts';
import { certificateBinding, mayUseToken } from './certificate-binding.ts';
import { sendVerbs } from './discovery.ts';
import { readDomainToken } from './domain-token.ts';
import { asksForMemberships, membershipClaims, openIdClaims } from './openid-claims.ts';
import { isRevoked } from './revoked-tokens.ts';
import { membershipsOfUser } from './token/subject.ts';
import type { OAuthContext, OAuthServices } from './token/token-request.ts';

/*
 * GET and POST /oauth2/v1/userinfo (OpenID Connect Core §5.3): who is the user of this access token? The audience of the token
 * does not matter, its scope `openid` does.
 */

const PATH = '/oauth2/v1/userinfo';
const HEADERS = { 'cache-control': 'no-store', pragma: 'no-cache', 'content-type': 'application/json;charset=UTF-8' };

/** Mounts the userinfo endpoint. */
export function registerUserInfo(app: FastifyInstance, services: OAuthServices): void {
  app.route({
    method: ['GET', 'POST'],
    url: PATH,
    handler: async (request, reply) => {
      try {
        const claims = await userInfo(services, services.contextOf(request), accessTokenOf(request));
        return reply.headers(HEADERS).send(JSON.stringify(claims));
      } catch (error) {
        if (error instanceof BearerError) return refuse(reply, error);
        throw error;
      }
    },
  });
  app.options(PATH, (_request, reply) => sendVerbs(reply, 'GET,POST,OPTIONS'));
}

/** An error of a resource that takes Bearer tokens (RFC 6750 §3.1). */
class BearerError extends Error {
  readonly status: 400 | 401 | 403;
  readonly code: 'invalid_request' | 'invalid_token' | 'insufficient_scope';
  /** Whether the challenge names the error: not when there was no token (RFC 6750 §3.1). */
  readonly named: boolean;

  constructor(code: BearerError['code'], description: string, named = true) {
    super(description);
    this.name = 'BearerError';
    this.code = code;
    this.status = code === 'invalid_request' ? 400 : code === 'invalid_token' ? 401 : 403;
    this.named = named;
  }
}

function refuse(reply: FastifyReply, error: BearerError): FastifyReply {
  const scope = error.code === 'insufficient_scope' ? ', scope="openid"' : '';
  const challenge = error.named
    ? `Bearer error="${error.code}", error_description="${error.message}"${scope}`
    : 'Bearer';
  return reply
    .code(error.status)
    .headers({ ...HEADERS, 'www-authenticate': challenge })
    .send(JSON.stringify({ error: error.code, error_description: error.message }));
}

/** The token of the header, or of a form (RFC 6750 §2.1, §2.2); never of the query, which ends up in logs. */
function accessTokenOf(request: FastifyRequest): string {
  const { authorization } = request.headers;
  const fromForm = request.method === 'POST' ? formToken(request) : undefined;
  if (authorization !== undefined && fromForm !== undefined) {
    throw new BearerError(
      'invalid_request',
      'Send the access token in the Authorization header or in the form, not both.',
    );
  }
  if (fromForm !== undefined) return fromForm;
  const token = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (token !== undefined) return token;
  throw new BearerError('invalid_token', 'Send a user access token as Authorization: Bearer.', false);
}

function formToken(request: FastifyRequest): string | undefined {
  const token = (formBody(request) as Record<string, unknown> | null)?.['access_token'];
  if (token === undefined || typeof token === 'string') return token;
  throw new BearerError('invalid_request', 'The parameter access_token is sent more than once.');
}

async function userInfo(services: OAuthServices, context: OAuthContext, token: string): Promise<JsonObject> {
  const { domain, baseUrl } = context;
  const claims = await liveClaims(services, context, token);
  const scopes = new Set(String(claims['scope'] ?? '').split(' '));
  if (claims['sub_type'] !== 'user') {
    throw new BearerError(
      'insufficient_scope',
      'The token is a client token. Use the token of a user with the scope openid.',
    );
  }
  if (!scopes.has('openid')) {
    throw new BearerError('insufficient_scope', 'The token lacks the scope openid. Ask for it in the token request.');
  }
  const user = await activeUser(services, context, String(claims['user_id']));
  // Core §5.3.2: the same sub as in the identity token, also when the user was renamed since.
  const answer: JsonObject = { sub: String(claims['sub']), ...openIdClaims(user, scopes) };
  if (!asksForMemberships(scopes)) return answer;
  const memberships = await membershipsOfUser(services.store, domain, user.id);
  return { ...answer, ...membershipClaims(memberships, scopes, baseUrl) };
}

/** The claims of an access token that counts now. */
async function liveClaims(services: OAuthServices, context: OAuthContext, token: string): Promise<JsonObject> {
  const { domain, clock, clientCertificate } = context;
  const known = await readDomainToken(services.keys, domain, token);
  if (known === null || known.type !== 'AT') {
    throw new BearerError('invalid_token', 'The token is not an access token of this domain.');
  }
  const now = Math.floor(clock.now() / 1000);
  const notBefore = known.claims['nbf'];
  if (now >= known.expires) throw new BearerError('invalid_token', 'The access token has expired.');
  if (typeof notBefore === 'number' && now < notBefore) {
    throw new BearerError('invalid_token', 'The access token is not valid yet.');
  }
  if (!mayUseToken(certificateBinding(known.claims), clientCertificate)) {
    throw new BearerError(
      'invalid_token',
      'The token is bound to a client certificate that the connection does not show.',
    );
  }
  if (await isRevoked(services.store, domain.id, known.jti)) {
    throw new BearerError('invalid_token', 'The access token was revoked.');
  }
  return known.claims;
}

async function activeUser({ store }: OAuthServices, { domain }: OAuthContext, userId: string): Promise<StoredResource> {
  const user = await store.resources.read(domain.id, 'User', userId);
  if (user !== null && keepsTokens(user)) return user;
  throw new BearerError('invalid_token', 'The user of the token was deleted or deactivated.');
}
