import type { FastifyInstance } from 'fastify';

/**
 * One compact line per request: method, path, status, milliseconds, domain and ECID. Never the query (filters carry names,
 * OAuth carries codes), never a body or a header. Fastify's own request logging is off: it costs a fifth of the throughput.
 */
export function installRequestLog(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const exchange = request.exchange;
    if (!exchange) return;
    const path = request.originalUrl;
    const query = path.indexOf('?');
    exchange.log.info(
      {
        method: request.method,
        path: query < 0 ? path : path.slice(0, query),
        status: reply.statusCode,
        ms: Math.round((performance.now() - exchange.startedMs) * 10) / 10,
        domain: exchange.domain?.name,
        ecid: exchange.names.ecid,
      },
      'request',
    );
  });
}
