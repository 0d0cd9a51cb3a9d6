import { badRequest, ScimError } from '../../scim/errors.ts';
import { isObject, type JsonObject } from '../../scim/json.ts';
import type { StoredResource, StoreSession } from '../../store/store.ts';
import type { ActionResult, Behaviour, Draft } from '../behaviour.ts';
import type { RequestContext } from '../request-context.ts';
import { requiredText } from '../required-value.ts';
import { useBypassCode } from './bypass-code.ts';
import { enrolled, enrolledDevices, factorsOf, ownDevice, updateDevice } from './device.ts';
import { sameCode } from './digits.ts';
import { changeRequest, codeHash, endRequest, heldRequest, statusNotFound } from './factor-request.ts';
import { factorSettings, requireFactor } from './factor-settings.ts';
import { checkAttempts, countWrong } from './mfa-attempts.ts';
import { hasSecurityQuestions, type Preference, settleMfa } from './mfa-state.ts';
import { callingUser, functionMeta } from './my-user.ts';
import { answersMatch, answersNeeded, questionsOf } from './security-answers.ts';
import { type TotpRules, totpStep } from './totp.ts';
import { checkTrust, trustAgent } from './trusted-user-agent.ts';

const TYPE = 'MyAuthenticationFactorValidator';
/** Each costs a hash. */
const MOST_ANSWERS = 20;

/** What was proved, and how the user stands after it. */
interface Proof {
  readonly displayName: string | null;
  readonly prefer: Preference;
}

/** MyAuthenticationFactorValidator: proves a second factor, which ends its enrollment. */
export const validatorBehaviour: Behaviour = {
  type: TYPE,
  actions: { create: validate },
};

