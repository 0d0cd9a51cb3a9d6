import { newId } from '../ids.ts';
import type { RequestContext } from '../resources/request-context.ts';
import { primaryAddress } from '../resources/user-mail.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import {
  asSecondFactor,
  DEVICE,
  deviceOf,
  devicesOf,
  enrolledDevices,
  factorsOf,
  insertDevice,
  isEnrolled,
  isRecoveryDevice,
  type NewDevice,
  nameOfDevice,
  numberOf,
  passkeysOf,
  proved,
  updateDevice,
} from './device.ts';
import { CODE_FACTORS, type Factor } from './factor.ts';
import {
  alreadyEnrolled,
  deviceNotFound,
  enrollmentRefused,
  invalidPhoneNumber,
  tooManyDevices,
} from './factor-error.ts';
import { beginRequest, newRequestId } from './factor-request.ts';
import { type FactorSettings, factorSettings, requireFactor } from './factor-settings.ts';
import { maskedAddress, maskedNumber } from './masks.ts';
import { settleMfa } from './mfa-state.ts';
import { type PasskeyOptions, registrationOptions } from './passkeys.ts';
import { phoneAppEnrollment, totpEnrollment } from './phone-app.ts';

/*
 * The enrollment of a device: begun here, its code sent by `sendCode`, ended by `checkAnswer`. Security questions are enrolled by a
 * change of the user (security-questions.ts).
 */

/** What somebody wants to enroll. */
export interface EnrollmentWish {
  readonly factor: Factor;
  readonly displayName?: string | undefined;
  /** SMS and PHONE_CALL. */
  readonly phoneNumber?: string | undefined;
  /** `+44`; left out: it is in the number. */
  readonly countryCode?: string | undefined;
  /** TOTP: by any authenticator app, from a secret in the QR code. False: by Oracle's, which asks the service. */
  readonly offline?: boolean | undefined;
  /** TOTP: the secret of an app that has one already, base32. */
  readonly sharedSecret?: string | undefined;
  /** EMAIL: another address than the user's primary one. */
  readonly address?: string | undefined;
  /** The device is for account recovery. */
  readonly forRecovery?: boolean | undefined;
}

/** An enrollment that was begun. */
export interface BegunEnrollment {
  readonly requestId: string;
  readonly deviceId: string;
  readonly factors: readonly string[];
  /** What the device is called; of a mail address, and of a number without a name, a mask. */
  readonly displayName: string;
  /** The number, masked; null: there is none. */
  readonly maskedNumber: string | null;
  /** Where codes are mailed; null: nowhere. */
  readonly address: string | null;
  /** For an authenticator app; null: nothing is scanned. */
  readonly qrCode: QrCode | null;
  /** The secret of an offline app, base32. */
  readonly sharedSecret: string | null;
  /** What `navigator.credentials.create` is asked for a passkey; null for other factors. */
  readonly passkey: JsonObject | null;
}

export interface QrCode {
  /** `otpauth://…`. */
  readonly content: string;
  /** A PNG. */
  readonly image: Buffer;
}

/** What the factors make of a wish. */
export interface PlannedEnrollment {
  readonly device: NewDevice;
  readonly shown: Pick<BegunEnrollment, 'displayName' | 'maskedNumber' | 'address' | 'qrCode' | 'sharedSecret'>;
  /** How long it can be finished, in milliseconds; left out: as long as others. */
  readonly lifetime?: number;
  readonly passkey?: PasskeyOptions;
}

/** By what an enrollment is known. */
export interface EnrollmentNames {
  readonly deviceId: string;
  readonly requestId: string;
}

/**
 * Begins an enrollment. Nothing is sent yet.
 * @throws FactorError when the factor is off, the number is none, or the user has too many devices
 */
