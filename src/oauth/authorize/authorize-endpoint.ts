import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { decideSignOn } from '../../policies/sign-on.ts';
import { sessionSuffices } from '../../signin/authentication/session-suffices.ts';
import { readSession, type Session } from '../../signin/session.ts';
import { beginSignIn } from '../../signin/sign-in-request.ts';
import { checkAppAccess, checkSignOn } from '../app-access.ts';
import { sendVerbs } from '../discovery.ts';
import { subjectOfSession } from '../session-subject.ts';
import { OAuthError } from '../token/oauth-error.ts';
import type { Subject } from '../token/subject.ts';
import type { OAuthContext, OAuthServices } from '../token/token-request.ts';
import { answerRequest } from './answer-request.ts';
import { type AuthorizationRequest, readAuthorizationRequest } from './authorization-request.ts';
import { scopesToConsent } from './consent.ts';
import { consentPath } from './consent-endpoint.ts';
import { type HintedUser, readIdTokenHint } from './id-token-hint.ts';
import { ownSignInPage, sendToOwnPage } from './own-sign-in-page.ts';
import { type AuthorizeParameters, readAuthorizeParameters } from './parameters.ts';
import {
  dropRequest,
  endRequest,
  findRequest,
  keepRequest,
  type PendingRequest,
  RequestGone,
} from './pending-request.ts';
import { formTargetOf } from './redirect-uri.ts';
import { ecidOf, refuseHere } from './refusal.ts';
import { refuseClient, replyToClient, sendBrowserTo } from './reply.ts';
import { type ReplyAddress, readReplyAddress } from './reply-address.ts';
import { needsNewSignIn } from './sign-in-need.ts';

/*
 * GET and POST /oauth2/v1/authorize (RFC 6749 §4.1 and §4.2, OpenID Connect Core §3), in the order of the rules: the client and its
 * redirect URI, the request, the user, what the user may and agrees to, the answer. `?resume=` goes on with a request that waited
 * for a sign-in or a consent, `?cancel=` gives it up, `?deny=` says that a policy refused the user.
 */

const PATH = '/oauth2/v1/authorize';
/** Characters of a form that is sent on as a query: headers end at 64 KiB, and browsers' addresses before that. */
const LONGEST_QUERY = 16_384;

