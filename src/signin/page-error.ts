import type { FastifyReply, FastifyRequest } from 'fastify';
import { pageContext, sendPage } from '../pages/page.ts';
import { errorPage } from '../pages/pages.ts';
import type { SignInContext } from './sign-in-services.ts';

/** Something that a person in a browser has to be told, because there is nowhere to go on to. */
export class PageError extends Error {
  readonly status: number;
  /** `invalid_request`, `expired_request` ... */
  readonly code: string;
  /** Whether the page shows a way to sign in again. */
  readonly again: boolean;

  /** @param message for whoever builds the application: what to change */
  constructor(status: number, code: string, message: string, { again = false } = {}) {
    super(message);
    this.name = 'PageError';
    this.status = status;
    this.code = code;
    this.again = again;
  }
}

/** Answers with the error page, which names the request's ECID. */
export function sendErrorPage(
  request: FastifyRequest,
  reply: FastifyReply,
  context: SignInContext,
  {
    status,
    code,
    message,
    again = false,
  }: Pick<PageError, 'status' | 'code' | 'message'> & { readonly again?: boolean },
): FastifyReply {
  const ecid = String(reply.getHeader('x-oracle-dms-ecid') ?? '');
  return sendPage(
    reply,
    errorPage(pageContext(request, context), {
      status,
      error: code,
      description: message,
      ecid,
      ...(again ? { again: `${context.baseUrl}/ui/v1/signin` } : {}),
    }),
  );
}
