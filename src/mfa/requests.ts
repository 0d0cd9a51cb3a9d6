import type { KeyObject } from 'node:crypto';
import { recordEvent } from '../audit/record-event.ts';
import { addressOf, beginChallenge, type Challenge, requestOf, sendCode, takeCode } from '../factors/challenge.ts';
import { checkAnswer, type FactorAnswer } from '../factors/check-answer.ts';
import { encryptedCode, thumbprintOf } from '../factors/code-for-client.ts';
import { deviceOf, nameOfDevice } from '../factors/device.ts';
import { enrolledFactors, firstFactor } from '../factors/enrolled-factors.ts';
import { CODE_FACTORS, FACTORS, isFactor } from '../factors/factor.ts';
import { challengeRefused } from '../factors/factor-error.ts';
import type { FactorRequest } from '../factors/factor-request.ts';
import { readRequest } from '../factors/factor-request.ts';
import { textOfQuestion } from '../factors/security-questions.ts';
import type { RequestContext } from '../resources/request-context.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { badRequestState, badValue, mfaError, missingParameter } from './mfa-error.ts';
import { answerOf } from './outcome.ts';
import { openState, sealState } from './request-state.ts';
import { requireUsable, userByGuid, userByIdType } from './subject-user.ts';
import { BYPASS_ID, isTrue, QUESTIONS_ID } from './users.ts';

/*
 * /mfa/v1/requests: asking a user for a second factor (shapes.md §10).
 */

/** Each costs a hash. */
const MOST_ANSWERS = 20;

/** Finds the key of a certificate. */
export type CertificateKey = (context: RequestContext, thumbprint: string) => Promise<KeyObject | null>;

/** POST: asks for the preferred factor, or for the one that is named. @param languages for the texts of questions */
export async function startRequest(
  context: RequestContext,
  body: JsonObject,
  languages: readonly string[],
  certificateKey: CertificateKey,
): Promise<JsonObject> {
  const user = await userByIdType(context, body['userId'], body['userIdType']);
  await requireUsable(context, user);
  const { factor, deviceId } = await wished(context, user, body);
  const client = isTrue(body['userFlowControlledByExternalClient']) && CODE_FACTORS.has(factor);
  const key = client ? await clientKey(context, body, certificateKey) : null;
  const challenge = await beginChallenge(context, user, { factor, deviceId, silent: key !== null });
  await recordEvent(context, null, { eventId: 'sso.auth.factor.initiated', values: { ssoAuthFactor: factor } });
  const answer = await shown(context, user, challenge, languages);
  if (key === null) return answer;
  const code = await takeCode(context, user, challenge.requestId);
  return { ...answer, otp: encryptedCode(key, code, String(body['x5t'])) };
}

/** IDCS: flows.md E2: the client sends the code itself. @throws ScimError AUTH-1001 or AUTH-1111, 400 */
async function clientKey(context: RequestContext, { x5t }: JsonObject, keyOf: CertificateKey): Promise<KeyObject> {
  if (typeof x5t !== 'string' || x5t === '') throw missingParameter('x5t');
  const key = await keyOf(context, thumbprintOf(x5t));
  if (key !== null) return key;
  throw mfaError(
    400,
    'AUTH-1111',
    'The attribute x5t must be the SHA-1 thumbprint of a certificate of the client or of a trusted partner.',
  );
}

async function wished(
  context: RequestContext,
  user: StoredResource,
  { factorId, method }: JsonObject,
): Promise<{ readonly factor: string; readonly deviceId: string | null }> {
  if (factorId === undefined && method === undefined) {
    const first = firstFactor(await enrolledFactors(context, user));
    if (first === null) throw challengeRefused('the user has not enrolled a factor.');
    return first;
  }
  if (typeof factorId !== 'string') throw missingParameter('factorId');
  if (typeof method !== 'string') throw missingParameter('method');
  if (!isFactor(method)) throw badValue('method', method, FACTORS);
  if (method === 'FIDO_AUTHENTICATOR') throw challengeRefused('passkeys are proved in a browser.');
  const fixed = { SECURITY_QUESTIONS: QUESTIONS_ID, BYPASSCODE: BYPASS_ID } as const;
  if (method !== 'SECURITY_QUESTIONS' && method !== 'BYPASSCODE') {
    if (factorId.includes('\0')) throw badValue('factorId', '', []);
    return { factor: method, deviceId: factorId };
  }
  if (factorId !== fixed[method]) throw badValue('factorId', factorId, [fixed[method]]);
  return { factor: method, deviceId: null };
}

