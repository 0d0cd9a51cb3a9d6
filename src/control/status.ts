import type { FastifyInstance } from 'fastify';
import { ControlError } from './errors.ts';
import type { ControlServices } from './services.ts';

/** What everybody may ask: `/_emulator/health` and `/_emulator/ca.pem`. */
export function registerOpenRoutes(app: FastifyInstance, services: ControlServices): void {
  const { version, store } = services;

  // 200 only when requests can be served, seeds are applied and the store answers.
  app.get('/health', async (_request, reply) => {
    const status = services.ready() ? ((await answers(store)) ? 'ok' : 'store unavailable') : 'starting';
    if (status === 'ok') return { status, version, store: store.describe() };
    return reply.code(503).header('retry-after', '1').send({ status, version });
  });

  app.get('/ca.pem', async (_request, reply) => {
    const pem = services.caPem();
    if (pem === null)
      throw new ControlError(404, 'not_found', 'HTTPS does not run on a CA of our own; see IDCS_TLS_PORT');
    return reply.type('application/x-pem-file').send(pem);
  });
}

async function answers(store: ControlServices['store']): Promise<boolean> {
  return await store.ping().catch(() => false);
}

/** `/_emulator/info`: what runs here, and what was asked for that isn't built. */
export function registerInfoRoute(app: FastifyInstance, services: ControlServices): void {
  app.get('/info', async (request) => {
    const { domain, baseUrl } = services.contextOf(request);
    return {
      version: services.version,
      node: process.version,
      store: services.store.describe(),
      uptimeSeconds: Math.round(process.uptime()),
      domains: (await services.store.domains.list()).length,
      domain: { name: domain.name, tenant: domain.tenant, url: baseUrl },
      notBuilt: services.notBuilt.list(),
    };
  });
}
