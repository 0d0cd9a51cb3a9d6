import { addressOf, requestOf, sendCode } from '../factors/challenge.ts';
import { checkAnswer } from '../factors/check-answer.ts';
import {
  deviceOf,
  enrolledDevices,
  factorsOf,
  isEnrolled,
  nameOfDevice,
  type SecretDevice,
} from '../factors/device.ts';
import { preferenceOf } from '../factors/enrolled-factors.ts';
import { type BegunEnrollment, beginEnrollment, type EnrollmentWish, enrollUnproved } from '../factors/enrollment.ts';
import { CODE_FACTORS } from '../factors/factor.ts';
import { deviceNotFound, enrollmentRefused } from '../factors/factor-error.ts';
import { ALL_OF_MFA, preferFactor, removeDevice, removeFactors } from '../factors/factor-removal.ts';
import { enabledFactors, factorSettings, requireFactor } from '../factors/factor-settings.ts';
import { hasSecurityQuestions } from '../factors/mfa-state.ts';
import { changeSecurityQuestions, offeredQuestions, type QuestionChange } from '../factors/security-questions.ts';
import type { RequestContext } from '../resources/request-context.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { badRequestState, badValue, mfaError, missingParameter } from './mfa-error.ts';
import { answerOf } from './outcome.ts';
import { openState, sealState } from './request-state.ts';
import { requireUsable } from './subject-user.ts';

/*
 * /mfa/v1/users: the factors of a user, as an application enrolls them (shapes.md §10).
 */

/** IDCS: shapes.md §10: the ids of the factors that are no devices. */
export const QUESTIONS_ID = 'SecurityQuestions';
export const BYPASS_ID = 'BypassCode';

const METHODS = ['SMS', 'EMAIL', 'TOTP', 'PUSH', 'PHONE_CALL', 'SECURITY_QUESTIONS'];
/** Each costs a hash. */
const MOST_QUESTIONS = 20;

/** GET …/factors: what a user can be asked for. IDCS: verify-01: questions first, then devices, then the bypass code. */
export async function listFactors(context: RequestContext, user: StoredResource): Promise<JsonObject> {
  const enabled = new Set<string>(enabledFactors(await factorSettings(context)));
  const { factor, deviceId } = preferenceOf(user.data);
  const factors: JsonObject[] = [];
  if (enabled.has('SECURITY_QUESTIONS') && hasSecurityQuestions(user.data)) {
    factors.push({ factorId: QUESTIONS_ID, methods: ['SECURITY_QUESTIONS'] });
  }
  for (const { id } of await enrolledDevices(context.store, context.domain.id, user.id)) {
    const device = await deviceOf(context, context.store, user.id, id);
    const methods = factorsOf(device).filter((method) => enabled.has(method));
    if (methods.length > 0) factors.push({ factorId: id, methods, displayName: shownName(device) });
  }
  if (enabled.has('BYPASSCODE')) factors.push({ factorId: BYPASS_ID, methods: ['BYPASSCODE'] });
  const preferred = factor === 'SECURITY_QUESTIONS' ? QUESTIONS_ID : deviceId;
  return {
    userGUID: user.id,
    status: 'success',
    ...(preferred === null || factor === null ? {} : { preferredFactorId: preferred, preferredMethod: factor }),
    factors,
  };
}

/** IDCS: verify-01, enroll-04: a mail address is shown in full. */
function shownName(device: SecretDevice): string | null {
  return addressOf(device) ?? nameOfDevice(device);
}

/** POST …/factors: begins an enrollment, or enrolls at once. @param languages the client's, for the texts of questions */
export async function enrollFactor(
  context: RequestContext,
  user: StoredResource,
  body: JsonObject,
  languages: readonly string[],
): Promise<JsonObject> {
  await requireUsable(context, user);
  const { method } = body;
  if (method === undefined) throw missingParameter('method');
  if (typeof method !== 'string' || !METHODS.includes(method)) throw badValue('method', String(method), METHODS);
  const skips = isTrue(body['skipFactorVerification']);
  if (method === 'SECURITY_QUESTIONS') return offerQuestions(context, skips, languages);
  const wish = wishOf(method, body);
  if (!skips) return initiated(context, user, await beginEnrollment(context, user, wish), wish);
  return { ...shownEnrollment(await enrollUnproved(context, user, skipping(wish))), factorStatus: 'ENROLLED' };
}

