import { isObject, type JsonObject, type JsonValue } from './json.ts';
import { own } from './resource-data.ts';
import { identityOf, isAbsent } from './same-value.ts';
import type { Attribute } from './schema.ts';
import { convertSimple } from './simple-value.ts';
import {
  duplicateValue,
  onlyOneTrue,
  repeatedAttribute,
  tooManyValues,
  unknownAttribute,
  wrongType,
} from './validation-errors.ts';

/** Elements of one multi-valued attribute that one request may carry: as many as a read of members returns at most. */
export const MAX_ELEMENTS = 10_000;

/** How strictly a value's shape is taken. */
export interface ConvertOptions {
  /**
   * PATCH only: one element may stand for an array of one, and an array of one for a single value.
   * Provisioning clients send both (Entra ID without its SCIM-compliance flag).
   */
  readonly loose?: boolean;
}

/**
 * Converts what a client sent for an attribute: canonical names and values, types, lengths. Parts that clients cannot write
 * (readOnly, computed such as `$ref`) are left out without a word, as the service does (shapes.md §4).
 *
 * @returns undefined when the value is absent: null, empty string, empty array, an object of nothing
 * @throws ScimError 400 naming the attribute
 */
export function convertValue(
  attribute: Attribute,
  raw: JsonValue,
  options: ConvertOptions = {},
): JsonValue | undefined {
  if (raw === '' && keepsEmpty(attribute)) return '';
  if (isAbsent(raw)) return undefined;
  if (attribute.multiValued) return convertList(attribute, raw, options);
  return convertOne(attribute, options.loose && Array.isArray(raw) ? unwrap(attribute, raw) : raw, options);
}

/**
 * Fills in sub-attributes that have a default of their own (`members.type` is "User"), inside values that are there.
 * Changes `value`.
 */
export function fillDefaults(attribute: Attribute, value: JsonValue): void {
  const filled = subsWithDefaults(attribute);
  if (filled.length === 0 && !attribute.subAttributes.some((sub) => sub.type === 'complex')) return;
  for (const element of Array.isArray(value) ? value : [value]) {
    if (!isObject(element)) continue;
    for (const sub of filled) {
      if (own(element, sub.name) === undefined) element[sub.name] = sub.definition.idcsDefaultValue as JsonValue;
    }
    for (const sub of attribute.subAttributes) {
      const inner = sub.type === 'complex' ? own(element, sub.name) : undefined;
      if (inner !== undefined) fillDefaults(sub, inner);
    }
  }
}

/**
 * Checks a converted value as a whole: no element twice, at most one `primary`, required sub-attributes.
 *
 * @param missing takes the paths of required sub-attributes that have no value
 * @param stored true for values read back from storage, which have no never-returned parts any more
 * @throws ScimError 400 naming the attribute
 */
export function checkValue(attribute: Attribute, value: JsonValue, missing: string[], stored = false): void {
  if (Array.isArray(value)) {
    if (value.length > MAX_ELEMENTS) throw tooManyValues(attribute.path, MAX_ELEMENTS);
    checkDuplicates(attribute, value);
    checkOnlyOneTrue(attribute, value);
    checkUniqueParts(attribute, value);
  }
  if (attribute.type !== 'complex') return;
  for (const element of Array.isArray(value) ? value : [value]) {
    if (isObject(element)) checkParts(attribute, element, missing, stored);
  }
}

/** Whether an empty string is a value of this attribute. */
function keepsEmpty(attribute: Attribute): boolean {
  return attribute.definition['idcsReturnEmptyWhenNull'] === true;
}

function convertList(attribute: Attribute, raw: JsonValue, options: ConvertOptions): JsonValue | undefined {
  if (!Array.isArray(raw) && !options.loose) throw wrongType(attribute.path, 'an array');
  const elements = Array.isArray(raw) ? raw : [raw];
  if (elements.length > MAX_ELEMENTS) throw tooManyValues(attribute.path, MAX_ELEMENTS);
  const converted: JsonValue[] = [];
  for (const element of elements) {
    if (isAbsent(element)) continue;
    const value = convertOne(attribute, element, options);
    if (value !== undefined) converted.push(value);
  }
  return converted.length === 0 ? undefined : converted;
}

function convertOne(attribute: Attribute, raw: JsonValue, options: ConvertOptions): JsonValue | undefined {
  if (attribute.type === 'complex') return convertObject(attribute, raw, options);
  // Early Entra ID wraps simple values: `[{"$ref": null, "value": "False"}]`; IDCS: filters call the element `value` too.
  const simple = options.loose && isObject(raw) && own(raw, 'value') !== undefined ? (raw['value'] as JsonValue) : raw;
  return isAbsent(simple) ? undefined : convertSimple(attribute, simple);
}

