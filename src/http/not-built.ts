import type { FastifyInstance, FastifyReply } from 'fastify';
import { knownEndpoints } from '../schemas/registry.ts';
import { ScimError } from '../scim/errors.ts';
import { coverage } from './coverage.ts';
import { answerError } from './error-handler.ts';

/** Counts calls of routes that the real service has and this build hasn't; `/_emulator/info` lists them. */
export class NotBuiltCounter {
  readonly #calls = new Map<string, number>();

  count(route: string): void {
    this.#calls.set(route, (this.#calls.get(route) ?? 0) + 1);
  }

  /** Whether the real service has this path. */
  isKnown(path: string): boolean {
    return knownPaths().has(path);
  }

  /** Calls by `METHOD /path`, most frequent first. */
  list(): { route: string; calls: number }[] {
    return [...this.#calls].map(([route, calls]) => ({ route, calls })).sort((a, b) => b.calls - a.calls);
  }
}

/** Answers everything that no route took: 501 for what the real service has, 404 for the rest. */
export function installNotBuilt(app: FastifyInstance, counter: NotBuiltCounter): void {
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!;
    const endpoint = knownEndpoint(path);
    if (endpoint === null) {
      return answerError(
        request,
        reply,
        new ScimError(404, `There is nothing at ${request.method} ${path.slice(0, 200)}.`),
      );
    }
    return answerError(request, reply, refusal(counter, request.method, path, endpoint, reply));
  });
}

/** 501 for what the real service has. An endpoint that is built says 405 to verbs, and 404 to paths, that the real one lacks too. */
function refusal(
  counter: NotBuiltCounter,
  method: string,
  path: string,
  endpoint: string,
  reply: FastifyReply,
): ScimError {
  const routes = coverage().find((known) => known.endpoint.path === endpoint)?.routes ?? [];
  const here = routes.filter((route) => isAt(path, route.path)).map((route) => route.method);
  if (!routes.some((route) => route.built) || here.includes(method)) return notBuilt(counter, method, endpoint);
  if (here.length === 0) return new ScimError(404, `There is nothing at ${method} ${path.slice(0, 200)}.`);
  reply.header('allow', here.join(','));
  return new ScimError(405, `${method} is not supported at ${path.slice(0, 200)}.`);
}

/** @param pattern a known route's path: `/admin/v1/Users/{id}` */
function isAt(path: string, pattern: string): boolean {
  const segments = path.split('/');
  const parts = pattern.split('/');
  return parts.length === segments.length && parts.every((part, at) => part.startsWith('{') || part === segments[at]);
}

/** The error for a known route that isn't built; counted. */
export function notBuilt(counter: NotBuiltCounter, method: string, endpoint: string): ScimError {
  counter.count(`${method} ${endpoint}`);
  return new ScimError(
    501,
    `${method} ${endpoint} exists in the real service but is not built here yet; see docs/coverage.md.`,
  );
}

/** The known endpoint that a path belongs to: `/admin/v1/Devices/123` → `/admin/v1/Devices`. */
function knownEndpoint(path: string): string | null {
  const known = knownPaths();
  const segments = path.split('/', 8);
  for (let length = segments.length; length > 1; length--) {
    const candidate = segments.slice(0, length).join('/');
    if (known.has(candidate)) return candidate;
  }
  return null;
}

let paths: Set<string> | undefined;

function knownPaths(): Set<string> {
  paths ??= new Set(knownEndpoints().map((endpoint) => endpoint.path));
  return paths;
}
