import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { pageContext, sendPage } from '../../pages/page.ts';
import { consentPage } from '../../pages/pages.ts';
import { rememberConsent } from '../../resources/oauth-consent.ts';
import { bindBrowser, browserBinding } from '../../signin/browser-binding.ts';
import { readSession } from '../../signin/session.ts';
import type { Client } from '../client.ts';
import { subjectOfSession } from '../session-subject.ts';
import { OAuthError } from '../token/oauth-error.ts';
import type { ConsentScope } from '../token/requested-scope.ts';
import { type Subject, subjectName } from '../token/subject.ts';
import type { OAuthContext, OAuthServices } from '../token/token-request.ts';
import { type AuthorizationRequest, readAuthorizationRequest } from './authorization-request.ts';
import { scopesToConsent } from './consent.ts';
import { readAuthorizeParameters } from './parameters.ts';
import { findRequest, noteConsent } from './pending-request.ts';
import { formTargetOf } from './redirect-uri.ts';
import { ecidOf, refuseHere } from './refusal.ts';
import { sendBrowserTo } from './reply.ts';
import { readReplyAddress } from './reply-address.ts';

/*
 * GET and POST /ui/v1/myconsole/consent: what a user agrees to before an application gets it.
 */

/** IDCS: oauth.md §3: where the consent page is. */
const PATH = '/ui/v1/myconsole/consent';
/** IDCS: oauth.md §1: named in the list of rate limits only; that it is the same page is inferred. */
const OTHER_PATH = '/oauth2/v1/consent';
/** What the form's `csrf` is for. */
const CSRF = 'consent';

/** One visit of the page. */
interface Visit {
  readonly services: OAuthServices;
  readonly context: OAuthContext;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** A visit by who has signed in for the request that waits. */
interface Question {
  readonly asked: AuthorizationRequest;
  readonly subject: Subject;
  readonly scopes: readonly ConsentScope[];
}

/** The path of the page, below the domain's address, for a request that waits. */
export function consentPath(pendingId: string): string {
  return `${PATH}?request=${pendingId}`;
}

/** Mounts the consent page. */
export function registerConsent(app: FastifyInstance, services: OAuthServices): void {
  const route = (method: 'GET' | 'POST', work: (visit: Visit) => Promise<FastifyReply>) => {
    const handler = async (request: FastifyRequest, reply: FastifyReply) => {
      const context = services.contextOf(request);
      try {
        return await work({ services, context, request, reply });
      } catch (error) {
        if (error instanceof OAuthError) return refuseHere(context, request, reply, error);
        throw error;
      }
    };
    for (const url of [PATH, OTHER_PATH]) app.route({ method, url, exposeHeadRoute: false, handler });
  };
  route('GET', ask);
  route('POST', decide);
}

async function ask(visit: Visit): Promise<FastifyReply> {
  const { services, context, request, reply } = visit;
  const id = readAuthorizeParameters(request).values.get('request') ?? '';
  const question = await questionOf(visit, id);
  // Signed out meanwhile, or agreed to already: the authorization endpoint knows how to go on.
  if (question === null) return goOn(visit, id);
  const { client, address, uiLocales } = question.asked;
  const page = consentPage(pageContext(request, context, uiLocales), {
    action: `${context.baseUrl}${PATH}`,
    hidden: { request: id, csrf: bindBrowser(services, context, request, reply).csrfToken(CSRF) },
    formTargets: [formTargetOf(address.redirectUri)],
    userName: subjectName(context.domain, question.subject.user.data).sub,
    scopes: question.scopes,
    appName: client.displayName,
    appDescription: textOf(client, 'description'),
    privacyPolicyUrl: textOf(client, 'privacyPolicyUrl'),
    termsOfServiceUrl: textOf(client, 'termsOfServiceUrl'),
  });
  return sendPage(reply, page);
}

async function decide(visit: Visit): Promise<FastifyReply> {
  const { services, context, request } = visit;
  const { values } = readAuthorizeParameters(request);
  const binding = browserBinding(context, request);
  if (binding?.acceptsCsrf(CSRF, values.get('csrf')) !== true) {
    throw new OAuthError('invalid_request', 'The form was not sent by the consent page in this browser.', {
      status: 403,
    });
  }
  const id = values.get('request') ?? '';
  const decision = values.get('decision');
  const question = await questionOf(visit, id);
  if (question === null) return goOn(visit, id);
  if (decision === 'deny') return goOn(visit, id, 'cancel');
  if (decision !== 'allow') throw new OAuthError('invalid_request', 'The decision must be allow or deny.');
  const { asked, subject, scopes } = question;
  const names = scopes.map(({ scope }) => scope);
  await rememberConsent(services, context, { user: subject.user, app: asked.client, scopes: names });
  await noteConsent(services, context, id, subject.user.id);
  return goOn(visit, id);
}

/**
 * What a visit is asked.
 * @returns null when there is nothing to ask of it
 * @throws OAuthError when the browser has no such request
 */
async function questionOf(visit: Visit, id: string): Promise<Question | null> {
  const { services, context, request, reply } = visit;
  const pending = await findRequest(services, context, request, id);
  const session = await readSession(services, context, request);
  const subject = session === null ? null : await subjectOfSession(services, context, session);
  if (subject === null) return null;
  try {
    const { client, address } = await readReplyAddress(services, context, pending.parameters, ecidOf(reply));
    const asked = await readAuthorizationRequest(services, context, pending.parameters, client, address);
    const scopes = await scopesToConsent(services, context, asked, subject, pending);
    return scopes.length === 0 ? null : { asked, subject, scopes };
  } catch (error) {
    // The application was changed meanwhile: the client is told by the authorization endpoint.
    if (error instanceof OAuthError) return null;
    throw error;
  }
}

function textOf({ data }: Client, attribute: string): string | null {
  const value = data[attribute];
  return typeof value === 'string' ? value : null;
}

/** Back to the authorization endpoint. */
function goOn({ context, request, reply }: Visit, id: string, how: 'resume' | 'cancel' = 'resume'): FastifyReply {
  return sendBrowserTo(request, reply, `${context.baseUrl}/oauth2/v1/authorize?${how}=${encodeURIComponent(id)}`);
}
