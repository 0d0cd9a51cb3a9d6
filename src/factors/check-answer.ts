import type { RequestContext } from '../resources/request-context.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { countWrong, whileOpen } from './attempts.ts';
import { useBypassCode } from './bypass-use.ts';
import { addressOf } from './challenge.ts';
import { deviceOf, factorsOf, nameOfDevice, passkeysOf, proved, type SecretDevice, updateDevice } from './device.ts';
import { sameCode } from './digits.ts';
import { challengeRefused } from './factor-error.ts';
import { changeRequest, codeHash, endRequest, type FactorRequest, heldRequest, readRequest } from './factor-request.ts';
import { type FactorSettings, factorSettings, mostWrongAnswers, requireFactor } from './factor-settings.ts';
import { settleMfa } from './mfa-state.ts';
import { forgetNotifications } from './notifications.ts';
import { provedPasskey, registeredPasskey } from './passkeys.ts';
import { answersMatch, type GivenAnswer } from './security-answers.ts';
import { type TotpRules, totpStep } from './totp.ts';

/*
 * The one judge of second factors. Everything that decides runs in one transaction that holds the user's row: of many answers at
 * once each is counted, and none that comes after the lock is looked at.
 */

/** What somebody answers. */
export interface FactorAnswer {
  /** The device's other factor, where it has two; left out: the one that was asked for. */
  readonly factor?: string;
  /** A passcode or a bypass code; left out: a poll for what a phone says. */
  readonly code?: string;
  readonly answers?: readonly GivenAnswer[];
  /** What a browser gave for a passkey, as JSON. */
  readonly credential?: JsonObject;
  /** Makes what was proved the preferred factor. */
  readonly prefer?: boolean;
  /** Refuses a request of another scenario. */
  readonly scenario?: FactorRequest['scenario'];
}

/** What came of an answer. */
export type Judgement =
  | {
      readonly outcome: 'ok';
      readonly factor: string;
      readonly deviceId: string | null;
      /** The device's name; of a mail address in full. */
      readonly displayName: string | null;
      /** The user's `…mfa:User` afterwards. */
      readonly mfa: JsonObject;
    }
  | {
      /**
       * `pending`: a phone has not answered. `denied`: it has said no. `expired`: there is no such request any more. `locked`: the
       * account is; with `now`, this answer has locked it.
       */
      readonly outcome: 'wrong' | 'locked' | 'pending' | 'denied' | 'expired';
      readonly now?: boolean;
    };

/**
 * Judges an answer to a request, of an enrollment or of a proof. A right answer ends the request, and an enrollment with it.
 * @throws FactorError for a factor that is off, and for what is no answer to this request
 */
export async function checkAnswer(
  context: RequestContext,
  user: StoredResource,
  requestId: string,
  answer: FactorAnswer,
): Promise<Judgement> {
  const settings = await factorSettings(context);
  // Hashes take long: made before the row is held, and looked at only when it is.
  const matched = answer.answers === undefined ? null : await matches(context, user, requestId, answer.answers);
  const judgement = await whileOpen<Judgement>(context, user.id, async (session, owner) => {
    const request = await heldRequest(context, session, requestId, user.id);
    if (request === null) return { outcome: 'expired' };
    if (answer.scenario !== undefined && answer.scenario !== request.scenario) {
      throw challengeRefused(`scenario must be ${request.scenario} for this request.`);
    }
    const factor = answer.factor ?? request.factor;
    requireFactor(settings, factor);
    const device = request.deviceId === null ? null : await deviceOf(context, session, user.id, request.deviceId);
    if (device === null ? factor !== request.factor : !factorsOf(device).includes(factor)) {
      throw challengeRefused(`the device has no ${factor} factor.`);
    }
    const asked = { request, requestId, factor, device, matched };
    const proof = await judge(context, session, settings, asked, answer);
    if (proof === 'pending') return { outcome: 'pending' };
    if (proof === 'denied') {
      await endRequest(context, session, requestId);
      return { outcome: 'denied' };
    }
    if (proof === 'wrong') return wrong(context, session, settings, owner, asked);
    await endRequest(context, session, requestId);
    const used = proof.device ?? device;
    if (used !== null) await updateDevice(context, session, used, proved(used, context.clock.now()), proof.secret);
    return right(context, session, owner, factor, used, answer.prefer === true);
  });
  return judgement === 'locked' ? { outcome: 'locked' } : judgement;
}

/**
 * Judges a factor that needs no request: a bypass code, or answers to security questions.
 * @throws FactorError when the factor is off
 */
export async function checkWithoutRequest(
  context: RequestContext,
  user: StoredResource,
  answer: { readonly code: string } | { readonly answers: readonly GivenAnswer[] },
): Promise<Judgement> {
  const settings = await factorSettings(context);
  const factor = 'code' in answer ? 'BYPASSCODE' : 'SECURITY_QUESTIONS';
  requireFactor(settings, factor);
  const matched = 'answers' in answer && (await answersMatch(context, await secretOf(context, user), answer.answers));
  const judgement = await whileOpen<Judgement>(context, user.id, async (session, owner) => {
    const isRight = 'code' in answer ? await useBypassCode(context, session, user.id, answer.code) : matched;
    if (isRight) return right(context, session, owner, factor, null, false);
    const locks = await countWrong(context, session, owner, mostWrongAnswers(settings));
    return locks ? { outcome: 'locked', now: true } : { outcome: 'wrong' };
  });
  return judgement === 'locked' ? { outcome: 'locked' } : judgement;
}

