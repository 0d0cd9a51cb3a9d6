import type { FastifyReply, FastifyRequest } from 'fastify';
import { pageContext, sendPage } from '../../pages/page.ts';
import { formPostPage } from '../../pages/pages.ts';
import { issuerOf } from '../issuer.ts';
import type { OAuthError } from '../token/oauth-error.ts';
import type { OAuthContext, OAuthServices } from '../token/token-request.ts';
import type { ReplyAddress } from './reply-address.ts';

/** Answers a client through the browser: in the query or fragment of its redirect URI, or by a form that posts itself. */
export function replyToClient(
  services: Pick<OAuthServices, 'strictIssuer'>,
  context: OAuthContext,
  request: FastifyRequest,
  reply: FastifyReply,
  address: ReplyAddress,
  answer: Readonly<Record<string, string>>,
): FastifyReply {
  const parameters: Record<string, string> = { ...answer };
  if (address.state !== undefined) parameters['state'] = address.state;
  // RFC 9207. The real service does not send it: only where discovery announces it.
  if (services.strictIssuer) parameters['iss'] = issuerOf(context.domain, context.baseUrl, true);
  reply.header('referrer-policy', 'no-referrer');
  if (address.mode === 'form_post') {
    return sendPage(reply, formPostPage(pageContext(request, context), { target: address.redirectUri, parameters }));
  }
  return sendBrowserTo(request, reply, withParameters(address.redirectUri, address.mode, parameters));
}

/** Tells a client what went wrong. */
export function refuseClient(
  services: Pick<OAuthServices, 'strictIssuer'>,
  context: OAuthContext,
  request: FastifyRequest,
  reply: FastifyReply,
  address: ReplyAddress,
  error: OAuthError,
): FastifyReply {
  const answer = { error: error.code, error_description: error.message };
  return replyToClient(services, context, request, reply, address, answer);
}

/** Sends the browser on; after a form with GET (RFC 9700 §4.12). @param url absolute */
export function sendBrowserTo(request: FastifyRequest, reply: FastifyReply, url: string): FastifyReply {
  return reply
    .code(request.method === 'POST' ? 303 : 302)
    .header('location', url)
    .header('cache-control', 'no-store')
    .header('pragma', 'no-cache')
    .send();
}

function withParameters(
  redirectUri: string,
  mode: 'query' | 'fragment',
  parameters: Readonly<Record<string, string>>,
): string {
  // A header holds no other characters; the registered URI stays as it is otherwise, not even a slash is added.
  const uri = redirectUri.replace(/[^\x21-\x7e]/gu, encodeURIComponent);
  const text = new URLSearchParams(parameters).toString();
  if (mode === 'fragment') return `${uri}#${text}`;
  if (!uri.includes('?')) return `${uri}?${text}`;
  return /[?&]$/.test(uri) ? uri + text : `${uri}&${text}`;
}
