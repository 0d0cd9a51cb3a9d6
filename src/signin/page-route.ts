import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { formBody } from '../form-body.ts';
import { type Page, sendPage } from '../pages/page.ts';
import { PageError, sendErrorPage } from './page-error.ts';
import type { SignInContext } from './sign-in-services.ts';

/** Fields of a form, or parameters of an address, each at most once. */
export type PageFields = ReadonlyMap<string, string>;

/** One visit of a browser. */
export interface Visit {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly context: SignInContext;
  /** GET: the address's parameters; POST: the form's fields. */
  readonly fields: PageFields;
}

/**
 * What a visit comes to: a page, or an address to go on to. Handlers return it and send nothing themselves: a Fastify reply is
 * thenable, so that an async function can't return one.
 */
export type Outcome = Page | Redirect;

export interface Redirect {
  /** Absolute address. */
  readonly to: string;
}

/**
 * Mounts a page: what its handler throws as a PageError becomes the error page.
 * @param path below the domain's address
 */
export function pageRoute(
  app: FastifyInstance,
  method: 'GET' | 'POST',
  path: string,
  contextOf: (request: FastifyRequest) => SignInContext,
  handler: (visit: Visit) => Promise<Outcome>,
): void {
  app.route({
    method,
    url: path,
    // A HEAD would begin sign-ins and end sessions without being a visit.
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const context = contextOf(request);
      try {
        const fields = method === 'GET' ? readFields(request.query) : readForm(request);
        return sendOutcome(reply, await handler({ request, reply, context, fields }));
      } catch (error) {
        if (error instanceof PageError) return sendErrorPage(request, reply, context, error);
        throw error;
      }
    },
  });
}

/** Goes on to a path below the domain's address. */
export function goOn({ context }: Pick<Visit, 'context'>, path: string): Redirect {
  return { to: `${context.baseUrl}${path}` };
}

function sendOutcome(reply: FastifyReply, outcome: Outcome): FastifyReply {
  if (!('to' in outcome)) return sendPage(reply, outcome);
  // 303: after a form, a browser goes on with GET.
  const status = reply.request.method === 'POST' ? 303 : 302;
  return reply.header('cache-control', 'no-store').redirect(outcome.to, status);
}

function readForm(request: FastifyRequest): PageFields {
  const body = formBody(request);
  if (body !== null) return readFields(body);
  throw new PageError(400, 'invalid_request', 'Send the form as application/x-www-form-urlencoded.');
}

function readFields(given: unknown): PageFields {
  const fields = new Map<string, string>();
  if (typeof given !== 'object' || given === null) return fields;
  for (const [name, value] of Object.entries(given)) {
    if (typeof value !== 'string') {
      throw new PageError(400, 'invalid_request', `The parameter ${name} is sent more than once.`);
    }
    // The store can't hold it, and nobody types it.
    if (value.includes('\0')) {
      throw new PageError(400, 'invalid_request', `The parameter ${name} has a NUL character in it.`);
    }
    if (value !== '') fields.set(name, value);
  }
  return fields;
}
