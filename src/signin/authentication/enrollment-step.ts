import { sendCode } from '../../factors/challenge.ts';
import { checkAnswer } from '../../factors/check-answer.ts';
import { type BegunEnrollment, beginEnrollment, enrollUnproved, useRecoveryDevice } from '../../factors/enrollment.ts';
import { CODE_FACTORS, type Factor } from '../../factors/factor.ts';
import { factorSettings, requireEnrollable } from '../../factors/factor-settings.ts';
import { settleMfa } from '../../factors/mfa-state.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import { cause, malformed, RequestRefused, refuse } from './authentication-error.ts';
import { type AuthenticationInput, flagOf, textOf } from './authentication-input.ts';
import { type Machine, requestOf } from './authentication-services.ts';
import type { PendingEnrollment } from './authentication-state.ts';
import { failed, type Offered, offered, pending as pendingStep, type Step } from './authentication-step.ts';
import { passkeyIn } from './challenge-step.ts';
import { codeForClient } from './client-passcode.ts';
import {
  ENROLLED_OPERATIONS,
  type EnrollingState,
  listOffer,
  mayEnd,
  pendingOperations,
  remainingFactors,
  settingsOf,
} from './enrollment-offer.ts';
import { goOn } from './next-step.ts';
import { enrollQuestions, questionChoice } from './question-enrollment.ts';
import { noteRecovery } from './recovery-enrollment.ts';
import { type SignOnTerms, signOnTerms } from './sign-on-terms.ts';

/*
 * The user enrolls factors, to sign in or to recover the account with. IDCS: shapes.md §8: enrollment begins, credSubmit proves,
 * createToken ends or leaves it out.
 */

interface Enrolling {
  readonly machine: Machine;
  readonly user: StoredResource;
  readonly state: EnrollingState;
  readonly input: AuthenticationInput;
  readonly terms: SignOnTerms;
}

/** A step while factors are offered for enrolling. */
export async function enrollmentStep(
  machine: Machine,
  user: StoredResource,
  state: EnrollingState,
  input: AuthenticationInput,
): Promise<Step> {
  const enrolling = { machine, user, state, input, terms: await signOnTerms(machine, state, user) };
  const { pending } = state.stage;
  switch (input.op) {
    case 'enrollment':
      return input.authFactor === null ? list(enrolling) : begin(enrolling, input.authFactor);
    case 'credSubmit':
      if (pending === null) break;
      return prove(enrolling, pending);
    case 'resendCode':
      if (pending === null || !CODE_FACTORS.has(pending.factor)) break;
      return resend(enrolling, pending);
    case 'createToken':
      return end(enrolling);
    default:
  }
  throw refuse('AUTH-1116', operationsOf(state).join(', '));
}

function operationsOf(state: EnrollingState): readonly string[] {
  const { pending } = state.stage;
  if (pending !== null) return pendingOperations(state, pending.factor);
  return mayEnd(state) || state.stage.purpose === 'recovery' ? ENROLLED_OPERATIONS : ['enrollment'];
}

async function list({ machine, user, state, terms }: Enrolling): Promise<Offered> {
  const next = { ...state, stage: { ...state.stage, pending: null } };
  return offered(next, await listOffer(machine, user, next, terms));
}

/** Ends what was enrolled, or leaves it out. */
async function end({ machine, user, state, input }: Enrolling): Promise<Step> {
  const { purpose } = state.stage;
  if (purpose === 'mfa' && !mayEnd(state)) throw refuse('AUTH-1016');
  const settled = [...state.settled, purpose === 'mfa' ? ('second' as const) : ('recovery' as const)];
  return goOn(machine, user, { ...state, settled }, input);
}

