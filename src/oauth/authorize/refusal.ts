import type { FastifyReply, FastifyRequest } from 'fastify';
import { pageContext, sendPage } from '../../pages/page.ts';
import { errorPage } from '../../pages/pages.ts';
import type { OAuthError } from '../token/oauth-error.ts';
import type { OAuthContext } from '../token/token-request.ts';

/**
 * Tells whoever sent a request why it can't be answered, where no redirect is safe.
 * IDCS: oauth.md §3: the recorded answer is JSON, to a script. A browser, which asks for HTML first, gets a page with the same
 * words.
 */
export function refuseHere(
  context: OAuthContext,
  request: FastifyRequest,
  reply: FastifyReply,
  error: OAuthError,
): FastifyReply {
  reply.header('cache-control', 'no-store').header('pragma', 'no-cache');
  if (!prefersHtml(request.headers.accept)) {
    return reply
      .code(error.status)
      .type('application/json;charset=UTF-8')
      .send(JSON.stringify({ error: error.code, error_description: error.message }));
  }
  const { status, code, message } = error;
  const model = { status, error: code, description: message, ecid: ecidOf(reply) };
  return sendPage(reply, errorPage(pageContext(request, context), model));
}

/** The name under which the log has the request, as every answer carries it. */
export function ecidOf(reply: FastifyReply): string {
  return String(reply.getHeader('x-oracle-dms-ecid') ?? '');
}

/** Whether `Accept` names text/html, and JSON not before it. */
function prefersHtml(accept: string | undefined): boolean {
  const quality = (type: string) => {
    const range = (accept ?? '').split(',').find((each) => each.split(';', 1)[0]!.trim().toLowerCase() === type);
    return range === undefined ? 0 : Number(/;\s*q=([\d.]+)/.exec(range)?.[1] ?? 1);
  };
  const html = quality('text/html');
  return html > 0 && html >= quality('application/json');
}
