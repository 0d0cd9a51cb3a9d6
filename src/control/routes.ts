import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import { registerClockRoutes } from './clock.ts';
import { registerDomainRoutes } from './domains.ts';
import { ControlError } from './errors.ts';
import { guard } from './guard.ts';
import { registerKeyRoutes } from './keys.ts';
import { registerMessageRoutes } from './messages.ts';
import { registerPhoneRoutes } from './phones.ts';
import { registerPolicyRoutes } from './policies.ts';
import { registerSeedRoute } from './seed.ts';
import type { ControlServices } from './services.ts';
import { registerInfoRoute, registerOpenRoutes } from './status.ts';
import { registerTokenRoutes } from './tokens.ts';

export type { ControlContext, ControlServices } from './services.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route also takes a form that its own page sends. It must change nothing. */
    sameOriginForm?: boolean;
  }
}

/** Features of the contract that later versions bring; until then 501 says so. */
const NOT_BUILT = ['domains/:name/snapshot', 'domains/:name/restore', 'requests', 'faults'];

/**
 * The control plane, below `/_emulator`: what makes the emulator a test tool (docs/control-plane.md). Health and ca.pem are
 * open; everything else passes the guard first.
 */
export function registerControlRoutes(app: FastifyInstance, services: ControlServices): void {
  app.register(
    async (scope) => {
      scope.setErrorHandler(answerControlError);
      registerOpenRoutes(scope, services);
      await scope.register(async (guarded) => {
        guarded.addHook('onRequest', async (request) => {
          guard({ headers: request.headers, remoteAddress: request.socket.remoteAddress }, services);
          requireJson(request);
        });
        registerInfoRoute(guarded, services);
        registerDomainRoutes(guarded, services);
        registerClockRoutes(guarded, services);
        registerMessageRoutes(guarded, services);
        registerPhoneRoutes(guarded, services);
        registerKeyRoutes(guarded, services);
        registerSeedRoute(guarded, services);
        registerTokenRoutes(guarded, services);
        registerPolicyRoutes(guarded, services);
        registerNotBuilt(guarded);
      });
    },
    { prefix: '/_emulator' },
  );
}

/**
 * A body must say that it is JSON: a web page can't send that to another origin without asking first. Where a page of ours has a
 * form, the browser must say that it is that page's.
 */
function requireJson(request: FastifyRequest): void {
  const { 'content-type': type, 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  const hasBody = encoding !== undefined || (length !== undefined && length !== '0');
  if (type === undefined && !hasBody) return;
  if (/^application\/json\s*(;|$)/i.test(type ?? '')) return;
  if (request.routeOptions.config.sameOriginForm === true && isOwnForm(request)) return;
  throw new ControlError(415, 'unsupported_media_type', 'A body of the control plane must be application/json.');
}

/** The guard has refused foreign origins by now; a form that names no origin at all may still be one's. */
function isOwnForm({ headers }: FastifyRequest): boolean {
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(headers['content-type'] ?? '')) return false;
  return headers.origin !== undefined || headers['sec-fetch-site'] === 'same-origin';
}

function registerNotBuilt(app: FastifyInstance): void {
  for (const path of NOT_BUILT) {
    for (const url of [`/${path}`, `/${path}/*`]) {
      app.all(url, async () => {
        throw new ControlError(
          501,
          'not_implemented',
          `${path.replaceAll(':', '')} is not built yet; see docs/control-plane.md`,
        );
      });
    }
  }
}

/** Errors of the control plane's own and of the form of a request; the rest is the application's to map. */
function answerControlError(
  error: FastifyError | ControlError,
  _request: FastifyRequest,
  reply: import('fastify').FastifyReply,
): void {
  const known = asControlError(error);
  if (known === null) throw error;
  if (known.status === 401) reply.header('www-authenticate', 'Bearer');
  reply
    .code(known.status)
    .type('application/json')
    .send(JSON.stringify({ error: known.code, detail: known.message }));
}

function asControlError(error: FastifyError | ControlError): ControlError | null {
  if (error instanceof ControlError) return error;
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new ControlError(413, 'too_large', 'The request body is larger than allowed.');
  }
  return null;
}
