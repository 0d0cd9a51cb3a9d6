import { newId } from '../../ids.ts';
import { badRequest, type ScimError } from '../../scim/errors.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { StoredResource, StoreSession } from '../../store/store.ts';
import type { ActionResult, Behaviour, Draft } from '../behaviour.ts';
import type { RequestContext } from '../request-context.ts';
import { primaryAddress } from '../user-mail.ts';
import { enrolledDevices, factorsOf, insertDevice } from './device.ts';
import type { Begun, Enrollment } from './enrollment.ts';
import { beginRequest, newRequestId } from './factor-request.ts';
import { type FactorSettings, factorSettings, requireFactor } from './factor-settings.ts';
import { maskedAddress, maskedNumber } from './masks.ts';
import { functionMeta, namedCaller, userReference } from './my-user.ts';
import { phoneAppEnrollment, totpEnrollment } from './phone-app.ts';

const TYPE = 'MyAuthenticationFactorEnroller';

/** MyAuthenticationFactorEnroller: begins the enrollment of a device; MyAuthenticationFactorValidator ends it. */
export const enrollerBehaviour: Behaviour = {
  type: TYPE,
  actions: { create: enroll },
};

async function enroll(context: RequestContext, { data }: Draft): Promise<ActionResult> {
  const { store, domain, ids, clock } = context;
  const user = await namedCaller(context, TYPE, data['user']);
  const settings = await factorSettings(context);
  const factor = soleFactor(data['authnFactors']);
  requireFactor(settings, factor);
  const dated = factor === 'SMS' || factor === 'EMAIL';
  const requestId = newRequestId(ids, clock.now(), dated);
  const deviceId = newId(ids);
  const enrollment = await enrollmentOf(context, settings, user, factor, data, { deviceId, requestId });
  await store.transaction(async (session) => {
    // Held, so that of several at once none gets past the limit.
    await session.resources.readWithSecret(domain.id, 'User', user.id, { lock: true });
    await checkOthers(context, session, settings, user.id, enrollment);
    await insertDevice(context, session, deviceId, enrollment);
    const { lifetime } = enrollment;
    const length = lifetime === undefined ? {} : { lifetime };
    await beginRequest(context, session, { deviceId, scenario: 'ENROLLMENT' }, { dated, requestId, ...length });
  });
  const shown = { ...data, user: userReference(context, user), ...enrollment.shown };
  return {
    status: 201,
    locationKey: null,
    data: { ...shown, meta: functionMeta(context, TYPE), deviceId, requestId },
  };
}

function soleFactor(factors: unknown): string {
  const names = Array.isArray(factors) ? factors.map(String) : [];
  // IDCS: main-0308: a phone app is enrolled for PUSH and TOTP at once.
  if (names.includes('PUSH') && names.every((name) => name === 'PUSH' || name === 'TOTP')) return 'PUSH';
  if (names.length === 1) return names[0]!;
  throw badRequest(`${TYPE}.authnFactors must have one factor.`);
}

async function enrollmentOf(
  context: RequestContext,
  settings: FactorSettings,
  user: StoredResource,
  factor: string,
  data: JsonObject,
  begun: Begun,
): Promise<Enrollment> {
  switch (factor) {
    case 'SMS':
      return smsEnrollment(data);
    case 'EMAIL':
      return emailEnrollment(user, data);
    case 'TOTP':
      return data['isDeviceOffline'] === true
        ? totpEnrollment(context, settings, user, data, begun)
        : phoneAppEnrollment(context, settings, user, data, begun, ['TOTP']);
    case 'PUSH':
      return phoneAppEnrollment(context, settings, user, data, begun, ['PUSH', 'TOTP']);
    default:
      throw badRequest(`${TYPE}.authnFactors can not be ${factor}: that is not enrolled here.`);
  }
}

function smsEnrollment({ phoneNumber, countryCode, displayName }: JsonObject): Enrollment {
  const number = typeof phoneNumber === 'string' ? phoneNumber : '';
  const code = typeof countryCode === 'string' ? countryCode : '';
  const digits = number.replace(/[ ().-]/g, '');
  const whole = code === '' ? /^\+?[0-9]{6,15}$/ : /^[0-9]{4,14}$/;
  if (!whole.test(digits) || !/^(?:\+[0-9]{1,4})?$/.test(code)) throw invalidNumber(code + number);
  const masked = maskedNumber(digits);
  return {
    factors: ['SMS'],
    data: {
      phoneNumber: digits,
      ...(code === '' ? {} : { countryCode: code }),
      displayName: typeof displayName === 'string' && displayName !== '' ? displayName : code + masked,
    },
    secret: null,
    shown: { phoneNumber: masked, displayName: displayName ?? code + masked },
  };
}

/** IDCS: errors.tsv, with its additional data. */
function invalidNumber(number: string): ScimError {
  const messageId = 'error.ssocommon.auth.invalidPhoneNumber';
  return badRequest(`Your phone number ${number} is not valid.`, messageId, { params: number, msgId: messageId });
}

/** IDCS: shapes.md §6 and §5: codes go to the user's primary address; the device shows it masked. */
function emailEnrollment(user: StoredResource, { displayName }: JsonObject): Enrollment {
  const address = primaryAddress(user.data);
  if (address === null) throw badRequest('The EMAIL factor needs a user with a mail address.');
  const name = typeof displayName === 'string' && displayName !== '' ? displayName : maskedAddress(address);
  return { factors: ['EMAIL'], data: { displayName: name }, secret: { address }, shown: { displayName: name } };
}

async function checkOthers(
  { domain }: RequestContext,
  session: StoreSession,
  settings: FactorSettings,
  userId: string,
  { factors, data }: Enrollment,
): Promise<void> {
  const devices = await enrolledDevices(session, domain.id, userId);
  const most = settings.number('endpointRestrictions', 'maxEnrolledDevices', 5);
  if (devices.length >= most) {
    throw badRequest(
      `The user has reached the maximum of ${most} enrolled devices (AuthenticationFactorSettings.endpointRestrictions.maxEnrolledDevices).`,
    );
  }
  const same = devices.filter((device) => factorsOf(device).join() === factors.join());
  const { phoneNumber, countryCode } = data;
  // IDCS: errors.tsv AUTH-1031; that this API says so, too, is inferred.
  if (
    factors[0] === 'SMS' &&
    same.some(({ data: other }) => other['phoneNumber'] === phoneNumber && other['countryCode'] === countryCode)
  ) {
    throw badRequest(
      `The phone number ${String(countryCode ?? '')}${String(phoneNumber)} is already enrolled for the user.`,
    );
  }
  if (factors[0] === 'EMAIL' && same.length > 0) throw badRequest('The EMAIL factor is already enrolled for the user.');
}