/** One request to the endpoint. */
interface Exchange {
  readonly services: OAuthServices;
  readonly context: OAuthContext;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Mounts the authorization endpoint. */
export function registerAuthorize(app: FastifyInstance, services: OAuthServices): void {
  const handler = async (request: FastifyRequest, reply: FastifyReply) => {
    const exchange = { services, context: services.contextOf(request), request, reply };
    try {
      return await handle(exchange);
    } catch (error) {
      if (error instanceof OAuthError) return refuseHere(exchange.context, request, reply, error);
      throw error;
    }
  };
  app.route({ method: 'GET', url: PATH, exposeHeadRoute: false, handler });
  app.post(PATH, handler);
  app.options(PATH, (_request, reply) => sendVerbs(reply, 'GET,POST,OPTIONS'));
}

/** @throws OAuthError for the person at the browser */
async function handle(exchange: Exchange): Promise<FastifyReply> {
  const { services, context, request, reply } = exchange;
  const sent = readAuthorizeParameters(request);
  const id = sent.values.get('resume') ?? sent.values.get('cancel') ?? sent.values.get('deny');
  const pending = id === undefined ? null : await findRequest(services, context, request, id);
  const parameters = pending?.parameters ?? sent;
  const { client, address } = await readReplyAddress(services, context, parameters, ecidOf(reply));
  let told: ReplyAddress = address;
  try {
    if (sent.values.has('cancel'))
      throw new OAuthError('access_denied', 'The user cancelled the sign-in or did not agree.');
    if (sent.values.has('deny')) throw new OAuthError('access_denied', 'The sign-on policy does not let the user in.');
    const asked = await readAuthorizationRequest(services, context, parameters, client, address);
    told = asked.address;
    return await authorize(exchange, asked, parameters, pending);
  } catch (error) {
    if (!(error instanceof OAuthError) || error instanceof RequestGone) throw error;
    if (pending !== null) await dropRequest(services, context, pending.id);
    return refuseClient(services, context, request, reply, told, error);
  }
}

/** @throws OAuthError for the client */
async function authorize(
  exchange: Exchange,
  asked: AuthorizationRequest,
  parameters: AuthorizeParameters,
  pending: PendingRequest | null,
): Promise<FastifyReply> {
  const { services, context, request, reply } = exchange;
  const hint = await readIdTokenHint(services, context, asked.idTokenHint);
  const session = await readSession(services, context, request);
  const subject = session === null ? null : await subjectOfSession(services, context, session);
  const now = Math.floor(context.clock.now() / 1000);
  const signOn =
    subject === null
      ? null
      : await decideSignOn({ ...context, store: services.store }, { ...subject, app: asked.client });
  const signedIn =
    session !== null &&
    subject !== null &&
    !needsNewSignIn({ ...asked, always: signOn?.reAuthenticate === true }, session, now, pending);
  if (!signedIn || isSomeoneElse(hint, subject)) {
    if (asked.prompt.has('none')) {
      throw new OAuthError('login_required', 'The user must sign in, which prompt=none forbids.');
    }
    if (signedIn && pending !== null && session.hash !== pending.session) {
      throw new OAuthError('login_required', 'Another user has signed in than the one that id_token_hint names.');
    }
    return await sendToSignIn(exchange, asked, parameters, pending, session, hint);
  }
  await checkAppAccess(services, context, asked.client, subject);
  if (signOn !== null) await checkSignOn(services, context, asked.client, { ...subject, signOn, signedIn: true });
  if (
    signOn !== null &&
    !(await sessionSuffices(services, context, { ...subject, session, app: asked.client, signOn }))
  ) {
    if (asked.prompt.has('none')) {
      throw new OAuthError(
        'login_required',
        'The application wants more of the user than the session has (a second factor, terms of use), which prompt=none forbids.',
      );
    }
    return await sendToSignIn(exchange, asked, parameters, pending, session, null, true);
  }
  if ((await scopesToConsent(services, context, asked, subject, pending)).length > 0) {
    if (asked.prompt.has('none')) {
      throw new OAuthError('consent_required', 'The user must agree to the scopes, which prompt=none forbids.');
    }
    const id = await pendingId(exchange, parameters, pending, session);
    return sendBrowserTo(request, reply, `${context.baseUrl}${consentPath(id)}`);
  }
  if (pending !== null) await endRequest(services, context, pending.id);
  const answer = await answerRequest(services, context, asked, session, subject);
  return replyToClient(services, context, request, reply, asked.address, answer);
}

function isSomeoneElse(hint: HintedUser | null, subject: Subject | null): boolean {
  return hint !== null && subject !== null && hint.userId !== subject.user.id;
}

/** Where the request waits: where it has waited already, or a new place. */
async function pendingId(
  { services, context, request, reply }: Exchange,
  parameters: AuthorizeParameters,
  pending: PendingRequest | null,
  session: Session | null,
): Promise<string> {
  return pending?.id ?? (await keepRequest(services, context, request, reply, parameters, session?.hash ?? null));
}

/** Whether a user who proved long ago who they are will do. */
function isContentWithAny({ prompt, maxAge }: AuthorizationRequest): boolean {
  return maxAge === null && !prompt.has('login') && !prompt.has('select_account');
}

/** @param stepUp the session is good, but the application wants more */
async function sendToSignIn(
  exchange: Exchange,
  asked: AuthorizationRequest,
  parameters: AuthorizeParameters,
  pending: PendingRequest | null,
  session: Session | null,
  hint: HintedUser | null,
  stepUp = false,
): Promise<FastifyReply> {
  const { services, context, request, reply } = exchange;
  const url = `${context.baseUrl}${PATH}`;
  if (request.method === 'POST' && session === null) {
    // A form on another site's page brings no cookies (SameSite=Lax), the link that it becomes here does.
    const query = new URLSearchParams([...parameters.values]).toString();
    if (query.length <= LONGEST_QUERY) return sendBrowserTo(request, reply, `${url}?${query}`);
  }
  const id = await pendingId(exchange, parameters, pending, session);
  const continueTo = `${PATH}?resume=${id}`;
  const target = ownSignInPage(asked.client);
  if (target !== null) {
    return sendToOwnPage(services, context, request, reply, { target, client: asked.client, continueTo });
  }
  const path = await beginSignIn(services, context, request, reply, {
    continueTo,
    cancelTo: `${PATH}?cancel=${id}`,
    deniedTo: `${PATH}?deny=${id}`,
    appId: asked.client.id,
    appName: asked.client.displayName,
    uiLocales: asked.uiLocales,
    loginHint: asked.loginHint ?? hint?.name ?? null,
    formTargets: [formTargetOf(asked.address.redirectUri)],
    stepUp,
    mayStay: session === null && hint === null && isContentWithAny(asked),
  });
  return sendBrowserTo(request, reply, `${context.baseUrl}${path}`);
}