async function validate(context: RequestContext, draft: Draft): Promise<ActionResult> {
  const { store, domain } = context;
  const user = await callingUser(context, TYPE);
  const factor = requiredText(draft, 'authFactor');
  const scenario = requiredText(draft, 'scenario');
  requireFactor(await factorSettings(context), factor);
  const others = await enrolledDevices(store, domain.id, user.id);
  checkAttempts(user);
  const trusts = await checkTrust(context, draft);
  if (trusts && scenario !== 'AUTHENTICATION') throw badRequest(`${TYPE}.createTrustedAgent is for AUTHENTICATION.`);
  const proof = await prove(context, draft, user, factor, scenario);
  const prefers = draft.transient.get('updateUserPreference') === true && proof !== null;
  const mfa = await store.transaction((session) =>
    settleMfa(context, session, user.id, { loginAttempts: 0, ...(prefers ? { prefer: proof.prefer } : {}) }),
  );
  if (trusts) await trustAgent(context, draft, factor);
  const devices = await enrolledDevices(store, domain.id, user.id);
  const answer: JsonObject = {
    ...draft.data,
    ...echo(draft),
    meta: functionMeta(context, TYPE),
    ...(proof === null ? { userName: user.data['userName'] ?? null } : { displayName: proof.displayName }),
    status: 'SUCCESS',
    ...standing(mfa),
    securityQuestionsPresent: hasSecurityQuestions(user.data),
    devicesCount: devices.length,
    // IDCS: main-0296, main-0299: there when a mail address was enrolled before.
    ...(others.some((device) => factorsOf(device).includes('EMAIL')) ? { emailFactorEnrolled: true } : {}),
  };
  return { status: 201, locationKey: null, data: answer };
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

/** @returns null: proved without a device @throws ScimError 401 for a wrong code, 404 for what is pending or unknown */
async function prove(
  context: RequestContext,
  draft: Draft,
  user: StoredResource,
  factor: string,
  scenario: string,
): Promise<Proof | null> {
  if (factor === 'BYPASSCODE') {
    if (scenario !== 'AUTHENTICATION') throw badRequest(`${TYPE}.scenario must be AUTHENTICATION for a bypass code.`);
    if (await useBypassCode(context, user.id, requiredText(draft, 'otpCode'))) return null;
    await countWrong(context, user.id);
    throw invalidPasscode();
  }
  if (factor === 'SECURITY_QUESTIONS') {
    await proveAnswers(context, draft, user, scenario);
    return null;
  }
  const deviceId = requiredText(draft, 'deviceId');
  const requestId = requiredText(draft, 'requestId');
  const code = factor === 'PUSH' ? null : requiredText(draft, 'otpCode');
  const outcome = await context.store.transaction((session) =>
    tryCode(context, session, { factor, scenario, deviceId, requestId, code }),
  );
  if (outcome !== 'wrong') return outcome;
  // Not in that transaction: a refusal must not take the count back.
  if (scenario === 'AUTHENTICATION') await countWrong(context, user.id);
  throw invalidPasscode();
}

/** IDCS: main-0301: an enrollment repeats all answers; as a second factor as many are given as the settings say. */
async function proveAnswers(
  context: RequestContext,
  draft: Draft,
  user: StoredResource,
  scenario: string,
): Promise<void> {
  const { store, domain } = context;
  const sent = draft.transient.get('securityQuestions');
  const given = (Array.isArray(sent) ? sent : []).filter(isObject).map(({ id, answer }) => ({
    questionId: String(id),
    answer: String(answer ?? ''),
  }));
  const needed = scenario === 'ENROLLMENT' ? questionsOf(user.data).length : await answersNeeded(context);
  const distinct = new Set(given.map(({ questionId }) => questionId)).size;
  if (distinct !== given.length || given.length > MOST_ANSWERS || distinct < needed || distinct === 0) {
    throw badRequest(`${TYPE}.securityQuestions must have ${Math.max(1, needed)} answered questions.`);
  }
  const row = await store.resources.readWithSecret(domain.id, 'User', user.id);
  if (await answersMatch(context, row?.secret ?? null, given)) return;
  await countWrong(context, user.id);
  throw badRequest(
    "Your answer didn't match. Please try again.",
    'error.identity.passwordmgmt.invalidSecurityQuestionAnswer',
  );
}

interface Attempt {
  readonly factor: string;
  readonly scenario: string;
  readonly deviceId: string;
  readonly requestId: string;
  readonly code: string | null;
}

async function tryCode(context: RequestContext, session: StoreSession, tried: Attempt): Promise<Proof | 'wrong'> {
  const { factor, scenario, deviceId, requestId, code } = tried;
  const request = await heldRequest(context, session, requestId, deviceId);
  const device = await ownDevice(context, session, deviceId);
  if (!factorsOf(device).includes(factor)) throw badRequest(`${TYPE}.authFactor: the device has no ${factor} factor.`);
  if (request.scenario !== scenario) throw badRequest(`${TYPE}.scenario must be ${request.scenario} for this request.`);
  const now = context.clock.now();
  if (code === null || (factor === 'TOTP' && device.secret === null)) throw statusNotFound();
  const step = factor === 'TOTP' ? await stepOf(context, device.secret!, code, now) : null;
  const sent = request.codeHash !== null && request.codeExpires > now;
  const right = factor === 'TOTP' ? step !== null : sent && sameCode(request.codeHash!, codeHash(requestId, code));
  if (!right) {
    const settings = await factorSettings(context);
    const most = settings.number(
      'endpointRestrictions',
      'maxMfaIncorrectValidationAttempts',
      settings.number('endpointRestrictions', 'maxIncorrectAttempts', 10),
    );
    const attempts = request.attempts + 1;
    if (attempts >= most) await endRequest(context, session, requestId);
    else await changeRequest(context, session, requestId, { ...request, attempts });
    return 'wrong';
  }
  await endRequest(context, session, requestId);
  const changes = { ...enrolled(device, now), lastValidatedTime: new Date(now).toISOString() };
  const secret = step === null ? undefined : { ...device.secret, lastStep: step };
  await updateDevice(context, session, device, changes, secret);
  const name = factor === 'EMAIL' ? device.secret?.['address'] : device.data['displayName'];
  return { displayName: typeof name === 'string' ? name : null, prefer: { factor, deviceId } };
}

/** The step of a right TOTP that was not used before; null otherwise. */
function stepOf({ secrets }: RequestContext, secret: JsonObject, code: string, now: number): Promise<number | null> {
  const { seed, rules, lastStep } = secret;
  return totpStep(secrets.open(String(seed)), rules as unknown as TotpRules, code, Number(lastStep ?? -1), now);
}

/** IDCS: main-0299. */
export function invalidPasscode(): ScimError {
  return new ScimError(401, 'Invalid passcode.', { messageId: 'error.ssocommon.auth.invalidPasscode' });
}
