import { recordEvent } from '../audit/record-event.ts';
import { sessionCreated } from '../audit/sign-in-events.ts';
import { FactorError } from '../factors/factor-error.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { type Cause, RequestRefused } from './authentication/authentication-error.ts';
import type { Machine } from './authentication/authentication-services.ts';
import { type AuthenticationState, beginningState } from './authentication/authentication-state.ts';
import type { Offered, SignedIn, Step } from './authentication/authentication-step.ts';
import { type EndedSignIn, endSignIn } from './authentication/finish.ts';
import { goOn as nextStep } from './authentication/next-step.ts';
import { makeStep } from './authentication/sign-in-machine.ts';
import { PageError } from './page-error.ts';
import { pageMachine } from './page-machine.ts';
import { goOn, type Outcome, type Visit } from './page-route.ts';
import { keepKmsiToken, keepTrustToken, nameOfBrowser, trustTokenOf } from './remembered-browser.ts';
import { readSession, startSession } from './session.ts';
import { SIGN_IN_PATH, showSignIn } from './show-sign-in.ts';
import { claimStep, keepProgress, readProgress, type SignInProgress, type StepView } from './sign-in-progress.ts';
import type { SignInRequest } from './sign-in-request.ts';
import type { SignInRouteServices } from './sign-in-services.ts';
import { stepWish } from './step-input.ts';

/*
 * The pages drive the same machine as the Authentication API: what it offers is kept (sign-in-progress.ts) and shown (step-page.ts),
 * what a form sends is a step (step-input.ts). After each the browser is led to the sign-in's address, so that a reload and the back
 * button send nothing again.
 */

/** One sign-in in one visit. */
interface Driven {
  readonly services: SignInRouteServices;
  readonly visit: Visit;
  readonly signIn: SignInRequest;
  readonly machine: Machine;
}

/** What the user has proved by other means than a step of the machine. */
export interface FirstProof {
  /** USERNAME_PASSWORD; or all that the browser's session stands for. */
  readonly proved: readonly string[];
  /** Whether a second factor is among it that is good enough. */
  readonly hasSecond?: boolean;
  /** Whether the user wants to stay signed in. */
  readonly stay?: boolean;
}

/** Goes on with who has shown a password (a click of IDCS_DEV_LOGIN counts as one), or has a session that lacks something. */
export async function goOnWith(
  services: SignInRouteServices,
  visit: Visit,
  signIn: SignInRequest,
  user: StoredResource,
  { proved, hasSecond = false, stay = false }: FirstProof,
): Promise<Outcome> {
  const driven = { services, visit, signIn, machine: pageMachine(services, visit, signIn) };
  const state: AuthenticationState = {
    ...beginning(driven),
    userId: user.id,
    proved,
    settled: hasSecond ? ['second'] : [],
    staySignedIn: stay ? { device: nameOfBrowser(visit.request) } : null,
  };
  const brought = { trustToken: trustTokenOf(visit.request, visit.context, user.id), externalClient: null };
  return settle(driven, null, OFFER, () => nextStep(driven.machine, user, state, brought));
}

/** Goes on with a user name alone, or with what keeps a user signed in. */
export async function goOnByInput(
  services: SignInRouteServices,
  visit: Visit,
  signIn: SignInRequest,
  input: Parameters<typeof makeStep>[2],
): Promise<Outcome> {
  const driven = { services, visit, signIn, machine: pageMachine(services, visit, signIn) };
  return settle(driven, null, OFFER, () => makeStep(driven.machine, beginning(driven), input));
}

const OFFER: { readonly view: StepView; readonly otherwise: StepView } = {
  view: { kind: 'offer' },
  otherwise: { kind: 'offer' },
};

/** Takes a form of a page on the way. What is not the newest offer's leads to that. */
export async function takeStep(services: SignInRouteServices, visit: Visit, signIn: SignInRequest): Promise<Outcome> {
  const progress = readProgress(services, signIn);
  const here = goOn(visit, `${SIGN_IN_PATH}?request=${signIn.id}`);
  if (progress === null) return here;
  const wish = stepWish(visit.fields, progress);
  const claimed = await claimStep(services, visit.context, signIn, visit.fields.get('step') ?? '');
  if (claimed === null) return here;
  const driven = { services, visit, signIn, machine: pageMachine(services, visit, signIn) };
  if (wish.kind === 'restart') {
    await keepProgress(services, visit.context, signIn, null, claimed);
    return here;
  }
  if (wish.kind === 'view') {
    await keepProgress(services, visit.context, signIn, { ...progress, failure: null, view: wish.view }, claimed);
    return here;
  }
  const { userId } = progress.state;
  const input = {
    ...wish.input,
    trustToken: userId === null ? null : trustTokenOf(visit.request, visit.context, userId),
    trustedDevice: visit.fields.has('trust'),
    trustedDeviceDisplayName: nameOfBrowser(visit.request),
  };
  const before = { progress, claimed, typed: wish.typed };
  return settle(driven, before, wish, () => makeStep(driven.machine, progress.state, input));
}

function beginning({ signIn, machine }: Driven): AuthenticationState {
  const { appId, continueTo } = signIn;
  return beginningState({ clientId: machine.context.client.id, appId: appId ?? null, continueTo });
}

/** What a step began from. */
interface Before {
  readonly progress: SignInProgress;
  readonly claimed: string;
  readonly typed: Readonly<Record<string, string>>;
}