async function shown(
  context: RequestContext,
  user: StoredResource,
  challenge: Pick<Challenge, 'requestId' | 'factor' | 'deviceId' | 'displayName' | 'address' | 'questions'>,
  languages: readonly string[],
): Promise<JsonObject> {
  const { requestId, factor, deviceId, displayName, address, questions } = challenge;
  const name = address ?? displayName;
  const asked: JsonObject[] = [];
  for (const { id, hintText } of questions) {
    const localizedText = await textOfQuestion(context, id, languages);
    asked.push({ id, localizedText, ...(hintText === null ? {} : { hintText }) });
  }
  return {
    status: 'success',
    requestId,
    userGUID: user.id,
    factorId: deviceId ?? (factor === 'BYPASSCODE' ? BYPASS_ID : QUESTIONS_ID),
    method: factor,
    ...(name === null ? {} : { displayName: name }),
    requestState: sealState(context, { requestId, userId: user.id, factorId: deviceId }),
    ...(asked.length === 0 ? {} : { securityQuestions: asked }),
  };
}

/** PATCH: an answer, or the wish for another code. */
export async function patchRequest(
  context: RequestContext,
  requestId: string,
  body: JsonObject,
  certificateKey: CertificateKey,
): Promise<JsonObject> {
  const state = openState(context, body['requestState']);
  if (state.requestId !== requestId) throw badRequestState();
  const user = await userByGuid(context, state.userId);
  await requireUsable(context, user);
  const request = await openRequest(context, requestId);
  if (isTrue(body['resendOtp'])) return resend(context, user, requestId, request, body, certificateKey);
  const judgement = await checkAnswer(context, user, requestId, answerIn(body, request));
  return answerOf(judgement, user, request.factor === 'SECURITY_QUESTIONS');
}

/** IDCS: verify-04: the started request again. */
async function resend(
  context: RequestContext,
  user: StoredResource,
  requestId: string,
  { factor, deviceId }: FactorRequest,
  body: JsonObject,
  certificateKey: CertificateKey,
): Promise<JsonObject> {
  if (deviceId === null) throw challengeRefused('no code is sent for this factor.');
  const client = isTrue(body['userFlowControlledByExternalClient']) && CODE_FACTORS.has(factor);
  const key = client ? await clientKey(context, body, certificateKey) : null;
  const code = key === null ? null : await takeCode(context, user, requestId);
  if (key === null) await sendCode(context, user, requestId);
  const device = await deviceOf(context, context.store, user.id, deviceId);
  const names = { displayName: nameOfDevice(device), address: addressOf(device) };
  const answer = await shown(context, user, { requestId, factor, deviceId, ...names, questions: [] }, []);
  return key === null || code === null ? answer : { ...answer, otp: encryptedCode(key, code, String(body['x5t'])) };
}

/** GET: what the phone says to a push. */
export async function pollRequest(context: RequestContext, requestId: string): Promise<JsonObject> {
  const { userId, factor } = await openRequest(context, requestId);
  const user = await userByGuid(context, userId);
  await requireUsable(context, user);
  if (factor !== 'PUSH') throw mfaError(400, 'AUTH-1111', `A request for ${factor} is answered by PATCH.`);
  return answerOf(await checkAnswer(context, user, requestId, { scenario: 'AUTHENTICATION' }), user, false);
}

async function openRequest(context: RequestContext, requestId: string): Promise<FactorRequest> {
  const request = requestId.includes('\0') ? null : await readRequest(context, requestId);
  if (request === null || request.scenario !== 'AUTHENTICATION') throw badRequestState();
  return requestOf(context, request.userId, requestId);
}

function answerIn(body: JsonObject, { factor }: FactorRequest): FactorAnswer {
  const scenario = 'AUTHENTICATION' as const;
  if (factor === 'SECURITY_QUESTIONS') {
    const sent = body['securityQuestions'];
    if (!Array.isArray(sent) || sent.length === 0) throw missingParameter('securityQuestions');
    if (sent.length > MOST_ANSWERS) throw mfaError(400, 'AUTH-1111', `At most ${MOST_ANSWERS} securityQuestions.`);
    const answers = sent
      .filter(isObject)
      .map(({ id, answer }) => ({ questionId: String(id), answer: String(answer ?? '') }));
    return { answers, scenario };
  }
  const name = factor === 'BYPASSCODE' ? 'bypassCode' : 'otpCode';
  const code = body[name];
  if (typeof code !== 'string' && typeof code !== 'number') throw missingParameter(name);
  return { code: String(code), scenario };
}
