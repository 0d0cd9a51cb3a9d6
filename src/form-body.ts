import type { FastifyRequest } from 'fastify';

/**
 * The fields of a request that is a form, as @fastify/formbody parsed them: one that is sent more than once is an array.
 * @returns null when the body is no form
 */
export function formBody({ body, headers }: Pick<FastifyRequest, 'body' | 'headers'>): object | null {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  return type === 'application/x-www-form-urlencoded' && typeof body === 'object' ? body : null;
}
