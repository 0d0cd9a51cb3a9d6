import { parseDateTime } from './date-time.ts';
import type { Comparison, Filter, ValueFilter } from './filter-ast.ts';
import { isObject, type JsonValue } from './json.ts';
import type { Attribute } from './schema.ts';

/**
 * Whether a filter holds for a value: a whole resource for parseFilter's filters, one element of the attribute for
 * parseValueFilter's. The same answers as the store's SQL gives: strings without regard to case unless caseExact, a
 * multi-valued attribute by any of its elements, `ne` as the opposite of `eq` (so true when absent), dates by time.
 * Pure. Canonical attribute names are expected, extension objects under their URN.
 */
export function matches(filter: Filter | ValueFilter, value: JsonValue): boolean {
  return holds(filter, value, null);
}

/** @param outer the attribute that `value` is an element of; null: a resource */
function holds(filter: Filter | ValueFilter, value: JsonValue, outer: Attribute | null): boolean {
  const scope = 'within' in filter ? filter.within : outer;
  switch (filter.op) {
    case 'and':
      return filter.filters.every((part) => holds(part, value, scope));
    case 'or':
      return filter.filters.some((part) => holds(part, value, scope));
    case 'not':
      return !holds(filter.filter, value, scope);
    case 'valuePath':
      return valuesAt(filter.attribute, value, scope).some((element) =>
        holds(filter.filter, element, filter.attribute),
      );
    case 'pr':
      return valuesAt(filter.attribute, value, scope).some(isPresent);
    case 'ne':
      return !someEqual(filter.attribute, filter.value, value, scope);
    case 'eq':
      return someEqual(filter.attribute, filter.value, value, scope);
    default: {
      const { op, attribute, value: wanted } = filter;
      return valuesAt(attribute, value, scope).some((found) => compares(op, attribute, found, wanted));
    }
  }
}

type Wanted = string | number | boolean | null;

function someEqual(attribute: Attribute, wanted: Wanted, value: JsonValue, scope: Attribute | null): boolean {
  const found = valuesAt(attribute, value, scope);
  if (wanted === null) return !found.some(isPresent);
  return found.some((one) => compares('eq', attribute, one, wanted));
}

function compares(op: Exclude<Comparison, 'ne'>, attribute: Attribute, found: JsonValue, wanted: Wanted): boolean {
  const left = comparable(attribute, found);
  const right = typeof wanted === 'string' && !attribute.caseExact ? wanted.toLowerCase() : wanted;
  if (left === null || right === null || typeof left !== typeof right) return false;
  switch (op) {
    case 'eq':
      return left === right;
    case 'co':
      return String(left).includes(String(right));
    case 'sw':
      return String(left).startsWith(String(right));
    case 'ew':
      return String(left).endsWith(String(right));
    case 'gt':
      return left > right;
    case 'ge':
      return left >= right;
    case 'lt':
      return left < right;
    case 'le':
      return left <= right;
  }
}

/** A stored value in the form that filter values have. */
function comparable(attribute: Attribute, value: JsonValue): string | number | boolean | null {
  if (value === null || typeof value === 'object') return null;
  switch (attribute.type) {
    case 'dateTime':
      return typeof value === 'string' ? parseDateTime(value) : null;
    case 'boolean':
    case 'integer':
    case 'decimal':
      return value;
    default:
      return attribute.caseExact ? String(value) : String(value).toLowerCase();
  }
}

/** All values of an attribute below `value`, lists opened. `scope`: the attribute that `value` is an element of. */
function valuesAt(attribute: Attribute, value: JsonValue, scope: Attribute | null): JsonValue[] {
  // The pseudo sub-attribute `value` of a simple attribute is the element itself.
  if (attribute === scope || (attribute.parent === scope && scope !== null && scope.type !== 'complex')) return [value];
  const parents = attribute.parent === null ? topOf(attribute, value) : valuesAt(attribute.parent, value, scope);
  return parents.flatMap((parent) => (isObject(parent) ? open(member(parent, attribute.name)) : []));
}

function topOf(attribute: Attribute, resource: JsonValue): JsonValue[] {
  if (attribute.extension === null) return [resource];
  return isObject(resource) ? open(member(resource, attribute.extension)) : [];
}

function member(object: { [key: string]: JsonValue }, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function open(value: JsonValue | undefined): JsonValue[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** `pr`: a non-empty value, or a non-empty node (RFC 7644 §3.4.2.2). */
function isPresent(value: JsonValue): boolean {
  if (value === null || value === '') return false;
  if (Array.isArray(value)) return value.some(isPresent);
  return isObject(value) ? Object.values(value).some(isPresent) : true;
}
