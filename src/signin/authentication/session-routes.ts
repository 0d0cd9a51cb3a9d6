import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { formBody } from '../../form-body.ts';
import { tokenHash } from '../../store/token-hash.ts';
import { MY_APPS_PATH } from '../my-apps-path.ts';
import { PageError, sendErrorPage } from '../page-error.ts';
import { keepKmsiToken } from '../remembered-browser.ts';
import { startSession } from '../session.ts';
import type { SignInContext } from '../sign-in-services.ts';
import { failure, machineOf } from './authenticate-routes.ts';
import { cause, malformed, RequestRefused, refuse } from './authentication-error.ts';
import { type AuthenticationInput, NOTHING_SENT } from './authentication-input.ts';
import { finishSignIn } from './finish.ts';
import { openState, useState } from './request-state.ts';
import { sendSdkAnswer } from './sdk-answer.ts';
import type { ReadAuthnToken, SdkServices } from './sdk-client.ts';
import { makeStep } from './sign-in-machine.ts';

/*
 * POST /sso/v1/sdk/secure/session: the browser brings, in a form of the application's own sign-in page, what the sign-in has come to,
 * gets the session's cookie, and goes on to where a request waits for it. /sso/v1/sdk/session is its older name.
 */

const KIND = 'authn-token';

/** Mounts the endpoints. */
export function registerSdkSession(app: FastifyInstance, services: SdkServices): void {
  for (const path of ['/sso/v1/sdk/secure/session', '/sso/v1/sdk/session']) {
    app.post(path, async (request, reply) => {
      const context = services.contextOf(request);
      try {
        const fields = fieldsOf(request);
        const signedIn = await whoSignsIn(services, context, request, fields);
        const { userId, amr, withoutSecond, sid, authenticated, expires, continueTo } = signedIn;
        const known = { sid, authenticated, expires };
        await startSession(services, context, reply, { userId, amr, withoutSecond, known });
        const kmsi = fields.get('kmsiToken') ?? signedIn.kmsiToken;
        if (kmsi !== null) keepKmsiToken(reply, context, kmsi);
        // IDCS: flows.md E: 303, as Oracle's sample expects.
        return reply
          .header('cache-control', 'no-store')
          .redirect(`${context.baseUrl}${continueTo ?? MY_APPS_PATH}`, 303);
      } catch (error) {
        if (!(error instanceof RequestRefused)) throw error;
        return refuseForm(request, reply, context, error);
      }
    });
  }
}

/** Tells a person in a browser on a page, and a program as everywhere. */
export function refuseForm(
  request: FastifyRequest,
  reply: FastifyReply,
  context: SignInContext,
  { status, why }: RequestRefused,
): FastifyReply {
  if (!/\btext\/html\b/.test(request.headers.accept ?? '')) return sendSdkAnswer(reply, context, status, failure(why));
  return sendErrorPage(request, reply, context, new PageError(status, why.code, why.message));
}

/** Fields of a form, each at most once. @throws RequestRefused 400 */
export function fieldsOf(request: FastifyRequest): ReadonlyMap<string, string> {
  const body = formBody(request);
  if (body === null) throw malformed('Send the form as application/x-www-form-urlencoded.');
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(body)) {
    if (typeof value !== 'string' || value.includes('\0'))
      throw malformed(`The field ${name} must be sent once, as text.`);
    if (value !== '') fields.set(name, value);
  }
  return fields;
}

async function whoSignsIn(
  services: SdkServices,
  context: SignInContext,
  request: FastifyRequest,
  fields: ReadonlyMap<string, string>,
): Promise<Omit<ReadAuthnToken, 'jti'> & { readonly kmsiToken: string | null }> {
  const authorization = fields.get('authorization');
  const token = fields.get('authnToken');
  const requestState = fields.get('requestState');
  if (token === undefined && requestState === undefined)
    throw new RequestRefused(400, cause('AUTH-1001', 'requestState'));
  if (token !== undefined) {
    if (authorization !== undefined) await services.clientOf(request, authorization);
    return { ...(await useAuthnToken(services, context, token)), kmsiToken: null };
  }
  if (authorization === undefined) throw new RequestRefused(400, cause('AUTH-1001', 'authorization'));
  const client = await services.clientOf(request, authorization);
  const machine = machineOf(services, request, client);
  const opened = openState(services, context, client.id, requestState!);
  await useState(services, context, opened);
  const step = await makeStep(machine, opened.state, CREATE);
  if (step.kind === 'signed-in') return await finishSignIn(machine, step);
  // What is still due is said, and asked for by POST authenticate with createToken.
  throw step.cause === undefined ? refuse('AUTH-1016') : new RequestRefused(401, step.cause);
}

/** createSession is createToken, but for what it gives. */
const CREATE: AuthenticationInput = { ...NOTHING_SENT, op: 'createToken' };

/** Makes a session of a token, once. That it is good for one session is inferred. */
async function useAuthnToken(services: SdkServices, context: SignInContext, token: string): Promise<ReadAuthnToken> {
  const read = await services.readAuthnToken(context, token);
  if (read === null) throw refuse('AUTH-3008');
  const isFirst = await services.store.tokens.remember(context.domain.id, KIND, tokenHash(read.jti), read.expires);
  if (!isFirst) throw refuse('AUTH-3008');
  return read;
}
