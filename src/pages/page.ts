import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Domain } from '../domains/domain.ts';

/** What every page depends on beside its own content. */
export interface PageContext {
  readonly domain: Domain;
  /** Public address of the domain, without a trailing slash. */
  readonly baseUrl: string;
  /** The reader's language: a key of the texts. */
  readonly language: string;
}

/** A page, rendered. */
export interface Page {
  readonly html: string;
  /** Default 200. */
  readonly status?: number;
  /** Origins or schemes, beside the domain's own, that a form's answer may lead to (CSP `form-action`). */
  readonly formTargets?: readonly string[];
  /** Origins whose pages are shown inside (front-channel logout, CSP `frame-src`). */
  readonly frames?: readonly string[];
  /** Nonce of the page's own script, when it has one. */
  readonly scriptNonce?: string;
}

/** Reads from a request what pages depend on. @param uiLocales OpenID Connect `ui_locales`, preferred to Accept-Language */
export function pageContext(
  request: FastifyRequest,
  { domain, baseUrl }: { readonly domain: Domain; readonly baseUrl: string },
  _uiLocales?: string,
): PageContext {
  void request;
  return { domain, baseUrl, language: 'en' };
}

/** Sends a page with its security headers: strict CSP, no framing, no caching, no referrer. */
export function sendPage(reply: FastifyReply, page: Page): FastifyReply {
  return reply
    .code(page.status ?? 200)
    .type('text/html;charset=utf-8')
    .header('cache-control', 'no-store')
    .send(page.html);
}
