import { newId } from '../ids.ts';
import { authorOf } from '../resources/pipeline/author.ts';
import type { RequestContext } from '../resources/request-context.ts';
import { credentialsOf, ownerOf } from '../resources/user-credential.ts';
import { resourceType } from '../schemas/registry.ts';
import { ScimError } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { deviceNotFound } from './factor-error.ts';

/*
 * The devices of users: what a second factor is proved with. A phone number, a mail address and a passkey are devices, too. Rows are
 * made by enrollment alone; users rename and delete theirs.
 */

export const DEVICE = 'MyDevice';

/** A device with what is never shown of it. */
export type SecretDevice = StoredResource & { readonly secret: JsonObject | null };

/** A device that an enrollment makes. */
export interface NewDevice {
  readonly factors: readonly string[];
  readonly data: JsonObject;
  readonly secret: JsonObject | null;
}

/** A user's devices, whatever their state, oldest first. */
export function devicesOf(
  session: Pick<StoreSession, 'resources'>,
  domainId: number,
  userId: string,
): Promise<readonly StoredResource[]> {
  return credentialsOf(session, domainId, DEVICE, userId);
}

/** A user's devices that are of use, oldest first. */
export async function enrolledDevices(
  session: Pick<StoreSession, 'resources'>,
  domainId: number,
  userId: string,
): Promise<readonly StoredResource[]> {
  return (await devicesOf(session, domainId, userId)).filter(isEnrolled);
}

/** Whether a device was proved, to sign in with. */
export function isEnrolled(device: Pick<StoredResource, 'data'>): boolean {
  return device.data['status'] === 'ENROLLED' && !isForRecoveryOnly(device);
}

/**
 * Whether a device was proved, and is for account recovery alone: no factor of it is enrolled. IDCS: authn-0153: it is no second
 * factor until the user says so; how its row says it is inferred.
 */
export function isRecoveryDevice(device: Pick<StoredResource, 'data'>): boolean {
  return device.data['status'] === 'ENROLLED' && isForRecoveryOnly(device);
}

function isForRecoveryOnly({ data }: Pick<StoredResource, 'data'>): boolean {
  const factors = data['authenticationFactors'];
  const enrolled = Array.isArray(factors) && factors.some((one) => isObject(one) && one['status'] === 'ENROLLED');
  return data['isAccRecEnabled'] === true && !enrolled;
}

/** A user's device with its secret. @throws FactorError when there is none */
export async function deviceOf(
  { domain }: Pick<RequestContext, 'domain'>,
  session: Pick<StoreSession, 'resources'>,
  userId: string,
  id: string,
): Promise<SecretDevice> {
  const device = await session.resources.readWithSecret(domain.id, DEVICE, id);
  if (device === null || ownerOf(device.data) !== userId) throw deviceNotFound(id);
  return device;
}

/** A user's passkeys with their secrets, oldest first. */
export async function passkeysOf(
  context: Pick<RequestContext, 'domain'>,
  session: Pick<StoreSession, 'resources'>,
  userId: string,
): Promise<readonly SecretDevice[]> {
  const passkeys: SecretDevice[] = [];
  for (const device of await enrolledDevices(session, context.domain.id, userId)) {
    if (!factorsOf(device).includes('FIDO_AUTHENTICATOR')) continue;
    passkeys.push(await deviceOf(context, session, userId, device.id));
  }
  return passkeys;
}

/** The factors of a device. */
export function factorsOf({ data }: Pick<StoredResource, 'data'>): readonly string[] {
  const factors = data['authenticationFactors'];
  return Array.isArray(factors) ? factors.filter(isObject).map(({ type }) => String(type)) : [];
}

/** What a device is called; null: it has no name. */
export function nameOfDevice({ data }: Pick<StoredResource, 'data'>): string | null {
  return typeof data['displayName'] === 'string' ? data['displayName'] : null;
}

/** The number of a phone, with its country code; null: it has none. */
export function numberOf({ phoneNumber, countryCode }: JsonObject): string | null {
  if (typeof phoneNumber !== 'string' || phoneNumber === 'null') return null;
  return `${typeof countryCode === 'string' ? countryCode : ''}${phoneNumber}`;
}

/** Makes a device that is not proved yet; what was begun with the same factors and not finished goes. */
export async function insertDevice(
  context: RequestContext,
  session: StoreSession,
  user: StoredResource,
  id: string,
  device: NewDevice,
): Promise<void> {
  const { domain, ids, clock } = context;
  for (const old of await devicesOf(session, domain.id, user.id)) {
    if (old.data['status'] === 'ENROLLED' || factorsOf(old).join() !== device.factors.join()) continue;
    await session.resources.delete(domain.id, DEVICE, old.id, null);
  }
  const now = clock.now();
  const author = authorOf(context);
  const data: JsonObject = {
    idcsCreatedBy: author,
    idcsLastModifiedBy: { ...author },
    status: 'INITIATED',
    isAccRecEnabled: false,
    // IDCS: shapes.md §5: the text "null" for what is no phone number.
    phoneNumber: 'null',
    ...device.data,
    user: referenceTo(user),
    authenticationFactors: device.factors.map((factor) => ({ type: factor, status: 'INITIATED' })),
  };
  const write = { id, ocid: null, version: newId(ids), lastModified: now, data, secret: device.secret };
  await session.resources.insert(domain.id, { type: resourceType(DEVICE), ...write }, now);
}

/** How rows of factors name their user. */
export function referenceTo({ id, ocid, data }: StoredResource): JsonObject {
  const display = data['displayName'] ?? data['userName'];
  return { value: id, ...(display === undefined ? {} : { display }), ...(ocid === null ? {} : { ocid }) };
}

/** Changes a device. @param secret left out: as it was */
export async function updateDevice(
  context: RequestContext,
  session: StoreSession,
  device: StoredResource,
  changes: JsonObject,
  secret?: JsonObject,
): Promise<void> {
  const { domain, ids, clock } = context;
  const data = { ...device.data, ...changes, idcsLastModifiedBy: authorOf(context) };
  const { id, ocid } = device;
  const write = { id, ocid, version: newId(ids), lastModified: clock.now(), data };
  const kept = secret === undefined ? {} : { secret };
  if (await session.resources.update(domain.id, { type: resourceType(DEVICE), ...write, ...kept }, null)) return;
  throw new ScimError(404, `MyDevice with ID ${id} was not found.`);
}

/** What a device has after a proof: it is in use, and seen now. @param now milliseconds since the epoch */
export function proved(device: StoredResource, now: number): JsonObject {
  const time = new Date(now).toISOString();
  return {
    status: 'ENROLLED',
    lastSyncTime: time,
    lastValidatedTime: time,
    ...(isForRecoveryOnly(device) ? {} : asSecondFactor(device)),
  };
}

/** What makes a device one to sign in with. */
export function asSecondFactor(device: StoredResource): JsonObject {
  return { authenticationFactors: factorsOf(device).map((type) => ({ type, status: 'ENROLLED' })) };
}
