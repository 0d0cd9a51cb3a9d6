import type { FastifyInstance } from 'fastify';
import { recordEvent } from '../audit/record-event.ts';
import { sessionCreated, signOnRefused } from '../audit/sign-in-events.ts';
import { type Page, pageContext } from '../pages/page.ts';
import { type SignInFailure, signInPage } from '../pages/pages.ts';
import type { Decision } from '../policies/evaluate-policy.ts';
import { decideSignOn } from '../policies/sign-on.ts';
import { checkPassword, type PasswordCheck } from '../resources/password-check.ts';
import { allowedWays } from '../resources/recovery/recovering-user.ts';
import type { StoredResource } from '../store/store.ts';
import { csrfToken, requireCsrf } from './csrf.ts';
import { devUser, devUsers } from './dev-login.ts';
import { FORGOT_PASSWORD_PATH } from './forgot-password-page.ts';
import { MY_APPS_PATH } from './my-apps-path.ts';
import { PageError } from './page-error.ts';
import { goOn, type Outcome, pageRoute, type Visit } from './page-route.ts';
import { beginPasswordChange } from './password-change.ts';
import { BY_PASSWORD, type Session, startSession } from './session.ts';
import { sessionUser } from './session-user.ts';
import { beginSignIn, findSignIn, type SignInPurpose, type SignInRequest } from './sign-in-request.ts';
import type { SignInRouteServices } from './sign-in-services.ts';
import { maySignIn } from './sign-in-user.ts';
import { signUpLinks } from './sign-up-page.ts';

/** IDCS: oauth.md §3: where a browser without a session is sent. */
const PATH = '/ui/v1/signin';
/** What the forms' `csrf` is for. */
const CSRF = 'signin';

/** A sign-in of its own: to My Apps, and to no application. */
export const TO_MY_APPS: SignInPurpose = {
  continueTo: MY_APPS_PATH,
  appName: null,
  loginHint: null,
  formTargets: [],
  cancelTo: null,
};

/** Mounts the sign-in page: user name and password, or with IDCS_DEV_LOGIN a click. */
export function registerSignInPage(app: FastifyInstance, services: SignInRouteServices): void {
  const { contextOf } = services;
  pageRoute(app, 'GET', PATH, contextOf, async (visit) => {
    const { request, reply, context, fields } = visit;
    if (!fields.has('request')) {
      if ((await sessionUser(services, context, request)) !== null) return goOn(visit, MY_APPS_PATH);
      return goOn(visit, await beginSignIn(services, context, request, reply, TO_MY_APPS));
    }
    const signIn = await requireSignIn(services, visit);
    return showSignIn(services, visit, signIn, { userName: signIn.loginHint ?? '', failure: null });
  });
  pageRoute(app, 'POST', PATH, contextOf, async (visit) => {
    requireCsrf(visit, CSRF);
    const signIn = await requireSignIn(services, visit);
    const { fields } = visit;
    if (fields.has('cancel') && signIn.cancelTo !== null) return goOn(visit, signIn.cancelTo);
    return fields.has('devuser') && services.devLogin
      ? await signInByClick(services, visit, signIn)
      : await signInByPassword(services, visit, signIn);
  });
}

/** @throws PageError 400 when the sign-in has expired, or another browser began it */
async function requireSignIn(services: SignInRouteServices, visit: Visit): Promise<SignInRequest> {
  const { request, context, fields } = visit;
  const id = fields.get('request');
  const signIn = id === undefined ? null : await findSignIn(services, context, request, id);
  if (signIn !== null) return signIn;
  throw new PageError(
    400,
    'expired_request',
    'This sign-in has expired or was begun in another browser. Go back to the application and start again.',
  );
}

async function signInByPassword(services: SignInRouteServices, visit: Visit, signIn: SignInRequest): Promise<Outcome> {
  const { context, fields } = visit;
  const userName = fields.get('username') ?? '';
  const check = await checkPassword({ ...services, ...context }, userName, fields.get('password') ?? '');
  if (check.ok) {
    return (await maySignIn({ ...context, store: services.store }, check.user))
      ? await finishSignIn(services, visit, signIn, check.user)
      : await showSignIn(services, visit, signIn, { userName, failure: 'incorrect' });
  }
  if ((check.reason === 'expired' || check.reason === 'mustChange') && check.user !== undefined) {
    return goOn(visit, await beginPasswordChange(services, visit, { user: check.user, reason: check.reason, signIn }));
  }
  return showSignIn(services, visit, signIn, { userName, failure: failureOf(check.reason) });
}