async function begin(enrolling: Enrolling, factor: string): Promise<Step> {
  const { machine, user, state, input, terms } = enrolling;
  const remaining = await remainingFactors(machine, state, terms);
  if (!remaining.includes(factor)) throw refuse('AUTH-1115', remaining.join(', '));
  if (flagOf(input.credentials, 'accountRecoveryFactor')) return reuse(enrolling, factor);
  if (factor === 'SECURITY_QUESTIONS') {
    const pending = { factor, deviceId: null, requestId: null, polled: false, displayName: null };
    const next = { ...state, stage: { ...state.stage, pending } };
    const offer = {
      [factor]: await questionChoice(machine),
      nextOp: pendingOperations(next, factor),
      ...settingsOf(next),
    };
    return offered(next, offer);
  }
  const { credentials } = input;
  const offline = factor === 'TOTP' && flagOf(credentials, 'offlineTotp');
  const domain = { store: machine.services.store, domain: machine.context.domain };
  if (offline) requireEnrollable(await factorSettings(domain), factor, offline);
  // IDCS: authn-0156: an online app is enrolled for PUSH, too, where that is on.
  const enrolled = factor === 'TOTP' && !offline && remaining.includes('PUSH') ? 'PUSH' : factor;
  const forRecovery = state.stage.purpose === 'recovery';
  const begun = await beginEnrollment(requestOf(machine, user), user, {
    factor: enrolled as Factor,
    phoneNumber: textOf(credentials, 'phoneNumber') ?? undefined,
    countryCode: textOf(credentials, 'countryCode') ?? undefined,
    address: forRecovery ? recoveryMail(credentials, factor) : undefined,
    displayName: textOf(credentials, 'displayName') ?? undefined,
    offline,
    forRecovery,
  });
  const pending: PendingEnrollment = {
    factor: enrolled,
    deviceId: begun.deviceId,
    requestId: begun.requestId,
    polled: begun.qrCode !== null && !offline,
    displayName: begun.displayName,
  };
  const next = { ...state, stage: { ...state.stage, pending } };
  const offer: JsonObject = {
    // IDCS: authn-0022: an address is not shown.
    ...(factor === 'EMAIL' ? {} : { displayName: begun.displayName }),
    [enrolled]: factorObject(enrolled, begun),
    nextOp: pendingOperations(next, enrolled),
    ...(factor === 'EMAIL' && !state.asksRecovery ? {} : settingsOf(next)),
  };
  if (CODE_FACTORS.has(enrolled)) Object.assign(offer, await codeSent(enrolling, begun.requestId));
  return offered(next, offer);
}

function recoveryMail(credentials: JsonObject, factor: string): string | undefined {
  if (factor !== 'EMAIL') return undefined;
  const address = textOf(credentials, 'recoveryEmail');
  if (address === null) throw new RequestRefused(400, cause('AUTH-1001', 'recoveryEmail'));
  if (!/^[^\s@]{1,64}@[^\s@]{1,255}$/.test(address))
    throw malformed('The attribute recoveryEmail must be a mail address.');
  return address;
}

function factorObject(factor: string, { qrCode, passkey }: BegunEnrollment): JsonObject {
  if (passkey !== null) return { credentials: ['credential'], options: passkey };
  const code =
    qrCode === null
      ? {}
      : { qrCode: { content: qrCode.content, imageType: 'image/png', imageData: qrCode.image.toString('base64') } };
  // IDCS: authn-0156: a push is approved on the phone, and nothing is typed.
  return { ...(factor === 'PUSH' ? {} : { credentials: ['otpCode'] }), ...code };
}

/** Sends the code, or gives it to the client that does. */
async function codeSent({ machine, user, input }: Enrolling, requestId: string): Promise<JsonObject> {
  if (input.externalClient !== null)
    return { otp: await codeForClient(machine, user, requestId, input.externalClient) };
  await sendCode(requestOf(machine, user), user, requestId);
  return {};
}

/** Makes a factor of account recovery one to sign in with: it was proved before. */
async function reuse({ machine, user, state, input }: Enrolling, factor: string): Promise<Step> {
  const { purpose } = state.stage;
  if (purpose !== 'mfa' || (factor !== 'SMS' && factor !== 'EMAIL'))
    throw malformed('accountRecoveryFactor is for SMS and EMAIL.');
  const request = requestOf(machine, user);
  const displayName =
    factor === 'SMS'
      ? await useRecoveryDevice(request, user, 'SMS', textOf(input.credentials, 'deviceId'))
      : (await enrollUnproved(request, user, { factor })).displayName;
  return done(machine, user, state, factor, displayName);
}

async function resend(enrolling: Enrolling, { factor, requestId }: PendingEnrollment): Promise<Step> {
  const { state } = enrolling;
  const sent = await codeSent(enrolling, requestId!);
  // IDCS: authn-0017, authn-0142: without createToken, whether it is required or not.
  const nextOp = ['credSubmit', 'resendCode', 'enrollment'];
  const offer = {
    [factor]: { credentials: ['otpCode'] },
    ...settingsOf(state),
    nextAuthFactors: [factor],
    nextOp,
    ...sent,
  };
  return offered(state, offer);
}

