import { isObject, type JsonObject, type JsonValue } from './json.ts';
import { copyOf, own } from './resource-data.ts';
import { identityOf, sameValue } from './same-value.ts';
import type { Attribute } from './schema.ts';
import { immutableAttribute } from './validation-errors.ts';

/**
 * When a complex value takes the place of another, the parts that its sender could not write or did not see stay: readOnly
 * and immutable ones, and those that a default GET leaves out. Only while it is still the same thing: an element with the
 * same identity, a reference with the same `value`. Changes `next`.
 *
 * @throws ScimError 400 when an immutable part that has a value would change
 */
export function carryParts(attribute: Attribute, next: JsonValue, previous: JsonValue | undefined): void {
  if (attribute.type !== 'complex' || previous === undefined) return;
  if (!Array.isArray(next) || !Array.isArray(previous)) {
    if (isObject(next) && isObject(previous) && isSameReference(next, previous)) carryInto(attribute, next, previous);
    return;
  }
  const byIdentity = new Map(previous.map((element) => [identityOf(attribute, element), element]));
  for (const element of next) {
    const before = byIdentity.get(identityOf(attribute, element));
    if (isObject(element) && isObject(before)) carryInto(attribute, element, before);
  }
}

/**
 * Refuses a new value of an immutable part that has one.
 *
 * @throws ScimError 400 naming the sub-attribute
 */
export function refuseImmutableParts(attribute: Attribute, before: JsonObject, next: JsonObject): void {
  for (const sub of attribute.subAttributes) {
    if (sub.mutability !== 'immutable') continue;
    const old = own(before, sub.name);
    const now = own(next, sub.name);
    if (old !== undefined && now !== undefined && !sameValue(sub, old, now)) throw immutableAttribute(sub.path);
  }
}

function carryInto(attribute: Attribute, next: JsonObject, previous: JsonObject): void {
  refuseImmutableParts(attribute, previous, next);
  for (const sub of attribute.subAttributes) {
    const before = own(previous, sub.name);
    if (before === undefined) continue;
    const now = own(next, sub.name);
    if (now === undefined) {
      if (isKept(sub)) next[sub.name] = copyOf(before);
    } else {
      carryParts(sub, now, before);
    }
  }
}

function isKept(sub: Attribute): boolean {
  if (sub.mutability === 'readOnly' || sub.mutability === 'immutable') return true;
  return sub.returned === 'request' || sub.returned === 'never';
}

function isSameReference(next: JsonObject, previous: JsonObject): boolean {
  return own(previous, 'value') === undefined || own(next, 'value') === own(previous, 'value');
}