function convertObject(attribute: Attribute, raw: JsonValue, options: ConvertOptions): JsonObject | undefined {
  const object = isObject(raw) ? raw : shorthand(attribute, raw);
  const converted: JsonObject = {};
  const seen = new Set<Attribute>();
  for (const key of Object.keys(object)) {
    const sub = attribute.sub(key);
    if (sub === undefined) throw unknownAttribute(`${attribute.path}.${key}`, 'this resource type');
    if (seen.has(sub)) throw repeatedAttribute(sub.path);
    seen.add(sub);
    if (sub.mutability === 'readOnly' || sub.storage === 'computed') continue;
    const value = convertValue(sub, object[key] as JsonValue, options);
    if (value !== undefined) converted[sub.name] = value;
  }
  if (Object.keys(converted).length > 0) return converted;
  // `{"display": "Jane"}` without a value says something, but not enough: let the check for required parts tell.
  const saysSomething = Object.values(object).some((value) => !isAbsent(value));
  return saysSomething && attribute.subAttributes.some((sub) => sub.required) ? converted : undefined;
}

// IDCS: a reference may be its bare key: certificates as a list of aliases (scim.md §5), `manager` as an id (Entra ID).
function shorthand(attribute: Attribute, raw: JsonValue): JsonObject {
  const key = attribute.compositeKey.length === 1 ? attribute.compositeKey[0]! : 'value';
  if (Array.isArray(raw) || raw === null || attribute.sub(key) === undefined)
    throw wrongType(attribute.path, 'an object');
  return { [key]: raw };
}

function unwrap(attribute: Attribute, raw: readonly JsonValue[]): JsonValue {
  if (raw.length > 1) throw wrongType(attribute.path, 'a single value');
  return raw[0] as JsonValue;
}

const withDefaults = new WeakMap<Attribute, readonly Attribute[]>();

function subsWithDefaults(attribute: Attribute): readonly Attribute[] {
  let subs = withDefaults.get(attribute);
  if (subs === undefined) {
    subs = attribute.subAttributes.filter((sub) => sub.definition.idcsDefaultValue !== undefined);
    withDefaults.set(attribute, subs);
  }
  return subs;
}

function checkDuplicates(attribute: Attribute, elements: readonly JsonValue[]): void {
  const identities = new Set<string>();
  for (const element of elements) identities.add(identityOf(attribute, element));
  if (identities.size < elements.length) throw duplicateValue(attribute.path, attribute.compositeKey);
}

function checkOnlyOneTrue(attribute: Attribute, elements: readonly JsonValue[]): void {
  for (const sub of attribute.subAttributes) {
    if (sub.definition.docOnlyOneTrue !== true) continue;
    const count = elements.filter((element) => isObject(element) && element[sub.name] === true).length;
    if (count > 1) throw onlyOneTrue(sub.path);
  }
}

/** A part that tells the elements of one list apart, beside their key: the `sequence` of a policy's rules. */
function checkUniqueParts(attribute: Attribute, elements: readonly JsonValue[]): void {
  for (const sub of attribute.subAttributes) {
    if (sub.definition.docUniqueWithinParent !== true) continue;
    const values = elements.filter(isObject).flatMap((element) => own(element, sub.name) ?? []);
    if (new Set(values).size < values.length) throw duplicateValue(attribute.path, [sub.name]);
  }
}

function checkParts(attribute: Attribute, element: JsonObject, missing: string[], stored: boolean): void {
  for (const sub of attribute.subAttributes) {
    const value = own(element, sub.name);
    if (value !== undefined) checkValue(sub, value, missing, stored);
    else if (sub.required && isSettable(sub, stored) && !isNamedByOcid(sub, element)) addOnce(missing, sub.path);
  }
}

function isSettable(sub: Attribute, stored: boolean): boolean {
  return sub.mutability !== 'readOnly' && sub.storage !== 'computed' && !(stored && sub.storage === 'transient');
}

// IDCS: a reference may name its target by `ocid` instead of `value` (scim.md §12, CustomerSecretKey.user).
function isNamedByOcid(sub: Attribute, element: JsonObject): boolean {
  return sub.name === 'value' && typeof own(element, 'ocid') === 'string';
}

function addOnce(list: string[], path: string): void {
  if (!list.includes(path)) list.push(path);
}
