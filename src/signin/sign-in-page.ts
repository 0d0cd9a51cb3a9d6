import type { FastifyInstance } from 'fastify';
import { readRequest } from '../factors/factor-request.ts';
import type { SignInFailure } from '../pages/pages.ts';
import { decideSignOn } from '../policies/sign-on.ts';
import { checkPassword, type PasswordCheck } from '../resources/password-check.ts';
import { NOTHING_SENT } from './authentication/authentication-input.ts';
import { mayStaySignedIn } from './authentication/kept-sign-in.ts';
import { secondFactorSuffices } from './authentication/session-suffices.ts';
import { requireCsrf } from './csrf.ts';
import { devUser } from './dev-login.ts';
import { MY_APPS_PATH } from './my-apps-path.ts';
import { PageError } from './page-error.ts';
import { goOn, type Outcome, pageRoute, type Visit } from './page-route.ts';
import { beginPasswordChange } from './password-change.ts';
import { keptUser, kmsiTokenOf, nameOfBrowser, trustTokenOf } from './remembered-browser.ts';
import { BY_PASSWORD } from './session.ts';
import { sessionUser } from './session-user.ts';
import { SIGN_IN_CSRF, SIGN_IN_PATH, showSignIn } from './show-sign-in.ts';
import { readProgress } from './sign-in-progress.ts';
import { beginSignIn, findSignIn, type SignInPurpose, type SignInRequest } from './sign-in-request.ts';
import type { SignInRouteServices } from './sign-in-services.ts';
import { goOnByInput, goOnWith, takeStep } from './sign-in-steps.ts';
import { maySignIn } from './sign-in-user.ts';
import { POLL_PATH, stepPage } from './step-page.ts';

/** A sign-in of its own: to My Apps, and to no application. */
export const TO_MY_APPS: SignInPurpose = {
  continueTo: MY_APPS_PATH,
  appName: null,
  loginHint: null,
  formTargets: [],
  cancelTo: null,
  mayStay: true,
};

/** Mounts the sign-in page: user name and password, or with IDCS_DEV_LOGIN a click; and what the sign-on policy asks for besides. */
export function registerSignInPage(app: FastifyInstance, services: SignInRouteServices): void {
  const { contextOf } = services;
  pageRoute(app, 'GET', SIGN_IN_PATH, contextOf, async (visit) => {
    const { request, reply, context, fields } = visit;
    if (!fields.has('request')) {
      if ((await sessionUser(services, context, request)) !== null) return goOn(visit, MY_APPS_PATH);
      return goOn(visit, await beginSignIn(services, context, request, reply, TO_MY_APPS));
    }
    const signIn = await requireSignIn(services, visit);
    const progress = readProgress(services, signIn);
    if (progress !== null) return stepPage(services, visit, signIn, progress);
    return (await withoutPassword(services, visit, signIn)) ?? showFirst(services, visit, signIn);
  });
  pageRoute(app, 'POST', SIGN_IN_PATH, contextOf, async (visit) => {
    requireCsrf(visit, SIGN_IN_CSRF);
    const signIn = await requireSignIn(services, visit);
    const { fields } = visit;
    if (fields.has('cancel') && signIn.cancelTo !== null) return goOn(visit, signIn.cancelTo);
    if (fields.has('step')) return takeStep(services, visit, signIn);
    return fields.has('devuser') && services.devLogin
      ? await signInByClick(services, visit, signIn)
      : await signInByPassword(services, visit, signIn);
  });
  app.get(POLL_PATH, { exposeHeadRoute: false }, async (request, reply) => {
    const context = contextOf(request);
    const { request: id } = request.query as Record<string, unknown>;
    const usable = typeof id === 'string' && !id.includes('\0');
    const signIn = usable ? await findSignIn(services, context, request, id) : null;
    const pending = signIn !== null && (await waitsForPhone(services, context, signIn));
    return reply.header('cache-control', 'no-store').send({ pending });
  });
}

/** Whether a phone has still to answer. */
async function waitsForPhone(
  services: SignInRouteServices,
  context: Visit['context'],
  signIn: SignInRequest,
): Promise<boolean> {
  const stage = readProgress(services, signIn)?.state.stage;
  const requestId =
    stage?.kind === 'challenge' ? stage.requestId : stage?.kind === 'enrollment' ? stage.pending?.requestId : null;
  const asked = requestId == null ? null : await readRequest({ ...context, store: services.store }, requestId);
  return asked?.approval === 'pending';
}

function showFirst(services: SignInRouteServices, visit: Visit, signIn: SignInRequest): Promise<Outcome> {
  return showSignIn(services, visit, signIn, { userName: signIn.loginHint ?? '', failure: null });
}

/** Goes on with what stands for the password: the browser's session, or what keeps its user signed in. @returns null: nothing does */
async function withoutPassword(
  services: SignInRouteServices,
  visit: Visit,
  signIn: SignInRequest,
): Promise<Outcome | null> {
  const { request, context } = visit;
  const { store } = services;
  const decided = async (userId: string) => {
    const user = await store.resources.read(context.domain.id, 'User', userId);
    if (user === null) return null;
    const app = signIn.appId === undefined ? null : await store.resources.read(context.domain.id, 'App', signIn.appId);
    return { user, signOn: await decideSignOn({ ...context, store }, { user, app }) };
  };
  if (signIn.stepUp === true) {
    const signedIn = await sessionUser(services, context, request);
    const known = signedIn === null ? null : await decided(signedIn.user.id);
    if (signedIn === null || known === null) return null;
    const { session, user } = signedIn;
    const hasSecond = await secondFactorSuffices(services, context, { session, ...known });
    return goOnWith(services, visit, signIn, user, { proved: session.amr, hasSecond });
  }
  const kmsiToken = signIn.mayStay === true ? kmsiTokenOf(request, context) : null;
  if (kmsiToken === null || !(await mayStaySignedIn({ services, context }))) return null;
  const userId = await keptUser(services, context, kmsiToken);
  const known = userId === null ? null : await decided(userId);
  if (known === null || known.signOn.reAuthenticate) return null;
  const trustToken = trustTokenOf(request, context, known.user.id);
  const input = { ...NOTHING_SENT, op: 'credSubmit', authFactor: 'KMSI', kmsiToken, trustToken };
  return goOnByInput(services, visit, signIn, input);
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
    { again: true },
  );
}

async function signInByPassword(services: SignInRouteServices, visit: Visit, signIn: SignInRequest): Promise<Outcome> {
  const { context, fields } = visit;
  const userName = fields.get('username') ?? '';
  const stay = fields.has('keep');
  if (userName !== '' && !fields.has('password')) {
    // Who has no password is asked for what stands for it; all others, there or not, for theirs.
    const staying = { keepMeSignedIn: stay, kmsiDeviceDisplayName: nameOfBrowser(visit.request) };
    const input = { ...NOTHING_SENT, op: 'credSubmit', credentials: { username: userName }, ...staying };
    return goOnByInput(services, visit, signIn, input);
  }
  const check = await checkPassword({ ...services, ...context }, userName, fields.get('password') ?? '');
  if (check.ok) {
    return (await maySignIn({ ...context, store: services.store }, check.user))
      ? await goOnWith(services, visit, signIn, check.user, { proved: BY_PASSWORD, stay })
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
  return goOnWith(services, visit, signIn, user.user, { proved: BY_PASSWORD });
}

/** What a person is told: the same for an unknown name and a wrong password. */
function failureOf(reason: Exclude<PasswordCheck, { ok: true }>['reason']): SignInFailure {
  return reason === 'locked' || reason === 'inactive' ? reason : 'incorrect';
}
