import { SUPERUSER } from '../../schemas/permissions.ts';
import type { Filter } from '../../scim/filter-ast.ts';
import { isObject, type JsonObject } from '../../scim/json.ts';
import type { Attribute, ResourceType } from '../../scim/schema.ts';
import { behaviourOf } from '../registry.ts';
import type { RequestContext } from '../request-context.ts';

/*
 * Types whose rows belong to somebody (Behaviour.owner): the AppRole table lets every user list them, but only their own.
 */

/** A filter narrowed to the caller's own rows, where the type's rows have owners and the caller is no administrator. */
export function ownRows(context: RequestContext, type: ResourceType, filter: Filter | null): Filter | null {
  const attribute = ownerFor(context, type);
  if (attribute === null) return filter;
  const own: Filter = { op: 'eq', attribute, value: context.caller.id };
  return filter === null ? own : { op: 'and', filters: [own, filter] };
}

/** Whether the caller may know of a row. */
export function isOwnRow(context: RequestContext, type: ResourceType, row: { readonly data: JsonObject }): boolean {
  const attribute = ownerFor(context, type);
  if (attribute === null) return true;
  const owner = row.data[attribute.parent!.name];
  return isObject(owner) && owner[attribute.name] === context.caller.id;
}

/** null: the caller sees all rows. */
function ownerFor({ caller }: RequestContext, type: ResourceType): Attribute | null {
  const owner = behaviourOf(type.name)?.owner;
  return owner === undefined || caller.roles.has(SUPERUSER) ? null : type.resolve(owner[caller.type])!;
}
