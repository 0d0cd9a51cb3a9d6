import type { Filter } from '../scim/filter-ast.ts';
import type { JsonObject, JsonValue } from '../scim/json.ts';
import type { Attribute } from '../scim/schema.ts';
import { isElementOf } from './element.ts';
import { wantedValue } from './search-document.ts';

/** An equality with a value. */
export interface Equality {
  readonly op: 'eq';
  readonly attribute: Attribute;
  readonly value: string | number | boolean;
}

/** Whether a condition can be asked as "the search copy contains this document", which the GIN index answers. */
export function isContainable(filter: Filter): filter is Equality {
  return filter.op === 'eq' && filter.value !== null;
}

/**
 * The document that a search copy contains when all the equalities hold.
 *
 * @param within the multi-valued attribute one of whose elements they speak of; null: each speaks of the resource
 */
export function containment(filters: readonly Equality[], within: Attribute | null): JsonObject {
  if (within === null) return nest(filters[0]!, null) as JsonObject;
  let element: JsonValue = {};
  for (const filter of filters) element = merge(element, nest(filter, within));
  return wrap(within, [element], null) as JsonObject;
}

function nest(filter: Equality, scope: Attribute | null): JsonValue {
  const { attribute } = filter;
  const value = wantedValue(attribute, filter.value);
  if (isElementOf(attribute, scope)) return value;
  return wrap(attribute, attribute.multiValued ? [value] : value, scope);
}

/** Puts a value at its attribute's place, up to `scope` or the root. */
function wrap(attribute: Attribute, value: JsonValue, scope: Attribute | null): JsonValue {
  const member: JsonObject = { [attribute.name]: value };
  const { parent } = attribute;
  if (parent !== null && parent !== scope) return wrap(parent, parent.multiValued ? [member] : member, scope);
  return scope === null && attribute.extension !== null ? { [attribute.extension]: member } : member;
}

/** The path of an attribute's value in the document that `containment` makes. */
export function placeOf(attribute: Attribute): readonly string[] {
  const own = attribute.multiValued ? [attribute.name, '0'] : [attribute.name];
  if (attribute.parent !== null) return [...placeOf(attribute.parent), ...own];
  return attribute.extension === null ? own : [attribute.extension, ...own];
}

function merge(left: JsonValue, right: JsonValue): JsonValue {
  if (!isPlain(left) || !isPlain(right)) return right;
  const merged: JsonObject = { ...left };
  for (const name of Object.keys(right)) {
    const there = Object.hasOwn(merged, name) ? merged[name] : undefined;
    merged[name] = there === undefined ? right[name]! : merge(there, right[name]!);
  }
  return merged;
}

function isPlain(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
