import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { JsonObject } from '../scim/json.ts';
import { sendVerbs } from './discovery.ts';
import { OAuthError } from './token/oauth-error.ts';
import { readForm, type TokenForm } from './token/token-request.ts';

/** IDCS: shapes.md §1: the headers of the token endpoint differ from those of /admin/v1. */
const HEADERS = { 'cache-control': 'no-store', pragma: 'no-cache', 'content-type': 'application/json;charset=UTF-8' };

/** Answers a form; null: 200 without a body (RFC 7009 §2.2). */
export type FormHandler = (request: FastifyRequest, form: TokenForm) => Promise<JsonObject | null>;

/**
 * Mounts an endpoint that clients, not browsers, post forms to (token, introspect, revoke, device): the same headers, and what
 * is thrown as an OAuthError becomes `{"error","error_description"}` (RFC 6749 §5.2).
 * @param path the whole path
 */
export function formEndpoint(app: FastifyInstance, path: string, handler: FormHandler): void {
  app.post(path, async (request, reply) => {
    try {
      const body = await handler(request, readForm(request));
      return reply.headers(HEADERS).send(body === null ? '' : JSON.stringify(body));
    } catch (error) {
      if (error instanceof OAuthError) return refuse(reply, error);
      throw error;
    }
  });
  app.options(path, (_request, reply) => sendVerbs(reply, 'POST,OPTIONS'));
}

function refuse(reply: FastifyReply, error: OAuthError): FastifyReply {
  reply.code(error.status).headers(HEADERS);
  if (error.challenge) reply.header('www-authenticate', 'Basic realm="idcs"');
  return reply.send(JSON.stringify({ error: error.code, error_description: error.message }));
}
