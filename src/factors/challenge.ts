import { notify } from '../notifications/notify.ts';
import type { RequestContext } from '../resources/request-context.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { lockAccount, whileOpen } from './attempts.ts';
import { deviceOf, factorsOf, isEnrolled, nameOfDevice, numberOf, passkeysOf, type SecretDevice } from './device.ts';
import { newDigits } from './digits.ts';
import { CODE_FACTORS, DEVICELESS, type Factor } from './factor.ts';
import { accountLocked, challengeRefused, statusNotFound, tooManyAttempts } from './factor-error.ts';
import {
  beginRequest,
  changeRequest,
  codeHash,
  type FactorRequest,
  heldRequest,
  newRequestId,
  readRequest,
} from './factor-request.ts';
import { type FactorSettings, factorSettings, mostNotifications, requireFactor } from './factor-settings.ts';
import { countNotification } from './notifications.ts';
import { authenticationOptions, type PasskeyOptions } from './passkeys.ts';
import { answersNeeded, questionsOf, type SetUpQuestion } from './security-answers.ts';

/*
 * Asking for a second factor: a code is sent by SMS, call or mail, a phone gets a push, security questions are chosen. Nothing is
 * sent for TOTP and bypass codes.
 */

const MINUTE = 60_000;
/** IDCS: shapes.md §8: who polls for a push gives up after two minutes. */
const PUSH_LIFETIME_MS = 2 * MINUTE;

/** What is asked of a user. */
export interface Challenge {
  readonly requestId: string;
  readonly factor: Factor;
  readonly deviceId: string | null;
  readonly displayName: string | null;
  /** Where a code was mailed, in full; null: nowhere. */
  readonly address: string | null;
  /** The security questions to answer. */
  readonly questions: readonly SetUpQuestion[];
  /** What `navigator.credentials.get` is asked for a passkey; null for other factors. */
  readonly passkey: JsonObject | null;
}

/** What is wished to be asked. */
export interface ChallengeWish {
  readonly factor: string;
  /** Null for bypass codes and security questions, and for any passkey. */
  readonly deviceId: string | null;
  /** No code is sent yet: `sendCode` does. */
  readonly silent?: boolean;
}

/**
 * Asks a user for a factor that is enrolled.
 * @throws FactorError for a factor that is off or not enrolled, and for a locked account
 */
export async function beginChallenge(
  context: RequestContext,
  user: StoredResource,
  { factor, deviceId, silent = false }: ChallengeWish,
): Promise<Challenge> {
  const settings = await factorSettings(context);
  requireFactor(settings, factor);
  // Any of a user's passkeys will do, unless one is named.
  const isOpen = DEVICELESS.has(factor) || (factor === 'FIDO_AUTHENTICATOR' && deviceId === null);
  const device = isOpen ? null : await usableDevice(context, user, factor, deviceId);
  const passkey = factor === 'FIDO_AUTHENTICATOR' ? await passkeyOptions(context, settings, user, device) : null;
  const questions = factor === 'SECURITY_QUESTIONS' ? await chosenQuestions(context, user) : [];
  const requestId = newRequestId(context.ids, context.clock.now(), false);
  const begun = await whileOpen(context, user.id, async (session, owner) => {
    if (factor === 'PUSH' && (await isOneTooMany(context, session, settings, owner))) return null;
    const about = {
      deviceId: device?.id ?? null,
      userId: user.id,
      factor,
      scenario: 'AUTHENTICATION' as const,
      questions: questions.map(({ id }) => id),
      challenge: passkey?.challenge ?? null,
    };
    const lifetime = factor === 'PUSH' ? PUSH_LIFETIME_MS : passkey?.timeout;
    await beginRequest(context, session, requestId, about, lifetime);
    return about;
  });
  if (begun === 'locked') throw accountLocked();
  if (begun === null) throw tooManyAttempts(user);
  if (CODE_FACTORS.has(factor) && !silent) await sendCode(context, user, requestId);
  if (factor === 'PUSH' && device !== null) await push(context, user, device, requestId);
  return {
    requestId,
    factor,
    deviceId: device?.id ?? null,
    displayName: device === null ? null : nameOfDevice(device),
    address: device === null ? null : addressOf(device),
    questions,
    passkey: passkey?.options ?? null,
  };
}

async function passkeyOptions(
  context: RequestContext,
  settings: FactorSettings,
  user: StoredResource,
  device: SecretDevice | null,
): Promise<PasskeyOptions> {
  const devices = device === null ? await passkeysOf(context, context.store, user.id) : [device];
  if (devices.length === 0) throw challengeRefused('the user has no passkey.');
  return authenticationOptions(context, settings, devices);
}

/** A request that has a new code. */
interface NewCode {
  readonly request: FactorRequest;
  readonly device: SecretDevice;
  /** Null: the factor has none that is sent. */
  readonly code: string | null;
  /** How long the code is good. */
  readonly minutes: number;
}

/**
 * Sends a code for a request, or a new one: the one before is good no more. For an enrollment and for a proof alike.
 * @throws FactorError for a request that is over, for too many codes, and for a locked account
 */
export async function sendCode(
  context: RequestContext,
  user: StoredResource,
  requestId: string,
): Promise<Omit<NewCode, 'code'>> {
  const { code, ...sent } = await newCode(context, user, requestId);
  if (code !== null) await deliver(context, user, sent, code);
  return sent;
}

