import type { CookieSerializeOptions } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SignInContext } from './sign-in-services.ts';

/*
 * Cookies of a domain. Their names carry a piece of the tenant's, because browsers keep one jar for all ports of a host and
 * all paths below it: neither two emulators nor two domains may overwrite each other's.
 */

/** The cookie of that purpose, as the browser sent it; null when it sent none. */
export function readCookie(request: FastifyRequest, context: SignInContext, purpose: string): string | null {
  return request.cookies[cookieName(context, purpose)] ?? null;
}

/**
 * Sets a cookie that scripts can't read and other sites' requests, but for links, don't carry.
 * @param maxAge seconds that it is kept; left out: it ends with the browser
 */
export function setCookie(
  reply: FastifyReply,
  context: SignInContext,
  purpose: string,
  value: string,
  maxAge?: number,
): void {
  const lasting = maxAge === undefined ? {} : { maxAge };
  reply.setCookie(cookieName(context, purpose), value, { ...options(context), ...lasting });
}

export function clearCookie(reply: FastifyReply, context: SignInContext, purpose: string): void {
  reply.clearCookie(cookieName(context, purpose), options(context));
}

function cookieName({ domain }: SignInContext, purpose: string): string {
  return `${purpose}_${domain.tenant.slice(-8)}`;
}

function options({ baseUrl }: SignInContext): CookieSerializeOptions {
  const { pathname, protocol } = new URL(baseUrl);
  return { path: pathname, httpOnly: true, sameSite: 'lax', secure: protocol === 'https:' };
}
