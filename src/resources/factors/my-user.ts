import { resourceType } from '../../schemas/registry.ts';
import { ScimError } from '../../scim/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import { danglingReference } from '../pipeline/dangling-reference.ts';
import { locationOf } from '../pipeline/response.ts';
import type { RequestContext } from '../request-context.ts';

/** The user who makes the request. @throws ScimError 401 for an App */
export async function callingUser(
  { caller, domain, store }: RequestContext,
  typeName: string,
): Promise<StoredResource> {
  const user = caller.type === 'User' ? await store.resources.read(domain.id, 'User', caller.id) : null;
  if (user === null) throw unauthorized(`${typeName} is for users.`);
  return user;
}

/** The user that `user` names, by id or OCID. @throws ScimError 400 `invalidReferenceResource` */
export async function namedUser(
  { store, domain }: RequestContext,
  typeName: string,
  reference: JsonValue | undefined,
): Promise<StoredResource> {
  const key = isObject(reference) ? String(reference['value'] ?? reference['ocid'] ?? '') : '';
  const user = await store.resources.read(domain.id, 'User', key);
  if (user === null) throw danglingReference(resourceType(typeName), 'user', 'User', key);
  return user;
}

/** As `namedUser`, who must be the caller. @throws ScimError 401 for somebody else */
export async function namedCaller(
  context: RequestContext,
  typeName: string,
  reference: JsonValue | undefined,
): Promise<StoredResource> {
  await callingUser(context, typeName);
  const user = await namedUser(context, typeName, reference);
  if (user.id !== context.caller.id) throw unauthorized(`${typeName}.user must be the user who makes the request.`);
  return user;
}

/** A reference to a user as these functions answer it, in the attribute `user`. IDCS: main-0294: the enroller's has no OCID. */
export function userReference({ baseUrl }: RequestContext, typeName: string, { id, ocid }: StoredResource): JsonObject {
  const hasOcid = ocid !== null && resourceType(typeName).resolve('user.ocid') !== undefined;
  return { value: id, ...(hasOcid ? { ocid } : {}), $ref: `${baseUrl}/admin/v1/Users/${id}` };
}

/** IDCS: main-0297: the address of the function itself. */
export function functionMeta(context: RequestContext, typeName: string): JsonObject {
  const location = locationOf(context, resourceType(typeName), '').replace(/\/$/, '');
  return { resourceType: typeName, location };
}

function unauthorized(hint: string): ScimError {
  return new ScimError(401, `Operation failed due to unauthorized access. ${hint}`, {
    messageId: 'error.common.exception.unauthorizedAccess',
  });
}
