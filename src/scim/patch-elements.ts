import { refuseImmutableParts } from './carried-parts.ts';
import type { Filter } from './filter-ast.ts';
import { isObject, type JsonObject, type JsonValue } from './json.ts';
import { identityOf } from './same-value.ts';
import type { Attribute } from './schema.ts';

/*
 * Changes to the elements of one multi-valued attribute. Lists are never changed in place: elements that an operation does
 * not touch are the same objects before and after.
 */

/** A list with elements added; one that is there already (same identity) takes the new one's parts instead. */
export function mergeElements(
  attribute: Attribute,
  list: readonly JsonValue[],
  additions: readonly JsonValue[],
  written: Set<JsonValue>,
): JsonValue[] {
  const merged = [...list];
  const places = new Map(merged.map((element, index) => [identityOf(attribute, element), index]));
  for (const addition of additions) {
    const identity = identityOf(attribute, addition);
    const place = places.get(identity) ?? merged.length;
    const before = merged[place];
    const element = isObject(before) && isObject(addition) ? { ...before, ...addition } : addition;
    if (isObject(before) && isObject(addition)) refuseImmutableParts(attribute, before, addition);
    merged[place] = element;
    places.set(identity, place);
    written.add(element);
  }
  return merged;
}

/**
 * A list without the elements that `values` name: by their identity, or, where a value lacks a part of that, every element
 * that has all the value says.
 */
export function withoutElements(
  attribute: Attribute,
  list: readonly JsonValue[],
  values: readonly JsonValue[],
): JsonValue[] {
  const isWhole = (value: JsonValue) => !isObject(value) || hasWholeKey(attribute, value);
  const identities = new Set(values.filter(isWhole).map((value) => identityOf(attribute, value)));
  const partial = values.filter(isObject).filter((value) => !isWhole(value) && Object.keys(value).length > 0);
  return list.filter((element) => {
    if (identities.has(identityOf(attribute, element))) return false;
    return !partial.some((value) => isObject(element) && describes(attribute, value, element));
  });
}

/**
 * The list after elements in `written` had a flag of which only one may be true (`primary`) set: it goes off on the others
 * (RFC 7644 §3.5.2). Two flags in `written` itself are left for validation to refuse.
 */
export function withOneTrue(
  attribute: Attribute,
  list: readonly JsonValue[],
  written: ReadonlySet<JsonValue>,
): JsonValue[] {
  const flags = attribute.subAttributes.filter((sub) => sub.definition.docOnlyOneTrue === true);
  const isSet = (element: JsonValue, flag: Attribute) => isObject(element) && element[flag.name] === true;
  const taken = flags.filter((flag) => list.some((element) => written.has(element) && isSet(element, flag)));
  if (taken.length === 0) return [...list];
  return list.map((element) => {
    const off = written.has(element) ? [] : taken.filter((flag) => isSet(element, flag));
    return off.length === 0 || !isObject(element)
      ? element
      : { ...element, ...Object.fromEntries(off.map((flag) => [flag.name, false])) };
  });
}

/**
 * The parts that an element must have to match a filter of equalities: `type eq "work" and primary eq true`.
 * Null for every other filter: it does not say what a new element looks like.
 */
export function equalitiesOf(filter: Filter, attribute: Attribute): JsonObject | null {
  if (filter.op === 'and') {
    const parts = filter.filters.map((part) => equalitiesOf(part, attribute));
    return parts.includes(null) ? null : Object.assign({}, ...parts);
  }
  if (filter.op !== 'eq' || filter.value === null || filter.attribute.parent !== attribute) return null;
  const value = filter.attribute.type === 'dateTime' ? new Date(Number(filter.value)).toISOString() : filter.value;
  return { [filter.attribute.name]: spelled(filter.attribute, value) };
}

/** A value as the attribute's canonical values spell it. */
function spelled(attribute: Attribute, value: string | number | boolean): string | number | boolean {
  if (typeof value !== 'string' || attribute.caseExact) return value;
  const folded = value.toLowerCase();
  return attribute.definition.canonicalValues?.find((canonical) => canonical.toLowerCase() === folded) ?? value;
}

function hasWholeKey(attribute: Attribute, value: JsonObject): boolean {
  return attribute.compositeKey.length > 0 && attribute.compositeKey.every((name) => Object.hasOwn(value, name));
}

function describes(attribute: Attribute, value: JsonObject, element: JsonObject): boolean {
  return Object.keys(value).every((name) => {
    const sub = attribute.sub(name);
    if (sub === undefined || !Object.hasOwn(element, name)) return false;
    return identityOf(sub, element[name] as JsonValue) === identityOf(sub, value[name] as JsonValue);
  });
}
