import { SUPERUSER } from '../../schemas/permissions.ts';
import { badRequest, ScimError } from '../../scim/errors.ts';
import type { Filter } from '../../scim/filter-ast.ts';
import { isObject, type JsonObject, type JsonValue } from '../../scim/json.ts';
import type { Attribute, ResourceType } from '../../scim/schema.ts';
import type { StoredResource } from '../../store/store.ts';
import type { Caller, RequestContext } from '../request-context.ts';
import { isShown } from './face.ts';
import { behaviourFor, rowType } from './row-type.ts';

/*
 * Types whose rows belong to somebody. Of some, callers see their own and administrators all (Behaviour.owner); of the My* types
 * everybody, administrators too, has to do with their own only (ResourceTypeOverlay.callersOwn).
 */

/** A filter narrowed to the caller's own rows, where the type's rows have owners and the caller may not see all. */
export function ownRows(context: RequestContext, type: ResourceType, filter: Filter | null): Filter | null {
  const attribute = ownerFor(context, type);
  if (attribute === null) return filter;
  const own: Filter = { op: 'eq', attribute, value: context.caller.id };
  return filter === null ? own : { op: 'and', filters: [own, filter] };
}

/** Whether the caller may know of a row. */
export function isOwnRow(
  context: RequestContext,
  type: ResourceType,
  row: Pick<StoredResource, 'id' | 'data'>,
): boolean {
  if (!isShown(type, row)) return false;
  const attribute = ownerFor(context, type);
  if (attribute === null) return true;
  if (attribute.path === 'id') return row.id === context.caller.id;
  const owner = attribute.parent === null ? undefined : row.data[attribute.parent.name];
  return isObject(owner) && owner[attribute.name] === context.caller.id;
}

/**
 * The body of a create, of a My* type made the caller's.
 *
 * @throws ScimError 400 when it names somebody else, 401 when the caller is no user
 */
export function asCallersOwn(context: RequestContext, type: ResourceType, body: JsonObject): JsonObject {
  const attribute = callersOwn(context, type);
  const owner = attribute?.parent;
  if (!attribute || !owner || type.core(owner.name) === undefined) return body;
  const rest: JsonObject = {};
  for (const [name, value] of Object.entries(body)) {
    if (type.resolve(name)?.path !== owner.path) rest[name] = value;
    else if (!namesCaller(context.caller, value)) {
      throw badRequest(`${type.name}.${owner.path} must be the user who makes the request; leave it out.`);
    }
  }
  return { ...rest, [owner.name]: { [attribute.name]: context.caller.id } };
}

/** Whether a reference names the caller, by id or OCID, or nobody. */
function namesCaller({ id, ocid }: Caller, reference: JsonValue): boolean {
  if (!isObject(reference)) return reference === null;
  return Object.entries(reference).every(([name, key]) => {
    if (!/^(?:value|ocid)$/i.test(name)) return true;
    return key === null || key === id || (ocid !== null && key === ocid);
  });
}

/** null: the caller sees all rows. */
function ownerFor(context: RequestContext, type: ResourceType): Attribute | null {
  const own = callersOwn(context, type);
  if (own !== null) return own;
  const { caller } = context;
  const owner = behaviourFor(type)?.owner;
  return owner === undefined || caller.roles.has(SUPERUSER) ? null : rowType(type).resolve(owner[caller.type])!;
}

/** The attribute that says whose a row of a My* type is; null for other types. @throws ScimError 401 for an App */
function callersOwn({ caller }: RequestContext, type: ResourceType): Attribute | null {
  const path = type.overlay.callersOwn;
  if (path === undefined || path === null) return null;
  if (caller.type !== 'User') {
    throw new ScimError(
      401,
      `Operation failed due to unauthorized access. ${type.endpoint.slice(1)} are a user's own.`,
      {
        messageId: 'error.common.exception.unauthorizedAccess',
      },
    );
  }
  return rowType(type).resolve(path)!;
}