export async function beginEnrollment(
  context: RequestContext,
  user: StoredResource,
  wish: EnrollmentWish,
): Promise<BegunEnrollment> {
  const { store, ids, clock } = context;
  const settings = await factorSettings(context);
  requireFactor(settings, wish.factor);
  const names = {
    requestId: newRequestId(ids, clock.now(), CODE_FACTORS.has(wish.factor)),
    deviceId: newId(ids),
  };
  const { device, shown, lifetime, passkey } = await plan(context, settings, user, wish, names);
  const marked = wish.forRecovery === true ? { ...device, data: { ...device.data, isAccRecEnabled: true } } : device;
  await store.transaction(async (session) => {
    await checkOthers(context, session, settings, user.id, marked);
    await insertDevice(context, session, user, names.deviceId, marked);
    const about = { deviceId: names.deviceId, userId: user.id, factor: wish.factor, scenario: 'ENROLLMENT' as const };
    const asked = { ...about, challenge: passkey?.challenge ?? null };
    await beginRequest(context, session, names.requestId, asked, lifetime);
  });
  return { ...names, factors: device.factors, ...shown, passkey: passkey?.options ?? null };
}

/**
 * Enrolls at once, for an administrator who vouches for the device (shapes.md §10, skipFactorVerification).
 * @throws FactorError as `beginEnrollment`
 */
export async function enrollUnproved(
  context: RequestContext,
  user: StoredResource,
  wish: EnrollmentWish,
): Promise<BegunEnrollment> {
  if (wish.factor === 'PUSH' || wish.factor === 'FIDO_AUTHENTICATOR') {
    throw enrollmentRefused(`${wish.factor} can not skip verification.`);
  }
  const begun = await beginEnrollment(context, user, wish);
  await context.store.transaction(async (session) => {
    await session.resources.readWithSecret(context.domain.id, 'User', user.id, { lock: true });
    const device = await deviceOf(context, session, user.id, begun.deviceId);
    await updateDevice(context, session, device, proved(device, context.clock.now()));
    await settleMfa(context, session, user.id);
  });
  return begun;
}

/**
 * Makes a device that was proved for account recovery one to sign in with, too.
 * @param deviceId null: the only one
 * @returns its name
 * @throws FactorError when the user has no such device, or one too many
 */
export async function useRecoveryDevice(
  context: RequestContext,
  user: StoredResource,
  factor: Factor,
  deviceId: string | null,
): Promise<string> {
  const settings = await factorSettings(context);
  requireFactor(settings, factor);
  return context.store.transaction(async (session) => {
    await session.resources.readWithSecret(context.domain.id, 'User', user.id, { lock: true });
    const devices = (await devicesOf(session, context.domain.id, user.id)).filter(isRecoveryDevice);
    const device = devices.find((one) => factorsOf(one).includes(factor) && (deviceId === null || one.id === deviceId));
    if (device === undefined) throw deviceNotFound(deviceId ?? '');
    await checkOthers(context, session, settings, user.id, { factors: [factor], data: device.data });
    await updateDevice(context, session, device, asSecondFactor(device));
    await settleMfa(context, session, user.id);
    return nameOfDevice(device) ?? '';
  });
}

/** Gives up what was begun and not finished. @returns false when there is nothing of the kind */
export async function cancelEnrollment(
  context: RequestContext,
  user: StoredResource,
  deviceId: string,
): Promise<boolean> {
  const { domain, store } = context;
  return store.transaction(async (session) => {
    await session.resources.readWithSecret(domain.id, 'User', user.id, { lock: true });
    const device = await session.resources.read(domain.id, DEVICE, deviceId);
    if (device === null || isEnrolled(device)) return false;
    await deviceOf(context, session, user.id, deviceId);
    return session.resources.delete(domain.id, DEVICE, deviceId, null);
  });
}

