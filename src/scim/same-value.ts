import { isObject, type JsonObject, type JsonValue } from './json.ts';
import type { Attribute } from './schema.ts';
import { toTimestamp } from './timestamp.ts';

/*
 * When two values of an attribute are the same: for identity of elements, for PUT bodies that repeat readOnly values and for
 * PATCH. Strings fold their case unless the attribute is caseExact; the order of a multi-valued attribute does not count.
 */

/** Whether both are the same value, all sub-attributes included. Both are normalised values, not client text. */
export function sameValue(attribute: Attribute, left: JsonValue | undefined, right: JsonValue | undefined): boolean {
  return covers(attribute, left, right) && covers(attribute, right, left);
}

/**
 * Whether `sent` says nothing that `shown` does not say: what is absent or empty in `sent` doesn't count, nor does `$ref`.
 * `sent` may be a client's text: any case of names, booleans as strings. Recursion follows `shown`, so that a deeply nested
 * body cannot exhaust the stack.
 */
export function covers(attribute: Attribute, shown: JsonValue | undefined, sent: JsonValue | undefined): boolean {
  if (sent === undefined || isAbsent(sent)) return true;
  if (shown === undefined || isAbsent(shown)) return isObject(sent) && Object.values(sent).every(isAbsent);
  if (!attribute.multiValued) return coversOne(attribute, shown, sent);
  const shownList = asList(shown);
  const sentList = asList(sent);
  return shownList.length === sentList.length && matchAll(attribute, shownList, sentList);
}

/** Whether one element says nothing that another does not say. */
export function coversOne(attribute: Attribute, shown: JsonValue, sent: JsonValue): boolean {
  if (attribute.type === 'complex') return isObject(shown) && isObject(sent) && coversObject(attribute, shown, sent);
  return foldSimple(attribute, shown) === foldSimple(attribute, sent);
}

/**
 * What makes an element of a multi-valued attribute this element: its composite key, or all of it where there is none.
 * Two elements with equal identities are duplicates.
 */
export function identityOf(attribute: Attribute, element: JsonValue): string {
  if (attribute.type !== 'complex' || !isObject(element)) return String(foldSimple(attribute, element));
  const parts = attribute.compositeKey.length === 0 ? writableNames(attribute) : attribute.compositeKey;
  return JSON.stringify(parts.map((name) => keyPart(attribute, element, name)));
}

/**
 * Whether a member counts as not there: a missing one, null, an empty array (RFC 7643 §2.5), an empty string.
 * IDCS: an empty string is dropped from what is stored (scim.md §5).
 */
export function isAbsent(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

// A reference may name its target by OCID alone (scim.md §12, CustomerSecretKey.user): then that is its identity.
function keyPart(attribute: Attribute, element: JsonObject, name: string): JsonValue {
  const sub = attribute.sub(name);
  const value = Object.hasOwn(element, name) ? element[name] : undefined;
  if (value === undefined)
    return name === 'value' && typeof element['ocid'] === 'string' ? { ocid: element['ocid'] } : null;
  if (sub === undefined) return value;
  if (sub.multiValued)
    return asList(value)
      .map((item) => identityOf(sub, item))
      .sort();
  return sub.type === 'complex' ? identityOf(sub, value) : foldSimple(sub, value);
}

function coversObject(attribute: Attribute, shown: JsonObject, sent: JsonObject): boolean {
  return Object.keys(sent).every((key) => {
    const sub = attribute.sub(key);
    if (sub === undefined) return false;
    if (sub.name === '$ref') return true;
    return covers(sub, Object.hasOwn(shown, sub.name) ? shown[sub.name] : undefined, sent[key]);
  });
}

// Each sent element needs a shown element of its own.
function matchAll(attribute: Attribute, shown: readonly JsonValue[], sent: readonly JsonValue[]): boolean {
  if (attribute.compositeKey.length === 0) {
    const left = [...shown];
    return sent.every((element) => {
      const found = left.findIndex((candidate) => coversOne(attribute, candidate, element));
      if (found >= 0) left.splice(found, 1);
      return found >= 0;
    });
  }
  const byIdentity = new Map(shown.map((element) => [identityOf(attribute, element), element]));
  return sent.every((element) => {
    const identity = identityOf(attribute, element);
    const same = byIdentity.get(identity);
    byIdentity.delete(identity);
    return same !== undefined && coversOne(attribute, same, element);
  });
}

function writableNames(attribute: Attribute): string[] {
  return attribute.subAttributes
    .filter((sub) => sub.mutability !== 'readOnly' && sub.storage !== 'computed')
    .map((sub) => sub.name);
}

function foldSimple(attribute: Attribute, value: JsonValue): JsonValue {
  if (typeof value !== 'string') return isObject(value) || Array.isArray(value) ? null : value;
  switch (attribute.type) {
    case 'boolean':
      return value.toLowerCase() === 'true';
    case 'integer':
    case 'decimal':
      return Number(value);
    case 'dateTime':
      return toTimestamp(value) ?? value;
    default:
      return attribute.caseExact ? value : value.toLowerCase();
  }
}

function asList(value: JsonValue): readonly JsonValue[] {
  return Array.isArray(value) ? value : [value];
}
