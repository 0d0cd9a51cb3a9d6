import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { newSecret } from '../ids.ts';
import { tokenHash } from '../store/token-hash.ts';
import { readCookie, setCookie } from './browser-cookie.ts';
import type { SignInContext, SignInServices } from './sign-in-services.ts';

/** IDCS: flows.md E, oauth.md §3: the cookie that ties a request to the browser that began it. */
const COOKIE = 'ORA_OCIS_REQ_1';
const FORM = /^[A-Za-z0-9_-]{43}$/;

/**
 * A secret that only this browser has, made with its first page: what is begun in one browser can't be finished in another, and
 * a form can't be sent by another site's page.
 */
export interface BrowserBinding {
  /** SHA-256 of the secret, hex: what rows keep. */
  readonly hash: string;
  /** The value of a form's hidden field `csrf` for one purpose (`signin`, `consent` ...). */
  csrfToken(purpose: string): string;
  /** Whether a form brought the token of that purpose; compared in constant time. */
  acceptsCsrf(purpose: string, given: unknown): boolean;
}

/** Secrets made while a request is answered: whoever asks again for the same request gets the same one. */
const made = new WeakMap<FastifyRequest, string>();

/** The browser's binding, set with the answer when it has none yet. */
export function bindBrowser(
  { ids }: Pick<SignInServices, 'ids'>,
  context: SignInContext,
  request: FastifyRequest,
  reply: FastifyReply,
): BrowserBinding {
  const known = made.get(request) ?? readCookie(request, context, COOKIE);
  if (known !== null && FORM.test(known)) return bindingOf(known);
  const secret = newSecret(ids);
  made.set(request, secret);
  setCookie(reply, context, COOKIE, secret);
  return bindingOf(secret);
}

/** The binding that the browser brought; null when it brought none. */
export function browserBinding(context: SignInContext, request: FastifyRequest): BrowserBinding | null {
  const known = readCookie(request, context, COOKIE);
  return known !== null && FORM.test(known) ? bindingOf(known) : null;
}

function bindingOf(secret: string): BrowserBinding {
  const csrfToken = (purpose: string) => createHmac('sha256', secret).update(purpose).digest('base64url');
  return {
    hash: tokenHash(secret),
    csrfToken,
    acceptsCsrf(purpose, given) {
      if (typeof given !== 'string') return false;
      const digest = (text: string) => createHash('sha256').update(text).digest();
      return timingSafeEqual(digest(given), digest(csrfToken(purpose)));
    },
  };
}
