import type { FastifyRequest } from 'fastify';
import { browserBinding } from './browser-binding.ts';
import { PageError } from './page-error.ts';
import type { Visit } from './page-route.ts';
import type { SignInContext } from './sign-in-services.ts';

/** The hidden field `csrf` of a form shown to a browser that has its binding. */
export function csrfToken(request: FastifyRequest, context: SignInContext, purpose: string): string {
  return browserBinding(context, request)?.csrfToken(purpose) ?? '';
}

/**
 * Refuses a form that this browser was not given.
 * @throws PageError 403
 */
export function requireCsrf({ request, context, fields }: Visit, purpose: string): void {
  if (browserBinding(context, request)?.acceptsCsrf(purpose, fields.get('csrf')) === true) return;
  throw new PageError(
    403,
    'invalid_request',
    'This form was not sent from its own page, or the browser did not send its cookie. Open the page again, with cookies allowed.',
  );
}
