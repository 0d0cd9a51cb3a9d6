import type { FastifyInstance } from 'fastify';
import { isLoopback } from '../config.ts';

/** What pages may read beside the headers that every page may. */
const EXPOSED = 'ETag, Location, WWW-Authenticate, opc-next-page, opc-total-items, opc-request-id';
/** Seconds that a browser may remember a preflight. */
const MAX_AGE = '600';

/**
 * Lets web pages of loopback origins call the domain: strict OpenID mode (`IDCS_ISSUER=domain`), for single-page applications
 * under development. No cookies go with it: tokens are all that counts. The control plane stays closed to pages.
 */
export function installCors(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.url.startsWith('/_emulator')) return;
    reply.header('vary', 'Origin');
    const { origin } = request.headers;
    if (origin === undefined || !isLoopbackOrigin(origin)) return;
    reply.header('access-control-allow-origin', origin).header('access-control-expose-headers', EXPOSED);
    const wanted = request.headers['access-control-request-method'];
    if (request.method !== 'OPTIONS' || wanted === undefined) return;
    const headers = request.headers['access-control-request-headers'];
    if (headers !== undefined) reply.header('access-control-allow-headers', headers);
    reply
      .header('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE')
      .header('access-control-max-age', MAX_AGE);
    return reply.code(204).send();
  });
}

function isLoopbackOrigin(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, hostname } = new URL(origin);
  return /^https?:$/.test(protocol) && (isLoopback(hostname) || hostname.endsWith('.localhost'));
}
