import { requestOf } from '../../factors/challenge.ts';
import { checkAnswer, checkWithoutRequest, type FactorAnswer, type Judgement } from '../../factors/check-answer.ts';
import { enrolledDevices, factorsOf } from '../../factors/device.ts';
import {
  accountLocked,
  challengeRefused,
  FactorError,
  invalidPasscode,
  statusNotFound,
  wrongAnswer,
} from '../../factors/factor-error.ts';
import { factorSettings, requireFactor } from '../../factors/factor-settings.ts';
import { hasSecurityQuestions } from '../../factors/mfa-state.ts';
import { answersNeeded, type GivenAnswer, questionsOf } from '../../factors/security-answers.ts';
import { issueTrustToken, requireTrust } from '../../factors/trusted-agents.ts';
import { badRequest } from '../../scim/errors.ts';
import { isObject, type JsonObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import type { ActionResult, Behaviour, Draft } from '../behaviour.ts';
import { isLockedNow } from '../current-lock.ts';
import type { RequestContext } from '../request-context.ts';
import { requiredText } from '../required-value.ts';
import { administeredFactors, type FactorFunction, ownFactors } from './factor-owner.ts';
import { functionMeta } from './my-user.ts';

/** Each costs a hash. */
const MOST_ANSWERS = 20;

/*
 * AuthenticationFactorValidator and MyAuthenticationFactorValidator prove a second factor, which ends its enrollment.
 */

/** MyAuthenticationFactorValidator. */
export const myValidatorBehaviour = validator(ownFactors('MyAuthenticationFactorValidator'));

/** AuthenticationFactorValidator. */
export const validatorBehaviour = validator(administeredFactors('AuthenticationFactorValidator'));

function validator(of: FactorFunction): Behaviour {
  return { type: of.type, actions: { create: (context, draft) => validate(context, draft, of) } };
}

async function validate(context: RequestContext, draft: Draft, of: FactorFunction): Promise<ActionResult> {
  const { store, domain } = context;
  const user = await of.owner(context, draft);
  const factor = requiredText(draft, 'authFactor');
  const scenario = requiredText(draft, 'scenario');
  requireFactor(await factorSettings(context), factor);
  const others = await enrolledDevices(store, domain.id, user.id);
  if (await isLockedNow(context, user)) throw accountLocked();
  const trusts = draft.transient.get('createTrustedAgent') === true;
  if (trusts) await checkTrust(context, draft, scenario);
  const { displayName, deviceId, mfa } = await prove(context, draft, user, factor, scenario);
  if (trusts) await trust(context, draft, user, factor);
  const devices = await enrolledDevices(store, domain.id, user.id);
  const answer: JsonObject = {
    ...draft.data,
    ...echo(draft),
    meta: functionMeta(context, of.type),
    ...(deviceId === null ? { userName: user.data['userName'] ?? null } : { displayName }),
    status: 'SUCCESS',
    ...standing(mfa),
    securityQuestionsPresent: hasSecurityQuestions(user.data),
    devicesCount: devices.length,
    // IDCS: main-0296, main-0299: there when a mail address was enrolled before.
    ...(others.some((device) => factorsOf(device).includes('EMAIL')) ? { emailFactorEnrolled: true } : {}),
  };
  return { status: 201, locationKey: null, data: answer };
}

async function checkTrust(context: RequestContext, draft: Draft, scenario: string): Promise<void> {
  await requireTrust(context);
  requiredText(draft, 'name');
  if (scenario !== 'AUTHENTICATION') throw badRequest('createTrustedAgent is for AUTHENTICATION.');
}

async function trust(
  context: RequestContext,
  { transient }: Draft,
  user: StoredResource,
  factor: string,
): Promise<void> {
  const text = (name: string) => {
    const value = transient.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  const agent = { name: text('name'), platform: text('platform'), location: text('location'), factor };
  await issueTrustToken(context, user, agent);
}

/** IDCS: main-0296 and main-0301: codes and answers come back. */
function echo({ transient }: Draft): JsonObject {
  const shown: JsonObject = {};
  for (const name of ['otpCode', 'securityQuestions']) {
    const value = transient.get(name);
    if (value !== undefined) shown[name] = value;
  }
  return shown;
}

function standing(mfa: JsonObject): JsonObject {
  const { mfaStatus, preferredDevice, preferredAuthenticationFactor } = mfa;
  const device = preferredDevice as JsonObject | undefined;
  return {
    mfaStatus: mfaStatus ?? 'UN_ENROLLED',
    ...(device === undefined ? {} : { mfaPreferredDevice: device['value'] ?? null }),
    ...(preferredAuthenticationFactor === undefined
      ? {}
      : { mfaPreferredAuthenticationFactor: preferredAuthenticationFactor }),
  };
}

type Proof = Extract<Judgement, { outcome: 'ok' }>;

/** @throws FactorError 401 for a wrong code, 404 for what is pending or unknown */
async function prove(
  context: RequestContext,
  draft: Draft,
  user: StoredResource,
  factor: string,
  scenario: string,
): Promise<Proof> {
  if (factor === 'BYPASSCODE') {
    if (scenario !== 'AUTHENTICATION') throw badRequest('scenario must be AUTHENTICATION for a bypass code.');
    return settled(
      await checkWithoutRequest(context, user, { code: requiredText(draft, 'otpCode') }),
      invalidPasscode(),
    );
  }
  if (factor === 'SECURITY_QUESTIONS') {
    const answers = await answersIn(context, draft, user, scenario);
    return settled(await checkWithoutRequest(context, user, { answers }), wrongAnswer());
  }
  const deviceId = requiredText(draft, 'deviceId');
  const requestId = requiredText(draft, 'requestId');
  const request = await requestOf(context, user.id, requestId);
  if (request.deviceId !== deviceId) throw statusNotFound();
  if (request.scenario !== scenario) throw challengeRefused(`scenario must be ${request.scenario} for this request.`);
  const answer: FactorAnswer = {
    factor,
    prefer: draft.transient.get('updateUserPreference') === true,
    ...(factor === 'PUSH' || isPoll(draft, factor) ? {} : { code: requiredText(draft, 'otpCode') }),
  };
  return settled(await checkAnswer(context, user, requestId, answer), invalidPasscode());
}

/** IDCS: main-0309: without a code it is asked whether the phone has answered: of a push, and of an online TOTP's enrollment. */
function isPoll({ data, transient }: Draft, factor: string): boolean {
  return factor === 'TOTP' && data['otpCode'] === undefined && transient.get('otpCode') === undefined;
}

function settled(judgement: Judgement, wrong: FactorError): Proof {
  switch (judgement.outcome) {
    case 'ok':
      return judgement;
    case 'locked':
      throw judgement.now === true ? wrong : accountLocked();
    case 'wrong':
      throw wrong;
    case 'denied':
      throw new FactorError('AUTH-1007', 'Authentication failed.', { status: 401 });
    default:
      throw statusNotFound();
  }
}

/** IDCS: main-0301: an enrollment repeats all answers; as a second factor as many are given as the settings say. */
async function answersIn(
  context: RequestContext,
  draft: Draft,
  user: StoredResource,
  scenario: string,
): Promise<readonly GivenAnswer[]> {
  const sent = draft.transient.get('securityQuestions');
  const given = (Array.isArray(sent) ? sent : []).filter(isObject).map(({ id, answer }) => ({
    questionId: String(id),
    answer: String(answer ?? ''),
  }));
  const needed = scenario === 'ENROLLMENT' ? questionsOf(user.data).length : await answersNeeded(context);
  const distinct = new Set(given.map(({ questionId }) => questionId)).size;
  if (distinct === given.length && given.length <= MOST_ANSWERS && distinct >= needed && distinct > 0) return given;
  throw badRequest(`securityQuestions must have ${Math.max(1, needed)} answered questions.`);
}