/** IDCS_DEV_LOGIN: a click instead of a password. Who could not sign in with one can't by a click either. */
async function signInByClick(services: SignInRouteServices, visit: Visit, signIn: SignInRequest): Promise<Outcome> {
  const user = await devUser(services, visit.context, visit.fields.get('devuser') ?? '');
  if (user.failure !== null) return showSignIn(services, visit, signIn, { userName: '', failure: user.failure });
  return finishSignIn(services, visit, signIn, user.user);
}

/**
 * Begins the session and goes on to where the sign-in leads, unless the sign-on policy refuses the user: then there is no session.
 * A click of IDCS_DEV_LOGIN counts as a password.
 * @throws PageError 403
 */
export async function finishSignIn(
  services: SignInRouteServices,
  visit: Visit,
  signIn: SignInRequest,
  user: StoredResource,
): Promise<Outcome> {
  const { context, reply } = visit;
  const { store } = services;
  const { appId, deniedTo } = signIn;
  const app = appId === undefined ? null : await store.resources.read(context.domain.id, 'App', appId);
  const { refusal, decision } = await decideSignOn({ ...context, store }, { user, app });
  if (refusal !== null) {
    const { policy, rule } = decision;
    const refused = { refusal, appName: signIn.appName, policyId: policy?.id ?? null, ruleId: rule?.id ?? null };
    await recordEvent({ ...context, store, ids: services.ids }, null, signOnRefused(user, refused));
    if (deniedTo !== undefined) return goOn(visit, deniedTo);
    throw new PageError(403, 'access_denied', refusal);
  }
  const session = await startSession(services, context, reply, { userId: user.id, amr: BY_PASSWORD });
  await recordSession(services, visit, signIn, user, session, decision);
  return goOn(visit, signIn.continueTo);
}

async function recordSession(
  { store, ids }: SignInRouteServices,
  { context }: Visit,
  { appName, continueTo }: SignInRequest,
  user: StoredResource,
  session: Session,
  { policy, rule, effect, obligations }: Decision,
): Promise<void> {
  if (context.request === undefined) return;
  const signIn = {
    appName,
    // What is asked for there is nobody else's business.
    protectedResource: `${context.baseUrl}${continueTo.split('?', 1)[0]}`,
    decision: { policyId: policy?.id ?? null, ruleId: rule?.id ?? null, obligations: { effect, ...obligations } },
  };
  await recordEvent({ ...context, store, ids }, null, sessionCreated(user, session, signIn, context.request));
}

/** Shows the sign-in page of a sign-in. */
export async function showSignIn(
  services: SignInRouteServices,
  visit: Visit,
  signIn: SignInRequest,
  said: { readonly userName: string; readonly failure: SignInFailure | null },
): Promise<Page> {
  const { request, context, fields } = visit;
  const { store } = services;
  const forgot = (await allowedWays({ store, domain: context.domain })).includes('email');
  return signInPage(pageContext(request, context, signIn.uiLocales), {
    action: `${context.baseUrl}${PATH}`,
    hidden: { request: signIn.id, csrf: csrfToken(request, context, CSRF) },
    formTargets: signIn.formTargets,
    appName: signIn.appName,
    userName: said.userName,
    failure: said.failure,
    forgotUrl: forgot ? `${context.baseUrl}${FORGOT_PASSWORD_PATH}` : null,
    signUp: await signUpLinks(services, visit),
    cancellable: signIn.cancelTo !== null,
    devUsers: services.devLogin ? await devUsers(services, context, fields.get('q') ?? '') : [],
  });
}

/** What a person is told: the same for an unknown name and a wrong password. */
function failureOf(reason: Exclude<PasswordCheck, { ok: true }>['reason']): SignInFailure {
  return reason === 'locked' || reason === 'inactive' ? reason : 'incorrect';
}
