import type { FastifyReply, FastifyRequest } from 'fastify';
import { pageContext, sendPage } from '../pages/page.ts';
import { errorPage } from '../pages/pages.ts';
import type { SignInContext } from './sign-in-services.ts';

/** Something that a person in a browser has to be told, because there is nowhere to go on to. */
export class PageError extends Error {
  readonly status: number;
  /** `invalid_request`, `expired_request` ... */
  readonly code: string;

  /** @param message for whoever builds the application: what to change */
  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'PageError';
    this.status = status;
    this.code = code;
  }
}

/** Answers with the error page, which names the request's ECID. */
export function sendErrorPage(
  request: FastifyRequest,
  reply: FastifyReply,
  context: SignInContext,
  { status, code, message }: Pick<PageError, 'status' | 'code' | 'message'>,
): FastifyReply {
  const ecid = String(reply.getHeader('x-oracle-dms-ecid') ?? '');
  return sendPage(reply, errorPage(pageContext(request, context), { status, error: code, description: message, ecid }));
}