interface Asked {
  readonly request: FactorRequest;
  readonly requestId: string;
  readonly factor: string;
  readonly device: SecretDevice | null;
  /** Whether the answers to security questions are right; null: none were given. */
  readonly matched: boolean | null;
}

/** What was proved. */
interface Proof {
  /** What the device keeps from now on; left out: what it kept. */
  readonly secret?: JsonObject;
  /** The device, where the request named none. */
  readonly device?: SecretDevice;
}

async function judge(
  context: RequestContext,
  session: StoreSession,
  settings: FactorSettings,
  asked: Asked,
  { code, credential }: FactorAnswer,
): Promise<Proof | 'wrong' | 'pending' | 'denied'> {
  const { request, requestId, factor, device, matched } = asked;
  const now = context.clock.now();
  if (factor === 'SECURITY_QUESTIONS') {
    if (matched === null) throw challengeRefused('the security questions must be answered.');
    return matched ? {} : 'wrong';
  }
  if (factor === 'FIDO_AUTHENTICATOR') {
    if (credential === undefined) throw challengeRefused('the answer of a passkey must be given.');
    return (await judgePasskey(context, session, settings, asked, credential)) ?? 'wrong';
  }
  if (factor === 'BYPASSCODE') {
    if (code === undefined) throw challengeRefused('a bypass code must be given.');
    return (await useBypassCode(context, session, request.userId, code)) ? {} : 'wrong';
  }
  if (code === undefined) {
    if (device?.secret?.['online'] !== true) throw challengeRefused('a passcode must be given.');
    if (request.approval === 'pending') return 'pending';
    return request.approval === 'approved' ? {} : 'denied';
  }
  if (factor === 'TOTP') {
    // Before an online app has its secret there is no code of it.
    if (device?.secret == null || (device.secret['online'] === true && request.scenario === 'ENROLLMENT'))
      return 'pending';
    const step = await stepOf(context, device.secret, code, now);
    return step === null ? 'wrong' : { secret: { ...device.secret, lastStep: step } };
  }
  if (factor === 'PUSH') return 'pending';
  const sent = request.codeHash !== null && request.codeExpires > now;
  return sent && sameCode(request.codeHash!, codeHash(requestId, code)) ? {} : 'wrong';
}

async function judgePasskey(
  context: RequestContext,
  session: StoreSession,
  settings: FactorSettings,
  { request, device }: Asked,
  credential: JsonObject,
): Promise<Proof | null> {
  const challenge = request.challenge ?? '';
  if (request.scenario === 'ENROLLMENT') {
    const kept = await registeredPasskey(context, settings, challenge, credential);
    return kept === null ? null : { secret: { ...device?.secret, ...kept } };
  }
  const devices = device === null ? await passkeysOf(context, session, request.userId) : [device];
  return provedPasskey(context, settings, challenge, credential, devices);
}

async function wrong(
  context: RequestContext,
  session: StoreSession,
  settings: FactorSettings,
  owner: StoredResource,
  { request, requestId }: Asked,
): Promise<Judgement> {
  const most = mostWrongAnswers(settings);
  const attempts = request.attempts + 1;
  if (attempts >= most) await endRequest(context, session, requestId);
  else await changeRequest(context, session, requestId, { ...request, attempts });
  // Inferred: who mistypes a code while enrolling has proved who he is; only that enrollment ends.
  if (request.scenario === 'ENROLLMENT') return { outcome: 'wrong' };
  return (await countWrong(context, session, owner, most)) ? { outcome: 'locked', now: true } : { outcome: 'wrong' };
}

async function right(
  context: RequestContext,
  session: StoreSession,
  owner: StoredResource,
  factor: string,
  device: SecretDevice | null,
  prefer: boolean,
): Promise<Judgement> {
  const preferable = prefer && factor !== 'BYPASSCODE';
  const preference = preferable ? { prefer: { factor, deviceId: device?.id ?? null } } : {};
  await forgetNotifications(context, session, owner.id);
  const mfa = await settleMfa(context, session, owner.id, { loginAttempts: 0, ...preference });
  const displayName = device === null ? null : (addressOf(device) ?? nameOfDevice(device));
  return { outcome: 'ok', factor, deviceId: device?.id ?? null, displayName, mfa };
}

/** Whether exactly the questions that were asked are answered, all of them right. */
async function matches(
  context: RequestContext,
  user: StoredResource,
  requestId: string,
  answers: readonly GivenAnswer[],
): Promise<boolean> {
  const request = await readRequest(context, requestId);
  if (request === null || request.userId !== user.id) return false;
  const given = new Set(answers.map(({ questionId }) => questionId));
  const asked = request.questions;
  if (given.size !== answers.length || given.size !== asked.length || asked.some((id) => !given.has(id))) return false;
  return answersMatch(context, await secretOf(context, user), answers);
}

async function secretOf({ store, domain }: RequestContext, { id }: StoredResource): Promise<JsonObject | null> {
  return (await store.resources.readWithSecret(domain.id, 'User', id))?.secret ?? null;
}

/** The step of a right TOTP that was not used before; null otherwise. */
function stepOf({ secrets }: RequestContext, secret: JsonObject, code: string, now: number): Promise<number | null> {
  const { seed, rules, lastStep } = secret;
  if (typeof seed !== 'string' || !isObject(rules)) return Promise.resolve(null);
  return totpStep(secrets.open(seed), rules as unknown as TotpRules, code, Number(lastStep ?? -1), now);
}
