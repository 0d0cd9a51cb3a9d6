import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Domain } from '../domains/domain.ts';
import { chooseLanguage } from './language.ts';
import { type PageSources, pageHeaders } from './security-headers.ts';

/** What every page depends on beside its own content. */
export interface PageContext {
  readonly domain: Domain;
  /** Public address of the domain, without a trailing slash. */
  readonly baseUrl: string;
  /** The reader's language: a key of the texts. */
  readonly language: string;
}

/** A page, rendered, with the sources that its Content-Security-Policy names. */
export interface Page extends PageSources {
  readonly html: string;
  /** Default 200. */
  readonly status?: number;
}

/** Reads from a request what pages depend on. @param uiLocales OpenID Connect `ui_locales`, preferred to Accept-Language */
export function pageContext(
  request: FastifyRequest,
  { domain, baseUrl }: { readonly domain: Domain; readonly baseUrl: string },
  uiLocales?: string,
): PageContext {
  const language = chooseLanguage({
    uiLocales,
    acceptLanguage: request.headers['accept-language'],
    preferredLanguage: domain.settings['preferredLanguage'],
  });
  return { domain, baseUrl, language };
}

/** Sends a page with its security headers: strict CSP, no framing, no caching, no referrer. */
export function sendPage(reply: FastifyReply, page: Page): FastifyReply {
  return reply
    .code(page.status ?? 200)
    .type('text/html;charset=utf-8')
    .headers(pageHeaders(page))
    .send(page.html);
}
