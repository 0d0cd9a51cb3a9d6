import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { allowedOrigins, loopbackGrant, type OriginGrant } from './allowed-origins.ts';

/** What pages may read beside the headers that every page may. */
const EXPOSED = 'ETag, Location, WWW-Authenticate, opc-next-page, opc-total-items, opc-request-id';
const METHODS = 'GET, POST, PUT, PATCH, DELETE';

/** What is for browsers' windows, not for pages' scripts: nobody may read it from another origin. */
const FOR_WINDOWS = /^\/(?:ui\/|sso\/v1\/user\/|oauth2\/v1\/(?:authorize|consent|userlogout)(?:\/|$))/;

/** Who may call beside those that a domain's Settings name. */
export interface CorsRules {
  /** Pages of loopback origins: strict OpenID mode (`IDCS_ISSUER=domain`), for single-page applications under development. */
  readonly loopbackOrigins: boolean;
}

/**
 * Lets web pages of other origins call the domain's APIs: those that its Settings name (allowed-origins.ts). The control plane
 * stays closed to pages. Runs after the exchange, which knows the domain.
 */
export function installCors(app: FastifyInstance, rules: CorsRules): void {
  app.addHook('onRequest', async (request, reply) => {
    if (isClosed(request.url)) return;
    const fromSettings = allowedOrigins(request.exchange.domain.settings);
    if (!fromSettings.any && !rules.loopbackOrigins) return;
    reply.header('vary', 'Origin');
    const { origin } = request.headers;
    if (origin === undefined) return;
    const grant = fromSettings.grantOf(origin) ?? (rules.loopbackOrigins ? loopbackGrant(origin) : null);
    if (grant === null) return;
    allow(reply, origin, grant);
    if (isPreflight(request)) return answerPreflight(request, reply, grant);
  });
}

/** Whether no page may read it. The router takes a path with percent-encoded letters for the same path, and so do we. */
function isClosed(url: string): boolean {
  const [path = ''] = url.split('?', 1);
  try {
    const decoded = decodeURIComponent(path);
    return decoded.startsWith('/_emulator') || FOR_WINDOWS.test(decoded);
  } catch {
    return true;
  }
}

function allow(reply: FastifyReply, origin: string, { credentials, exposedHeaders }: OriginGrant): void {
  reply.header('access-control-allow-origin', origin);
  if (credentials) reply.header('access-control-allow-credentials', 'true');
  const exposed = exposedHeaders === null ? EXPOSED : exposedHeaders.join(', ');
  if (exposed !== '') reply.header('access-control-expose-headers', exposed);
}

function isPreflight(request: FastifyRequest): boolean {
  return request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
}

function answerPreflight(request: FastifyRequest, reply: FastifyReply, { maxAge }: OriginGrant): FastifyReply {
  const headers = request.headers['access-control-request-headers'];
  if (headers !== undefined) reply.header('access-control-allow-headers', headers);
  if (maxAge > 0) reply.header('access-control-max-age', String(maxAge));
  return reply.header('access-control-allow-methods', METHODS).code(204).send();
}
