import type { FastifyRequest } from 'fastify';
import { OAuthError } from '../token/oauth-error.ts';

/** What an authorization request brought. */
export interface AuthorizeParameters {
  /** Parameters that were sent once, with a value. */
  readonly values: ReadonlyMap<string, string>;
  /** Names of those that were sent more often (RFC 6749 §3.1 forbids it). */
  readonly repeated: ReadonlySet<string>;
}

/**
 * Reads the query of a GET or the form of a POST.
 * @throws OAuthError invalid_request when a POST has no form
 */
export function readAuthorizeParameters(request: FastifyRequest): AuthorizeParameters {
  const values = new Map<string, string>();
  const repeated = new Set<string>();
  for (const [name, value] of Object.entries(sourceOf(request))) {
    if (typeof value !== 'string') repeated.add(name);
    // RFC 6749 §3.1: a parameter without a value counts as left out.
    else if (value !== '') values.set(name, value);
  }
  return { values, repeated };
}

function sourceOf(request: FastifyRequest): object {
  if (request.method === 'GET') return request.query as object;
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/x-www-form-urlencoded' && typeof request.body === 'object' && request.body !== null) {
    return request.body;
  }
  throw new OAuthError('invalid_request', 'Send the parameters as application/x-www-form-urlencoded in the body.');
}
