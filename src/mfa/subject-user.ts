import { accountLocked } from '../factors/factor-error.ts';
import { isLockedNow } from '../resources/current-lock.ts';
import type { RequestContext } from '../resources/request-context.ts';
import type { JsonValue } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { badValue, mfaError, missingParameter, userNotFound } from './mfa-error.ts';

const ID_TYPES = ['USER_GUID', 'USER_NAME'];

/** The user that a path names, by id or OCID. @throws ScimError AUTH-3018, 404 */
export async function userByGuid({ store, domain }: RequestContext, guid: string): Promise<StoredResource> {
  const user = guid.includes('\0') ? null : await store.resources.read(domain.id, 'User', guid);
  if (user === null) throw userNotFound();
  return user;
}

/** The user that `userId` and `userIdType` name. @throws ScimError AUTH-1001 or AUTH-1111, 400; AUTH-3018, 404 */
export async function userByIdType(
  context: RequestContext,
  userId: JsonValue | undefined,
  userIdType: JsonValue | undefined,
): Promise<StoredResource> {
  if (typeof userId !== 'string' || userId === '') throw missingParameter('userId');
  if (userIdType === undefined || userIdType === '') throw missingParameter('userIdType');
  if (userIdType === 'USER_GUID') return userByGuid(context, userId);
  if (userIdType !== 'USER_NAME') throw badValue('userIdType', String(userIdType), ID_TYPES);
  const user = userId.includes('\0')
    ? null
    : await context.store.resources.readByName(context.domain.id, 'User', userId);
  if (user === null) throw userNotFound();
  return user;
}

/** @throws an error for an account that can't be used: AUTH-3003, AUTH-1010 */
export async function requireUsable(context: RequestContext, user: StoredResource): Promise<void> {
  if (user.data['active'] === false) {
    throw mfaError(401, 'AUTH-3003', 'Your account is deactivated. Contact your system administrator.');
  }
  if (await isLockedNow(context, user)) throw accountLocked();
}
