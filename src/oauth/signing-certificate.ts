import type { FastifyInstance } from 'fastify';
import { API_HEADERS } from '../api-headers.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import { authenticateCaller } from './caller.ts';
import { READ_VERBS, sendVerbs } from './discovery.ts';
import type { OAuthServices } from './token/token-request.ts';

const PATH = '/admin/v1/SigningCert/jwk';

/**
 * Mounts GET /admin/v1/SigningCert/jwk, the keys that verify a domain's tokens.
 * IDCS: oauth.md §5.3: any valid token may read it; nobody needs one when Settings.signingCertPublicAccess is true.
 */
export function registerSigningCertificate(app: FastifyInstance, services: OAuthServices): void {
  app.get(PATH, async (request, reply) => {
    const context = services.contextOf(request);
    const { domain } = context;
    const open = services.strictIssuer || domain.settings['signingCertPublicAccess'] === true;
    if (!open) await authenticateCaller(services, context, request);
    const jwks = await services.keys.jwks(domain);
    const body = services.strictIssuer ? forStrictLibraries(jwks) : jwks;
    return reply.headers(API_HEADERS).type('application/json;charset=utf-8').send(JSON.stringify(body));
  });
  app.options(PATH, (_request, reply) => sendVerbs(reply, READ_VERBS));
}

/**
 * RFC 7517 §4.3: a library that heeds `key_ops` can't verify with a key for `encrypt` and `sign`, which is what the real service
 * prints. Strict OpenID mode says `use` instead.
 */
function forStrictLibraries(jwks: JsonObject): JsonObject {
  const keys = Array.isArray(jwks['keys']) ? jwks['keys'] : [];
  return {
    keys: keys.filter(isObject).map(({ key_ops: _, ...key }) => ({ ...key, use: 'sig' })),
  };
}
