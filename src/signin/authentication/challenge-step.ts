import { beginChallenge, sendCode } from '../../factors/challenge.ts';
import { checkAnswer, checkWithoutRequest, type Judgement } from '../../factors/check-answer.ts';
import { CODE_FACTORS } from '../../factors/factor.ts';
import { settleMfa } from '../../factors/mfa-state.ts';
import type { GivenAnswer } from '../../factors/security-answers.ts';
import { isObject, type JsonObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import { ask, stageFor } from './ask-factor.ts';
import type { Asked } from './asked-factor.ts';
import { type Cause, cause, malformed, RequestRefused, refuse } from './authentication-error.ts';
import { type AuthenticationInput, flagOf, textOf } from './authentication-input.ts';
import { type Machine, requestOf } from './authentication-services.ts';
import type { AuthenticationState, Challenge } from './authentication-state.ts';
import { failed, offered, pending, type Step } from './authentication-step.ts';
import { backupOffer, backupOperation, challengeOffer, everyFactorOffer } from './challenge-offer.ts';
import { chooseQuestions } from './chosen-questions.ts';
import { codeForClient } from './client-passcode.ts';
import { goOn } from './next-step.ts';
import { recordFailure } from './sign-in-events.ts';
import { signOnTerms } from './sign-on-terms.ts';
import { factorsOfStage } from './user-factors.ts';

/*
 * A factor that the user has is asked for. IDCS: shapes.md §8: the preferred one first, its code sent at once; getBackupFactors lists
 * all, and credSubmit with another factor and device asks for that one instead.
 */

/** A step while a factor is asked for. */
export async function challengeStep(
  machine: Machine,
  user: StoredResource,
  state: AuthenticationState & { readonly stage: Challenge },
  input: AuthenticationInput,
): Promise<Step> {
  const terms = await signOnTerms(machine, state, user);
  const asked: Asked = { machine, user, state, terms, factors: await factorsOfStage(machine, user, state, terms) };
  switch (input.op) {
    case 'credSubmit':
      return submit(asked, input);
    case 'resendCode':
      return resend(asked, input);
    case 'getBackupFactors':
      return listFactors(asked);
    default:
      throw await notOffered(asked);
  }
}

async function notOffered({ machine, state: { stage } }: Asked): Promise<RequestRefused> {
  const { factor, requestId } = stage;
  const resends = factor !== null && requestId !== null && CODE_FACTORS.has(factor) ? ['resendCode'] : [];
  return refuse('AUTH-1116', ['credSubmit', ...(await backupOperation(machine)), ...resends].join(', '));
}

async function resend(asked: Asked, input: AuthenticationInput): Promise<Step> {
  const { machine, user, state } = asked;
  const { factor, requestId } = state.stage;
  if (factor === null || requestId === null || !CODE_FACTORS.has(factor)) throw await notOffered(asked);
  const offer = await challengeOffer(asked, 'again');
  if (input.externalClient !== null) {
    return offered(state, { ...offer, otp: await codeForClient(machine, user, requestId, input.externalClient) });
  }
  await sendCode(requestOf(machine, user), user, requestId);
  return offered(state, offer);
}

async function listFactors(asked: Asked): Promise<Step> {
  const { state, machine, user } = asked;
  if ((await backupOperation(machine)).length === 0) throw await notOffered(asked);
  const hasQuestions = asked.factors.enrolled.some(({ factor }) => factor === 'SECURITY_QUESTIONS');
  const questions = hasQuestions ? await chooseQuestions(machine, user) : [];
  const stage = { ...state.stage, listed: true, questions };
  const next = { ...asked, state: { ...state, stage } };
  return offered(next.state, await backupOffer(next));
}

async function submit(asked: Asked, input: AuthenticationInput): Promise<Step> {
  const { stage } = asked.state;
  const wish = wishOf(asked, input);
  const { factor } = wish;
  const isOther = factor !== stage.factor || (wish.deviceId !== null && wish.deviceId !== stage.deviceId);
  if (factor === 'BYPASSCODE') {
    const code = required(input.credentials, 'bypassCode');
    if (!asked.factors.bypassCode) throw refuse('AUTH-1002', factor);
    const judgement = await checkWithoutRequest(requestOf(asked.machine, asked.user), asked.user, { code });
    return settle(asked, input, wish, judgement);
  }
  if (factor === 'SECURITY_QUESTIONS') return answerQuestions(asked, input, wish);
  const code = textOf(input.credentials, 'otpCode');
  const credential = passkeyIn(input.credentials);
  const isEmpty = code === null && credential === null;
  if (isEmpty && (isOther || stage.requestId === null)) return choose(asked, input, wish);
  if (isEmpty && factor !== 'PUSH') throw new RequestRefused(400, cause('AUTH-1001', 'otpCode'));
  const request = requestOf(asked.machine, asked.user);
  const prefer = wish.prefer || (stage.prefer && !isOther);
  let requestId = isOther ? null : stage.requestId;
  if (requestId === null) {
    if (factor !== 'TOTP') throw refuse('AUTH-1105');
    requestId = (await beginChallenge(request, asked.user, { factor, deviceId: wish.deviceId })).requestId;
  }
  const judgement = await checkAnswer(request, asked.user, requestId, {
    factor,
    ...(code === null ? {} : { code }),
    ...(credential === null ? {} : { credential }),
    prefer,
  });
  return settle(asked, input, wish, judgement);
}

/** What a browser gave for a passkey; null: nothing. @throws RequestRefused 400 for what is no object */
export function passkeyIn({ credential }: JsonObject): JsonObject | null {
  if (credential === undefined) return null;
  if (!isObject(credential)) throw malformed('The attribute credentials.credential must be an object.');
  return credential;
}

/** What somebody wants to prove. */
interface Wish {
  readonly factor: string;
  readonly deviceId: string | null;
  readonly prefer: boolean;
}

/** @throws RequestRefused AUTH-1115 for a factor that the user does not have, or that is not good enough */
function wishOf({ state, factors }: Asked, { authFactor, credentials }: AuthenticationInput): Wish {
  const factor = authFactor ?? factorIn(credentials) ?? state.stage.factor;
  const names = [...new Set(factors.enrolled.map((one) => one.factor)), ...(factors.bypassCode ? ['BYPASSCODE'] : [])];
  const listed = state.stage.factor === null ? names : [...new Set([...names, state.stage.factor])];
  if (factor === null || !listed.includes(factor)) throw refuse('AUTH-1115', listed.join(', '));
  return { factor, deviceId: textOf(credentials, 'deviceId'), prefer: wantsPreference(credentials) };
}

/** The factor that a credential belongs to, where its name says so. */
function factorIn({ bypassCode, questions }: JsonObject): string | null {
  if (bypassCode !== undefined) return 'BYPASSCODE';
  return questions === undefined ? null : 'SECURITY_QUESTIONS';
}

/** IDCS: shapes.md §8: `preferred` stands among the credentials, or in the item of a question. */
function wantsPreference(credentials: JsonObject): boolean {
  const { questions } = credentials;
  const items = (Array.isArray(questions) ? questions : []).filter(isObject);
  return [credentials, ...items].some((holder) => flagOf(holder, 'preferred'));
}

/** Asks for another factor. */
async function choose(
  { machine, user, state, terms, factors }: Asked,
  input: AuthenticationInput,
  wish: Wish,
): Promise<Step> {
  const { stage } = state;
  const device = factors.enrolled.find(
    (one) => one.factor === wish.factor && (wish.deviceId === null || one.device?.id === wish.deviceId),
  );
  if (device === undefined) throw deviceMissing(wish.deviceId);
  const { listed, as } = stage;
  const chosen = { ...stageFor(as, device), listed, prefer: wish.prefer };
  const how = { terms, factors, external: input.externalClient, first: false };
  return ask(machine, user, { ...state, stage: chosen }, how);
}

/** IDCS: errors.tsv AUTH-1014. */
function deviceMissing(id: string | null): RequestRefused {
  const message = `The device with ID ${(id ?? '').slice(0, 100)} is not found. Contact your system administrator.`;
  return new RequestRefused(401, { code: 'AUTH-1014', message });
}

async function answerQuestions(asked: Asked, input: AuthenticationInput, wish: Wish): Promise<Step> {
  const { machine, user, state } = asked;
  if (input.credentials['questions'] === undefined) return choose(asked, input, wish);
  const answers = givenAnswers(input.credentials);
  const put = state.stage.questions;
  const given = new Set(answers.map(({ questionId }) => questionId));
  const isAnswer = given.size === answers.length && given.size === put.length && put.every((id) => given.has(id));
  // Others than were asked are no answer, and count as a wrong one.
  const counted = isAnswer ? answers : answers.map(({ questionId }) => ({ questionId, answer: '' }));
  const request = requestOf(machine, user);
  const judgement = await checkWithoutRequest(request, user, { answers: counted });
  if (judgement.outcome === 'ok' && wish.prefer) {
    const prefer = { factor: wish.factor, deviceId: null };
    await machine.services.store.transaction((session) => settleMfa(request, session, user.id, { prefer }));
  }
  return settle(asked, input, wish, judgement);
}

/** @throws RequestRefused 400 for what is no list of answers */
export function givenAnswers({ questions }: JsonObject): readonly GivenAnswer[] {
  if (!Array.isArray(questions) || questions.length === 0 || questions.length > MOST_ANSWERS) {
    throw new RequestRefused(400, cause('AUTH-1001', 'questions'));
  }
  return questions.map((item) => {
    if (!isObject(item)) throw malformed('The attribute credentials.questions must be a list of objects.');
    return { questionId: required(item, 'questionId'), answer: required(item, 'answer') };
  });
}

/** Each costs a hash. */
const MOST_ANSWERS = 20;

function required(from: JsonObject, name: string): string {
  const value = textOf(from, name);
  if (value === null) throw new RequestRefused(400, cause('AUTH-1001', name));
  return value;
}

/** Goes on after a judgement. */
async function settle(asked: Asked, input: AuthenticationInput, wish: Wish, judgement: Judgement): Promise<Step> {
  const { machine, user, state } = asked;
  const { stage } = state;
  const isChosen = wish.factor !== stage.factor || (wish.deviceId !== null && wish.deviceId !== stage.deviceId);
  switch (judgement.outcome) {
    case 'ok': {
      const settled = stage.as === 'second' ? [...state.settled, 'second' as const] : state.settled;
      const proved = [...state.proved, wish.factor];
      // Only a second factor makes a device one that needs none.
      const trust = stage.as === 'second' ? (trustOf(input) ?? state.trust) : state.trust;
      const today = (await machine.services.store.resources.read(machine.context.domain.id, 'User', user.id)) ?? user;
      return goOn(machine, today, { ...state, settled, proved, trust }, input);
    }
    case 'pending':
      return pending(cause('AUTH-1108'), state, await challengeOffer(asked, 'poll'));
    case 'locked': {
      const why = judgement.now === true ? LOCKED_NOW : LOCKED;
      await recordFailure(machine, user, { message: why.message, factor: wish.factor });
      return failed(why, null);
    }
    case 'denied':
    case 'expired':
      if (wish.factor === 'PUSH') {
        const offer = await challengeOffer(asked, 'denied');
        return failed(cause('AUTH-1007'), { ...state, stage: { ...stage, requestId: null } }, offer);
      }
      return wrong(asked, wish, isChosen);
    default:
      return wrong(asked, wish, isChosen);
  }
}

/** IDCS: errors.tsv: the sample has AUTH-1027 for the attempt that locks, AUTH-1010 is what a locked account gets. */
const LOCKED_NOW: Cause = {
  code: 'AUTH-1027',
  message:
    "You have exceeded the maximum number of 2-Step Verification attempts. Reset your password to unlock your account. Contact your system administrator if you can't reset your password.",
};
const LOCKED: Cause = { code: 'AUTH-1010', message: 'Your account is locked. Contact your system administrator.' };

/** IDCS: authn-0105, authn-0131, authn-0070: the factor again, or after getBackupFactors all of them with other questions. */
async function wrong(asked: Asked, { factor }: Wish, isChosen: boolean): Promise<Step> {
  const { machine, user, state } = asked;
  const why = cause(factor === 'SECURITY_QUESTIONS' ? 'AUTH-1026' : 'AUTH-1105');
  await recordFailure(machine, user, { message: why.message, factor });
  if (!state.stage.listed && !isChosen) return failed(why, state, await challengeOffer(asked, 'first'));
  const hasQuestions = asked.factors.enrolled.some((one) => one.factor === 'SECURITY_QUESTIONS');
  const questions = hasQuestions ? await chooseQuestions(machine, user) : [];
  const next = { ...state, stage: { ...state.stage, questions, listed: true } };
  return failed(why, next, await everyFactorOffer({ ...asked, state: next }));
}

function trustOf({ trustedDevice, trustedDeviceDisplayName }: AuthenticationInput): string | null {
  return trustedDevice ? (trustedDeviceDisplayName ?? 'Trusted device') : null;
}

/** What was offered last, for a request that could not be read. */
export async function currentOffer(
  machine: Machine,
  user: StoredResource,
  state: AuthenticationState & { readonly stage: Challenge },
): Promise<JsonObject> {
  const terms = await signOnTerms(machine, state, user);
  const asked = { machine, user, state, terms, factors: await factorsOfStage(machine, user, state, terms) };
  return state.stage.listed ? backupOffer(asked) : challengeOffer(asked, 'first');
}