/** IDCS: enroll-13. (D) Questions can't skip verification. */
async function offerQuestions(
  context: RequestContext,
  skips: boolean,
  languages: readonly string[],
): Promise<JsonObject> {
  requireFactor(await factorSettings(context), 'SECURITY_QUESTIONS');
  if (skips) throw enrollmentRefused('SECURITY_QUESTIONS can not skip verification.');
  const questions = await offeredQuestions(context, languages);
  return {
    status: 'success',
    factorId: QUESTIONS_ID,
    factorStatus: 'ENROLLMENT_INITIATED',
    methods: ['SECURITY_QUESTIONS'],
    securityQuestions: questions.map(({ id, text }) => ({ id, localizedText: text })),
  };
}

function wishOf(method: string, body: JsonObject): EnrollmentWish {
  const text = (name: string) => {
    const value = body[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string') return value;
    throw mfaError(400, 'AUTH-1111', `${name} must be a string.`);
  };
  const wish = {
    factor: method as EnrollmentWish['factor'],
    displayName: text('displayName'),
    phoneNumber: text('mobileNumber') ?? text('phoneNumber'),
    countryCode: text('countryCode'),
    offline: isTrue(body['offlineTOTP']),
    sharedSecret: text('sharedSecret'),
  };
  if ((method === 'SMS' || method === 'PHONE_CALL') && wish.phoneNumber === undefined) {
    throw missingParameter('mobileNumber');
  }
  return wish;
}

/** (D) PUSH can't skip verification; inferred: neither can a TOTP that the phone has to fetch. An offline one brings its secret. */
function skipping(wish: EnrollmentWish): EnrollmentWish {
  if (wish.factor !== 'TOTP') return wish;
  if (wish.offline !== true) throw enrollmentRefused('an online TOTP can not skip verification.');
  if (wish.sharedSecret === undefined) throw missingParameter('sharedSecret');
  return wish;
}

async function initiated(
  context: RequestContext,
  user: StoredResource,
  begun: BegunEnrollment,
  wish: EnrollmentWish,
): Promise<JsonObject> {
  if (CODE_FACTORS.has(wish.factor)) await sendCode(context, user, begun.requestId);
  const { qrCode, sharedSecret, requestId, deviceId } = begun;
  return {
    ...shownEnrollment(begun),
    requestState: sealState(context, { requestId, userId: user.id, factorId: deviceId }),
    ...(qrCode === null
      ? {}
      : {
          qrCode: {
            content: qrCode.content,
            imageData: qrCode.image.toString('base64'),
            imageType: 'image/png',
          },
        }),
    // IDCS: enroll-07: a text.
    ...(sharedSecret === null ? {} : { sharedSecret, offlineTOTP: 'true' }),
  };
}

function shownEnrollment({ deviceId, factors, displayName, address }: BegunEnrollment): JsonObject {
  return {
    status: 'success',
    factorId: deviceId,
    factorStatus: 'ENROLLMENT_INITIATED',
    methods: [...factors],
    displayName: address ?? displayName,
  };
}

/** PATCH …/factors/{factorId}: a code, or the wish for another one. */
export async function patchFactor(
  context: RequestContext,
  user: StoredResource,
  factorId: string,
  body: JsonObject,
): Promise<JsonObject> {
  await requireUsable(context, user);
  if (factorId === QUESTIONS_ID) return patchQuestions(context, user, body);
  const state = openState(context, body['requestState']);
  if (state.userId !== user.id || state.factorId !== factorId) throw badRequestState();
  if (isTrue(body['resendOtp'])) return resend(context, user, state.requestId);
  const { otpCode } = body;
  if (otpCode === undefined) throw missingParameter('otpCode');
  const judgement = await checkAnswer(context, user, state.requestId, {
    code: String(otpCode),
    scenario: 'ENROLLMENT',
  });
  return answerOf(judgement, user, false);
}

/** IDCS: enroll-05: the initiated answer again. */
async function resend(context: RequestContext, user: StoredResource, requestId: string): Promise<JsonObject> {
  const { request, device } = await sendCode(context, user, requestId);
  return {
    status: 'success',
    factorId: device.id,
    factorStatus: 'ENROLLMENT_INITIATED',
    methods: [...factorsOf(device)],
    displayName: shownName(device),
    requestState: sealState(context, { requestId, userId: request.userId, factorId: device.id }),
  };
}

/** IDCS: enroll-14; with an `op` in each, an update. */
async function patchQuestions(context: RequestContext, user: StoredResource, body: JsonObject): Promise<JsonObject> {
  requireFactor(await factorSettings(context), 'SECURITY_QUESTIONS');
  const sent = body['securityQuestions'];
  if (!Array.isArray(sent) || sent.length === 0) throw missingParameter('securityQuestions');
  if (sent.length > MOST_QUESTIONS) throw mfaError(400, 'AUTH-1111', `At most ${MOST_QUESTIONS} securityQuestions.`);
  const changes = sent.map(changeOf);
  const isUpdate = sent.some((item) => isObject(item) && item['op'] !== undefined);
  await changeSecurityQuestions(context, user.id, changes, !isUpdate);
  return { status: 'success' };
}

const OPS = ['add', 'replace', 'remove'] as const;

function changeOf(item: JsonValue): QuestionChange {
  if (!isObject(item)) throw mfaError(400, 'AUTH-1111', 'securityQuestions must have objects.');
  const { id, answer, hintText, op = 'add' } = item;
  if (typeof id !== 'string' || id === '') throw missingParameter('id');
  const known = OPS.find((one) => one === op);
  if (known === undefined) throw badValue('op', String(op), OPS);
  return {
    id,
    answer: typeof answer === 'string' ? answer : null,
    hintText: typeof hintText === 'string' ? hintText : null,
    op: known,
  };
}

/** GET …/factors/{factorId}: whether an enrollment is finished. */
export async function readFactor(context: RequestContext, user: StoredResource, factorId: string): Promise<JsonObject> {
  const done = (methods: readonly string[]): JsonObject => ({
    status: 'success',
    factorId,
    factorStatus: 'ENROLLED',
    methods: [...methods],
  });
  const pending = { status: 'pending', factorId, factorStatus: 'ENROLLMENT_INITIATED' };
  if (factorId === QUESTIONS_ID) return hasSecurityQuestions(user.data) ? done(['SECURITY_QUESTIONS']) : pending;
  if (factorId === BYPASS_ID) return done(['BYPASSCODE']);
  const device = await deviceOf(context, context.store, user.id, known(factorId));
  if (isEnrolled(device)) return done(factorsOf(device));
  // What has run out is not pending any more.
  const requestId = device.secret?.['requestId'];
  if (typeof requestId === 'string') await requestOf(context, user.id, requestId);
  return pending;
}

/** DELETE …/factors/{factorId}. */
export async function deleteFactor(context: RequestContext, user: StoredResource, factorId: string): Promise<void> {
  if (factorId === QUESTIONS_ID) await removeFactors(context, user.id, { answers: true });
  else if (factorId === BYPASS_ID) await removeFactors(context, user.id, { codes: true });
  else await removeDevice(context, user.id, known(factorId));
}

/** PATCH /mfa/v1/users/{guid}: the preferred factor, or none of them any more. */
export async function patchUser(context: RequestContext, user: StoredResource, body: JsonObject): Promise<JsonObject> {
  const { preferredFactorId: id, preferredMethod: method, disableMFA: disable } = body;
  if (isTrue(disable)) {
    await removeFactors(context, user.id, ALL_OF_MFA);
    return { status: 'success' };
  }
  if (typeof id !== 'string') throw missingParameter('preferredFactorId');
  if (id === QUESTIONS_ID) {
    await preferFactor(context, user, { factor: 'SECURITY_QUESTIONS', deviceId: null });
    return { status: 'success' };
  }
  const device = await deviceOf(context, context.store, user.id, known(id));
  const factor = typeof method === 'string' ? method : (factorsOf(device)[0] ?? '');
  await preferFactor(context, user, { factor, deviceId: id });
  return { status: 'success' };
}

/** What PostgreSQL can't look for is nobody's. */
function known(factorId: string): string {
  if (factorId.includes('\0')) throw deviceNotFound(factorId.replaceAll('\0', ''));
  return factorId;
}

/** IDCS: enroll-07, enroll-16: booleans come as such and as texts. */
export function isTrue(value: JsonValue | undefined): boolean {
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true');
}