/**
 * As `sendCode`, for a client that sends the code to the user itself (flows.md E, userFlowControlledByExternalClient).
 * @throws FactorError as `sendCode`
 */
export async function takeCode(context: RequestContext, user: StoredResource, requestId: string): Promise<string> {
  const { code } = await newCode(context, user, requestId);
  if (code === null) throw challengeRefused('no code is sent for this factor.');
  return code;
}

async function newCode(context: RequestContext, user: StoredResource, requestId: string): Promise<NewCode> {
  const settings = await factorSettings(context);
  const most = mostNotifications(settings);
  const sent = await whileOpen(context, user.id, async (session, owner) => {
    const request = await heldRequest(context, session, requestId, user.id);
    if (request === null || request.deviceId === null) throw statusNotFound();
    requireFactor(settings, request.factor);
    const device = await deviceOf(context, session, user.id, request.deviceId);
    if (!CODE_FACTORS.has(request.factor)) return { request, device, code: null, minutes: 0 };
    if (request.sent >= most) throw challengeRefused(`No more codes are sent for this request: ${most} were.`);
    if (request.scenario === 'AUTHENTICATION' && (await isOneTooMany(context, session, settings, owner))) return null;
    const kind = request.factor === 'EMAIL' ? 'email' : 'sms';
    const code = newDigits(context.ids, settings.number('totpSettings', `${kind}PasscodeLength`, 6));
    const minutes = settings.number('totpSettings', `${kind}OtpValidityDurationInMins`, 10);
    const changed: FactorRequest = {
      ...request,
      sent: request.sent + 1,
      codeHash: codeHash(requestId, code),
      codeExpires: context.clock.now() + minutes * MINUTE,
    };
    await changeRequest(context, session, requestId, changed);
    return { request: changed, device, code, minutes };
  });
  if (sent === 'locked') throw accountLocked();
  if (sent === null) throw tooManyAttempts(user);
  return sent;
}

/** A request of a user as it stands. @throws FactorError when it is over or somebody else's */
export async function requestOf(context: RequestContext, userId: string, requestId: string): Promise<FactorRequest> {
  const request = await readRequest(context, requestId);
  if (request === null || request.userId !== userId) throw statusNotFound();
  return request;
}

/** The mail address of an EMAIL device, in full; null for others. */
export function addressOf({ secret }: SecretDevice): string | null {
  return typeof secret?.['address'] === 'string' ? secret['address'] : null;
}

async function usableDevice(
  context: RequestContext,
  user: StoredResource,
  factor: Factor,
  deviceId: string | null,
): Promise<SecretDevice> {
  if (deviceId === null) throw challengeRefused(`the ${factor} factor needs a deviceId.`);
  const device = await deviceOf(context, context.store, user.id, deviceId);
  if (!factorsOf(device).includes(factor)) throw challengeRefused(`the device has no ${factor} factor.`);
  if (!isEnrolled(device)) throw challengeRefused('the enrollment of the device is not finished.');
  return device;
}

/** As many of the user's questions as are to be answered, chosen at random. */
async function chosenQuestions(context: RequestContext, user: StoredResource): Promise<readonly SetUpQuestion[]> {
  const all = [...questionsOf(user.data)];
  if (all.length === 0) throw challengeRefused('the user has not set up security questions.');
  const chosen: SetUpQuestion[] = [];
  const needed = await answersNeeded(context);
  while (chosen.length < needed && all.length > 0) {
    const at = context.ids.bytes(4).readUInt32BE() % all.length;
    chosen.push(...all.splice(at, 1));
  }
  return chosen;
}

/**
 * Whether a user has been notified too often without an answer, which locks the account. Only where
 * `maxMfaNotificationAttempts` is set: that it is about the account then is inferred from its being set together with the limit of
 * wrong codes (flows.md E4).
 */
async function isOneTooMany(
  context: RequestContext,
  session: StoreSession,
  settings: FactorSettings,
  user: StoredResource,
): Promise<boolean> {
  const most = settings.number('endpointRestrictions', 'maxMfaNotificationAttempts', 0);
  if (most === 0 || (await countNotification(context, session, user.id)) <= most) return false;
  await lockAccount(context, session, user);
  return true;
}

async function push(
  { inbox, domain }: RequestContext,
  user: StoredResource,
  device: StoredResource,
  requestId: string,
): Promise<void> {
  const data = { text: 'Allow the sign-in?', event: 'push', requestId, userName: user.data['userName'] ?? null };
  await inbox?.deliver(domain, { channel: 'push', to: device.id, subject: null, data });
}

async function deliver(
  context: RequestContext,
  user: StoredResource,
  { device, request: { factor }, minutes }: Omit<NewCode, 'code'>,
  code: string,
): Promise<void> {
  if (factor === 'EMAIL') {
    const variables = { validity: String(minutes) };
    const to = addressOf(device) ?? '';
    await notify(context, user, { event: 'authentication.emailotp.notification', code, variables, to });
    return;
  }
  const { inbox, domain } = context;
  const data = { text: `Your one-time passcode is ${code}.`, code, event: 'passcode' };
  const to = numberOf(device.data) ?? '';
  // A call is what an SMS is, read aloud.
  const how = factor === 'PHONE_CALL' ? { ...data, factor } : data;
  await inbox?.deliver(domain, { channel: 'sms', to, subject: null, data: how });
}
