import { isDeepStrictEqual } from 'node:util';
import { newId } from '../ids.ts';
import { authorOf } from '../resources/pipeline/author.ts';
import { danglingReference } from '../resources/pipeline/dangling-reference.ts';
import type { RequestContext } from '../resources/request-context.ts';
import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { enrolledDevices, factorsOf } from './device.ts';
import { partOf } from './factor-settings.ts';

/** The extension of User that says how the user's second factors stand. */
export const MFA_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:mfa:User';
export const SECURITY_QUESTIONS_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:securityQuestions:User';

/** The preferred factor, and the device that it is proved with. */
export interface Preference {
  readonly factor: string;
  readonly deviceId: string | null;
}

/** Whether the user has answered security questions. */
export function hasSecurityQuestions(data: JsonObject): boolean {
  const questions = partOf(data, SECURITY_QUESTIONS_URN)['secQuestions'];
  return Array.isArray(questions) && questions.length > 0;
}

/**
 * Makes a user's `…mfa:User` say what is so: enrolled or not, and a preferred factor that there is. The row is locked.
 * @param change `prefer`: makes this the preferred one; `loginAttempts`: wrong codes in a row
 * @returns the extension afterwards
 */
export async function settleMfa(
  context: RequestContext,
  session: StoreSession,
  userId: string,
  change: { readonly prefer?: Preference; readonly loginAttempts?: number } = {},
): Promise<JsonObject> {
  const { domain, ids, clock } = context;
  const user = await session.resources.readWithSecret(domain.id, 'User', userId, { lock: true });
  if (user === null) return {};
  const devices = await enrolledDevices(session, domain.id, userId);
  const before = partOf(user.data, MFA_URN);
  const after = mfaOf(user, devices, change.prefer ?? null, clock.now());
  if (change.loginAttempts !== undefined) after['loginAttempts'] = change.loginAttempts;
  if (isDeepStrictEqual(before, after)) return after;
  const data = { ...user.data, [MFA_URN]: after, idcsLastModifiedBy: authorOf(context) };
  const write = { id: user.id, ocid: user.ocid, version: newId(ids), lastModified: clock.now(), data };
  await session.resources.update(domain.id, { type: resourceType('User'), ...write }, null);
  return after;
}

function mfaOf(
  user: StoredResource,
  devices: readonly StoredResource[],
  prefer: Preference | null,
  now: number,
): JsonObject {
  const { preferredAuthenticationFactor, preferredDevice, ...rest } = partOf(user.data, MFA_URN);
  if (devices.length === 0 && !hasSecurityQuestions(user.data)) {
    const { mfaEnabledOn: _, ...others } = rest;
    return { ...others, mfaStatus: 'UN_ENROLLED', loginAttempts: 0 };
  }
  const deviceId = isObject(preferredDevice) ? String(preferredDevice['value']) : null;
  const wished = prefer ?? { factor: String(preferredAuthenticationFactor), deviceId };
  const { factor, deviceId: id } = isPossible(user, devices, wished) ? wished : firstOf(devices);
  return {
    mfaEnabledOn: new Date(now).toISOString(),
    loginAttempts: 0,
    ...rest,
    mfaStatus: 'ENROLLED',
    preferredAuthenticationFactor: factor,
    ...(id === null ? {} : { preferredDevice: { value: id, ...displayOf(devices, id) } }),
  };
}

function isPossible(
  user: StoredResource,
  devices: readonly StoredResource[],
  { factor, deviceId }: Preference,
): boolean {
  if (factor === 'SECURITY_QUESTIONS') return hasSecurityQuestions(user.data);
  return devices.some((device) => device.id === deviceId && factorsOf(device).includes(factor));
}

/** What was enrolled first is preferred until the user says otherwise. */
function firstOf([device]: readonly StoredResource[]): Preference {
  if (device === undefined) return { factor: 'SECURITY_QUESTIONS', deviceId: null };
  return { factor: factorsOf(device)[0]!, deviceId: device.id };
}

function displayOf(devices: readonly StoredResource[], id: string): JsonObject {
  const display = devices.find((device) => device.id === id)?.data['displayName'];
  return typeof display === 'string' ? { display } : {};
}

/**
 * Checks the preferred factor and device of a PUT or PATCH of a user: only what is enrolled can be preferred.
 * @throws ScimError 400 naming the attribute
 */
export async function checkPreference(
  context: RequestContext,
  before: JsonObject,
  user: StoredResource,
): Promise<void> {
  const after = partOf(user.data, MFA_URN);
  const { preferredAuthenticationFactor: factor, preferredDevice: device } = after;
  const known = partOf(before, MFA_URN);
  const same = known['preferredAuthenticationFactor'] === factor && isDeepStrictEqual(known['preferredDevice'], device);
  if (same || (factor === undefined && device === undefined)) return;
  const devices = await enrolledDevices(context.store, context.domain.id, user.id);
  const deviceId = isObject(device) ? String(device['value']) : null;
  if (deviceId !== null && !devices.some(({ id }) => id === deviceId)) {
    throw danglingReference(resourceType('User'), 'preferredDevice', 'Device', deviceId);
  }
  const ofDevice = deviceId === null ? devices : devices.filter(({ id }) => id === deviceId);
  if (factor === undefined || (factor === 'SECURITY_QUESTIONS' && hasSecurityQuestions(user.data))) return;
  if (ofDevice.some((one) => factorsOf(one).includes(String(factor)))) return;
  throw badRequest(
    `${MFA_URN}:preferredAuthenticationFactor must be a factor that is enrolled; ${String(factor)} is not.`,
  );
}
