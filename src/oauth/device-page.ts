import type { FastifyInstance } from 'fastify';
import { recordEvent } from '../audit/record-event.ts';
import { appAccessed } from '../audit/sign-in-events.ts';
import { type Page, pageContext } from '../pages/page.ts';
import { type DeviceModel, devicePage } from '../pages/pages.ts';
import { decideSignOn } from '../policies/sign-on.ts';
import { rememberConsent } from '../resources/oauth-consent.ts';
import { bindBrowser } from '../signin/browser-binding.ts';
import { requireCsrf } from '../signin/csrf.ts';
import { PageError } from '../signin/page-error.ts';
import { goOn, type Outcome, pageRoute, type Visit } from '../signin/page-route.ts';
import { joinSession, readSession, type Session } from '../signin/session.ts';
import { sufficesHere } from '../signin/session-suffices-here.ts';
import { beginSignIn } from '../signin/sign-in-request.ts';
import { checkAppAccess, checkSignOn } from './app-access.ts';
import { type Client, findClient } from './client.ts';
import { countAttempt, forgiveAttempt } from './device-attempts.ts';
import { findByUserCode, readUserCode, settleDeviceAuthorization } from './device-authorization.ts';
import { subjectOfSession } from './session-subject.ts';
import { OAuthError } from './token/oauth-error.ts';
import { type RequestedScope, requestScope } from './token/requested-scope.ts';
import type { Subject } from './token/subject.ts';
import type { OAuthServices } from './token/token-request.ts';

/*
 * GET and POST /ui/v1/device (RFC 8628 §3.3): the user signs in, types the code that the device shows, sees who asks for what, and
 * allows or denies it. That is the consent, too.
 */

/** IDCS: oauth.md §2.7: where users type the code, below the domain's address. */
export const DEVICE_PATH = '/ui/v1/device';
/** What the forms' `csrf` is for. */
const CSRF = 'device';

/** A visit by somebody who has signed in. */
interface Person {
  readonly session: Session;
  readonly subject: Subject;
}

/** What a device asks for. */
interface Question {
  readonly client: Client;
  readonly requested: RequestedScope;
}

/** Mounts the page. */
export function registerDevicePage(app: FastifyInstance, services: OAuthServices): void {
  const route = (method: 'GET' | 'POST', work: (visit: Visit, person: Person, userCode: string) => Promise<Outcome>) =>
    pageRoute(app, method, DEVICE_PATH, services.contextOf, async (visit) => {
      const userCode = readUserCode(visit.fields.get('user_code') ?? '');
      const person = await personOf(services, visit);
      if (person === null) return await signInFirst(services, visit, userCode, false);
      const { session, subject } = person;
      const suffices = await sufficesHere(services, visit.context, { session, user: subject.user });
      return suffices ? await work(visit, person, userCode) : await signInFirst(services, visit, userCode, true);
    });
  route('GET', async (visit, _person, userCode) => show(services, visit, { step: 'code', userCode }));
  route('POST', async (visit, person, userCode) => {
    requireCsrf(visit, CSRF);
    const decision = visit.fields.get('decision');
    if (decision === undefined) return await ask(services, visit, person, userCode);
    if (decision === 'allow' || decision === 'deny') return await decide(services, visit, person, userCode, decision);
    throw new PageError(400, 'invalid_request', 'The decision must be allow or deny.');
  });
}

async function personOf(services: OAuthServices, { context, request }: Visit): Promise<Person | null> {
  const session = await readSession(services, context, request);
  const subject = session === null ? null : await subjectOfSession(services, context, session);
  return session === null || subject === null ? null : { session, subject };
}

/** @param stepUp the session is good, but the policy wants more */
async function signInFirst(services: OAuthServices, visit: Visit, userCode: string, stepUp: boolean): Promise<Outcome> {
  const path = await beginSignIn(services, visit.context, visit.request, visit.reply, {
    continueTo: userCode === '' ? DEVICE_PATH : `${DEVICE_PATH}?user_code=${userCode}`,
    appName: null,
    loginHint: null,
    formTargets: [],
    cancelTo: null,
    mayStay: true,
    stepUp,
  });
  return goOn(visit, path);
}