async function plan(
  context: RequestContext,
  settings: FactorSettings,
  user: StoredResource,
  wish: EnrollmentWish,
  names: EnrollmentNames,
): Promise<PlannedEnrollment> {
  switch (wish.factor) {
    case 'SMS':
    case 'PHONE_CALL':
      return phone(wish);
    case 'EMAIL':
      return mail(user, wish);
    case 'TOTP':
      return wish.offline === true
        ? totpEnrollment(context, settings, user, wish, names)
        : phoneAppEnrollment(context, settings, user, wish, names, ['TOTP']);
    case 'PUSH':
      // IDCS: main-0308: a phone app is enrolled for PUSH and TOTP at once.
      return phoneAppEnrollment(context, settings, user, wish, names, ['PUSH', 'TOTP']);
    case 'FIDO_AUTHENTICATOR':
      return passkeyEnrollment(context, settings, user, wish);
    default:
      throw enrollmentRefused(`authnFactors can not be ${wish.factor}: that is not enrolled here.`);
  }
}

function phone({ factor, phoneNumber = '', countryCode = '', displayName }: EnrollmentWish): PlannedEnrollment {
  const digits = phoneNumber.replace(/[ ().-]/g, '');
  const whole = countryCode === '' ? /^\+?[0-9]{6,15}$/ : /^[0-9]{4,14}$/;
  if (!whole.test(digits) || !/^(?:\+[0-9]{1,4})?$/.test(countryCode)) {
    throw invalidPhoneNumber(`${countryCode}${phoneNumber}`.slice(0, 100));
  }
  const masked = maskedNumber(digits, countryCode);
  const name = named(displayName) ?? countryCode + masked;
  const data = { phoneNumber: digits, ...(countryCode === '' ? {} : { countryCode }), displayName: name };
  return {
    device: { factors: [factor], data, secret: null },
    shown: { displayName: name, maskedNumber: masked, address: null, qrCode: null, sharedSecret: null },
  };
}

/** IDCS: shapes.md §6 and §5: codes go to the user's primary address; the device shows it masked. */
function mail(user: StoredResource, { displayName, address: other }: EnrollmentWish): PlannedEnrollment {
  const address = other ?? primaryAddress(user.data);
  if (address === null) throw enrollmentRefused('The EMAIL factor needs a user with a mail address.');
  const name = named(displayName) ?? maskedAddress(address);
  return {
    device: { factors: ['EMAIL'], data: { displayName: name }, secret: { address } },
    shown: { displayName: name, maskedNumber: null, address, qrCode: null, sharedSecret: null },
  };
}

async function passkeyEnrollment(
  context: RequestContext,
  settings: FactorSettings,
  user: StoredResource,
  { displayName }: EnrollmentWish,
): Promise<PlannedEnrollment> {
  const passkeys = await passkeysOf(context, context.store, user.id);
  const passkey = await registrationOptions(context, settings, user, passkeys);
  const name = named(displayName) ?? 'Passkey';
  return {
    device: { factors: ['FIDO_AUTHENTICATOR'], data: { displayName: name }, secret: {} },
    shown: { displayName: name, maskedNumber: null, address: null, qrCode: null, sharedSecret: null },
    lifetime: passkey.timeout,
    passkey,
  };
}

function named(displayName: string | undefined): string | undefined {
  return displayName === '' ? undefined : displayName;
}

/**
 * Under the user's lock, so that of several at once none gets past the limit.
 * @throws FactorError for one device too many, and for one that the user has
 */
export async function checkOthers(
  { domain }: RequestContext,
  session: StoreSession,
  settings: FactorSettings,
  userId: string,
  { factors, data }: Pick<NewDevice, 'factors' | 'data'>,
): Promise<void> {
  await session.resources.readWithSecret(domain.id, 'User', userId, { lock: true });
  const devices = await enrolledDevices(session, domain.id, userId);
  const most = settings.number('endpointRestrictions', 'maxEnrolledDevices', 5);
  if (devices.length >= most) throw tooManyDevices(most);
  const same = devices.filter((device) => factorsOf(device).join() === factors.join());
  const number = numberOf(data);
  if (number !== null && same.some((device) => numberOf(device.data) === number)) throw alreadyEnrolled(number);
  if (factors[0] === 'EMAIL' && same.length > 0) {
    throw enrollmentRefused('The EMAIL factor is already enrolled for the user.');
  }
}