async function prove({ machine, user, state, input }: Enrolling, pending: PendingEnrollment): Promise<Step> {
  const { factor, requestId, displayName, polled } = pending;
  const nextOp = pendingOperations(state, factor);
  if (factor === 'SECURITY_QUESTIONS') {
    const why = await enrollQuestions(machine, user, input.credentials);
    if (why !== null) {
      return failed(why, state, { [factor]: await questionChoice(machine), nextOp, ...settingsOf(state) });
    }
    await machine.services.store.transaction((session) => settleMfa(requestOf(machine, user), session, user.id));
    return done(machine, user, state, factor, null);
  }
  const code = textOf(input.credentials, 'otpCode');
  const credential = passkeyIn(input.credentials);
  if (code === null && credential === null && !polled) throw new RequestRefused(400, cause('AUTH-1001', 'otpCode'));
  const answer = {
    ...(code === null ? {} : { code }),
    ...(credential === null ? {} : { credential }),
    prefer: flagOf(input.credentials, 'preferred'),
  };
  const judgement = await checkAnswer(requestOf(machine, user), user, requestId!, answer);
  switch (judgement.outcome) {
    case 'ok':
      return done(machine, user, state, factor, await shownName(machine, pending));
    case 'pending': {
      const why = cause(factor === 'PUSH' ? 'AUTH-1108' : 'AUTH-1109');
      return pendingStep(why, state, { displayName, nextOp, ...settingsOf(state) });
    }
    case 'locked':
      return failed({ code: 'AUTH-1010', message: 'Your account is locked. Contact your system administrator.' }, null);
    case 'wrong': {
      const offer = { displayName, [factor]: { credentials: ['otpCode'] }, nextOp, ...settingsOf(state) };
      return failed(cause('AUTH-1105'), state, offer);
    }
    default: {
      const next = { ...state, stage: { ...state.stage, pending: null } };
      const why = {
        code: 'AUTH-1003',
        message: `Your request to enroll failed because: ${REASONS[judgement.outcome]}. Contact your system administrator.`,
      };
      return failed(why, next, { nextOp: [...operationsOf(next)], ...settingsOf(next) });
    }
  }
}

const REASONS = { denied: 'the device has refused it', expired: 'it was not finished in time' } as const;

/** The name that the device has now: a phone brings its own. */
async function shownName(
  { services, context }: Machine,
  { deviceId, displayName }: PendingEnrollment,
): Promise<string | null> {
  const device =
    deviceId === null ? null : await services.store.resources.read(context.domain.id, 'MyDevice', deviceId);
  const name = device?.data['displayName'];
  return typeof name === 'string' ? name : displayName;
}

/** A factor was enrolled. */
async function done(
  machine: Machine,
  user: StoredResource,
  state: EnrollingState,
  factor: string,
  displayName: string | null,
): Promise<Offered> {
  const { stage } = state;
  const isRecovery = stage.purpose === 'recovery';
  if (isRecovery) {
    const address = factor === 'EMAIL' ? await addressOf(machine, stage.pending) : null;
    await noteRecovery(machine, user, address);
  }
  // IDCS: authn-0156: an app that was enrolled for PUSH is one for TOTP, too.
  const enrolled = factor === 'PUSH' ? ['PUSH', 'TOTP'] : [factor];
  const proved = isRecovery ? state.proved : [...state.proved, factor];
  const next = {
    ...state,
    proved,
    stage: { ...stage, done: [...new Set([...stage.done, ...enrolled])], pending: null },
  };
  return offered(next, {
    ...(isRecovery ? { accRecEnrollmentRequired: false } : {}),
    ...(displayName === null ? {} : { displayName }),
    nextOp: [...ENROLLED_OPERATIONS],
    ...settingsOf(next),
  });
}

async function addressOf({ services, context }: Machine, pending: PendingEnrollment | null): Promise<string | null> {
  if (pending?.deviceId == null) return null;
  const device = await services.store.resources.readWithSecret(context.domain.id, 'MyDevice', pending.deviceId);
  const address = device?.secret?.['address'];
  return typeof address === 'string' ? address : null;
}

/** What was offered last, for a request that could not be read. */
export async function currentOffer(machine: Machine, user: StoredResource, state: EnrollingState): Promise<JsonObject> {
  const { pending } = state.stage;
  if (pending === null) return listOffer(machine, user, state, await signOnTerms(machine, state, user));
  const factor = pending.factor === 'SECURITY_QUESTIONS' ? await questionChoice(machine) : { credentials: ['otpCode'] };
  return { [pending.factor]: factor, nextOp: pendingOperations(state, pending.factor), ...settingsOf(state) };
}
