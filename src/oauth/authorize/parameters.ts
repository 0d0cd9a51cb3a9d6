import type { FastifyRequest } from 'fastify';
import { formBody } from '../../form-body.ts';
import { noForm } from '../token/token-request.ts';

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
  const body = formBody(request);
  if (body !== null) return body;
  throw noForm();
}