async function ask(services: OAuthServices, visit: Visit, person: Person, userCode: string): Promise<Outcome> {
  const question = await questionOf(services, visit, person, userCode);
  if (typeof question === 'string') return show(services, visit, { step: 'code', userCode, failure: question });
  return show(services, visit, { step: 'confirm', userCode, question });
}

async function decide(
  services: OAuthServices,
  visit: Visit,
  person: Person,
  userCode: string,
  decision: 'allow' | 'deny',
): Promise<Outcome> {
  const { context } = visit;
  const question = await questionOf(services, visit, person, userCode);
  if (typeof question === 'string') return show(services, visit, { step: 'code', userCode, failure: question });
  const { client, requested } = question;
  const { session, subject } = person;
  if (!(await settleDeviceAuthorization(services, context, userCode, decision === 'allow' ? subject : null))) {
    return show(services, visit, { step: 'code', userCode, failure: 'unknown-code' });
  }
  if (decision === 'deny') return show(services, visit, { step: 'denied', userCode });
  await joinSession(services, context, session, client.id);
  await recordEvent({ ...context, ...services }, null, appAccessed(subject.user, client));
  if (requested.consent.length > 0) {
    const scopes = requested.consent.map(({ scope }) => scope);
    await rememberConsent(services, context, { user: subject.user, app: client, scopes });
  }
  return show(services, visit, { step: 'allowed', userCode });
}

/**
 * What the device behind a code asks for; every call is a try.
 * @throws PageError 429 after too many wrong codes, 403 for an application that this user may not use
 */
async function questionOf(
  services: OAuthServices,
  { context }: Visit,
  { subject }: Person,
  userCode: string,
): Promise<Question | 'unknown-code' | 'expired-code'> {
  if (!(await countAttempt(services, context, subject.user.id))) {
    throw new PageError(429, 'too_many_requests', 'Too many wrong codes. Wait for 5 minutes, then try again.');
  }
  const found = await findByUserCode(services, context, userCode);
  if (found === 'unknown') return 'unknown-code';
  await forgiveAttempt(services, context, subject.user.id);
  if (found === 'expired') return 'expired-code';
  const client = await findClient(services.store, context.domain, found.clientName);
  if (client === null || !client.active || client.id !== found.clientId) return 'unknown-code';
  try {
    await checkAppAccess(services, context, client, subject);
    const signOn = await decideSignOn({ ...context, store: services.store }, { ...subject, app: client });
    await checkSignOn(services, context, client, { ...subject, signOn, signedIn: true });
    return { client, requested: await requestScope(services, context, client, found.scope) };
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    // The device need not wait for what can't come.
    await settleDeviceAuthorization(services, context, userCode, null);
    throw new PageError(403, error.code, error.message);
  }
}

function show(
  services: OAuthServices,
  { context, request, reply }: Visit,
  what: {
    readonly step: DeviceModel['step'];
    readonly userCode: string;
    readonly question?: Question;
    readonly failure?: NonNullable<DeviceModel['failure']>;
  },
): Page {
  const { step, userCode, question, failure = null } = what;
  const csrf = bindBrowser(services, context, request, reply).csrfToken(CSRF);
  return devicePage(pageContext(request, context), {
    step,
    action: `${context.baseUrl}${DEVICE_PATH}`,
    hidden: step === 'confirm' ? { csrf, user_code: userCode } : { csrf },
    userCode,
    appName: question?.client.displayName ?? null,
    scopes: question === undefined ? [] : shownScopes(question.requested),
    failure,
  });
}

/** Everything that was asked for, with the resource application's words where it has some. */
function shownScopes({ parts, consent }: RequestedScope): DeviceModel['scopes'] {
  const words = new Map(consent.map((each) => [each.scope, each]));
  return parts.map((scope) => words.get(scope) ?? { scope, displayName: null, description: null });
}