/** Makes a step, keeps what it came to, and says where the browser goes on. */
async function settle(
  driven: Driven,
  before: Before | null,
  { view, otherwise }: { readonly view: StepView; readonly otherwise: StepView },
  make: () => Promise<Step>,
): Promise<Outcome> {
  const { services, visit, signIn } = driven;
  const claimed = before?.claimed ?? null;
  let step: Step;
  try {
    step = await make();
  } catch (error) {
    const why = causeOf(error);
    if (why === null) throw error;
    if (before === null) return over(driven, why, null);
    // Nothing was done: the offer stands.
    const { progress, typed } = before;
    await keepProgress(services, visit.context, signIn, { ...progress, failure: why, view: otherwise, typed }, claimed);
    return goOn(visit, `${SIGN_IN_PATH}?request=${signIn.id}`);
  }
  if (step.kmsiToken !== undefined) keepKmsiToken(visit.reply, visit.context, step.kmsiToken);
  if (step.kind === 'signed-in') return finish(driven, step, claimed);
  if (step.next === null) return over(driven, step.cause!, claimed);
  const { stage } = step.next;
  // The password comes next: the page that has asked for the name asks for that.
  if (stage.kind === 'password')
    return showSignIn(services, visit, signIn, { userName: stage.userName, failure: null });
  if (stage.kind === 'identify') return over(driven, step.cause!, claimed);
  const isAgain = before !== null && questionOf(before.progress.state) === questionOf(step.next);
  const failure = step.status === 'failed' || (step.status === 'pending' && isAgain) ? (step.cause ?? null) : null;
  await keepProgress(services, visit.context, signIn, kept(before, step, failure, failure ? otherwise : view), claimed);
  return goOn(visit, `${SIGN_IN_PATH}?request=${signIn.id}`);
}

function causeOf(error: unknown): Cause | null {
  if (error instanceof RequestRefused) return error.why;
  return error instanceof FactorError ? { code: error.code, message: error.text } : null;
}

/** What is kept of an offer: what an earlier one of the same question has shown stands (QR code, devices, what a passkey signs). */
function kept(before: Before | null, step: Offered, failure: Cause | null, view: StepView): SignInProgress {
  const next = step.next!;
  const typed = failure === null ? {} : (before?.typed ?? {});
  const offer: JsonObject = { ...step.offer };
  if (before !== null && questionOf(before.progress.state) === questionOf(next)) {
    for (const [name, value] of Object.entries(before.progress.offer)) {
      const now = offer[name];
      if (now === undefined) offer[name] = value;
      else if (isObject(now) && isObject(value)) offer[name] = { ...value, ...now };
    }
  }
  return { state: next, offer, failure, view, typed };
}

/** Names what a state asks for. */
function questionOf({ stage }: AuthenticationState): string | null {
  if (stage.kind === 'challenge') return `challenge ${stage.factor} ${stage.deviceId} ${stage.requestId}`;
  if (stage.kind === 'enrollment' && stage.pending !== null)
    return `enrollment ${stage.pending.factor} ${stage.pending.requestId}`;
  return null;
}

/** Ends a sign-in that has failed for good. */
async function over(driven: Driven, { code, message }: Cause, claimed: string | null): Promise<Outcome> {
  const { services, visit, signIn } = driven;
  if (claimed !== null) await keepProgress(services, visit.context, signIn, null, claimed);
  const failure = FAILURES[code];
  if (failure !== undefined) return showSignIn(services, visit, signIn, { userName: '', failure });
  if (code !== 'AUTH-3033') throw new PageError(403, code, message);
  if (signIn.deniedTo !== undefined) return goOn(visit, signIn.deniedTo);
  throw new PageError(403, 'access_denied', message);
}

/** Failures that the sign-in page has words for. */
const FAILURES: Readonly<Record<string, 'locked' | 'terms' | 'expired-request' | 'incorrect'>> = {
  'AUTH-1010': 'locked',
  'AUTH-1027': 'locked',
  'AUTH-1028': 'locked',
  'AUTH-3001': 'incorrect',
  'AUTH-3002': 'locked',
  'AUTH-3008': 'expired-request',
  'AUTH-3009': 'expired-request',
  'AUTH-3035': 'terms',
};

/** Begins the session and goes on to where the sign-in leads. */
async function finish(driven: Driven, step: SignedIn, claimed: string | null): Promise<Outcome> {
  const { services, visit, signIn, machine } = driven;
  const { context, reply, request } = visit;
  const brought = { trustToken: trustTokenOf(request, context, step.userId) };
  let ended: EndedSignIn;
  try {
    ended = await endSignIn(machine, step, brought);
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    return over(driven, error.why, claimed);
  }
  const { finished } = ended;
  const { userId, amr, withoutSecond, sid, authenticated, expires } = finished;
  const before = signIn.stepUp === true ? await readSession(services, context, request) : null;
  // What a session lacked makes no other of it: its name, its age and its end stay.
  const known = before?.userId === userId ? before : { sid, authenticated, expires };
  const session = await startSession(services, context, reply, { userId, amr, withoutSecond, known });
  if (finished.trustToken !== null) keepTrustToken(reply, context, userId, finished.trustToken);
  if (finished.kmsiToken !== null) keepKmsiToken(reply, context, finished.kmsiToken);
  if (claimed !== null) await keepProgress(services, context, signIn, null, claimed);
  await recordSession(driven, ended, session);
  return goOn(visit, signIn.continueTo);
}

async function recordSession(
  { services: { store, ids }, visit: { context }, signIn: { appName, continueTo } }: Driven,
  { user, terms }: EndedSignIn,
  session: Parameters<typeof sessionCreated>[1],
): Promise<void> {
  if (context.request === undefined) return;
  const { policyId, ruleId, obligations } = terms;
  const signIn = {
    appName,
    // What is asked for there is nobody else's business.
    protectedResource: `${context.baseUrl}${continueTo.split('?', 1)[0]}`,
    decision: { policyId, ruleId, obligations },
  };
  await recordEvent({ ...context, store, ids }, null, sessionCreated(user, session, signIn, context.request));
}
