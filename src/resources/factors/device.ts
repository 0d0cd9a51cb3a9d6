import { newId } from '../../ids.ts';
import { resourceType } from '../../schemas/registry.ts';
import { badRequest, ScimError } from '../../scim/errors.ts';
import { isObject, type JsonObject } from '../../scim/json.ts';
import type { StoredResource, StoreSession } from '../../store/store.ts';
import { authorOf } from '../pipeline/author.ts';
import type { RequestContext } from '../request-context.ts';
import { credentialsOf, ownerOf } from '../user-credential.ts';
import type { Enrollment } from './enrollment.ts';

/*
 * The devices of users: what a second factor is proved with. A phone number and a mail address are devices, too. Rows are made by
 * enrollment alone; users rename and delete theirs.
 */

export const DEVICE = 'MyDevice';

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
  return (await devicesOf(session, domainId, userId)).filter(({ data }) => data['status'] === 'ENROLLED');
}

/** The caller's own device with its secret. @throws ScimError 400 when there is none */
export async function ownDevice(
  { caller, domain }: RequestContext,
  session: Pick<StoreSession, 'resources'>,
  id: string,
): Promise<StoredResource & { secret: JsonObject | null }> {
  const device = await session.resources.readWithSecret(domain.id, DEVICE, id);
  if (device === null || ownerOf(device.data) !== caller.id) {
    throw badRequest(`deviceId must be the id of one of your devices; ${id} is none.`);
  }
  return device;
}

/** The factors of a device. */
export function factorsOf({ data }: Pick<StoredResource, 'data'>): readonly string[] {
  const factors = data['authenticationFactors'];
  return Array.isArray(factors) ? factors.filter(isObject).map(({ type }) => String(type)) : [];
}

/** Makes a device that is not proved yet; what was begun with the same factors and not finished goes. */
export async function insertDevice(
  context: RequestContext,
  session: StoreSession,
  id: string,
  device: Pick<Enrollment, 'factors' | 'data' | 'secret'>,
): Promise<void> {
  const { domain, ids, clock, caller } = context;
  const type = resourceType(DEVICE);
  for (const old of await devicesOf(session, domain.id, caller.id)) {
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
    user: { value: caller.id, display: caller.display, ...(caller.ocid === null ? {} : { ocid: caller.ocid }) },
    authenticationFactors: device.factors.map((factor) => ({ type: factor, status: 'INITIATED' })),
  };
  const write = { id, ocid: null, version: newId(ids), lastModified: now, data, secret: device.secret };
  await session.resources.insert(domain.id, { type, ...write }, now);
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

/** What a device has after a proof: it is in use, and seen now. */
export function enrolled(device: StoredResource, now: number): JsonObject {
  return {
    status: 'ENROLLED',
    lastSyncTime: new Date(now).toISOString(),
    authenticationFactors: factorsOf(device).map((type) => ({ type, status: 'ENROLLED' })),
  };
}
