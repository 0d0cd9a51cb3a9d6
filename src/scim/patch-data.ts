import { convertValue, fillDefaults } from './attribute-value.ts';
import { carryParts, refuseImmutableParts } from './carried-parts.ts';
import { isObject, type JsonObject, type JsonValue } from './json.ts';
import { matches } from './match.ts';
import { equalitiesOf, mergeElements, withOneTrue, withoutElements } from './patch-elements.ts';
import type { PatchStep } from './patch-target.ts';
import { own, put } from './resource-data.ts';
import { isAbsent } from './same-value.ts';
import type { Attribute } from './schema.ts';
import { noTarget } from './validation-errors.ts';

/**
 * The value that a step's top-level attribute has after the step. `before` is not changed; what the step does not touch is
 * in the result as the same object.
 *
 * @returns undefined when nothing is left
 * @throws ScimError 400 for a value of the wrong type, or a replace whose filter matches nothing
 */
export function afterStep(step: PatchStep, before: JsonValue | undefined): JsonValue | undefined {
  const change: Change = { ...step, written: new Set() };
  const after = nextValue(change, 0, before);
  if (!Array.isArray(after)) return after;
  const list = withOneTrue(step.chain[0], after, change.written);
  return list.length === 0 ? undefined : list;
}

interface Change extends PatchStep {
  /** Elements that the step made or changed. */
  readonly written: Set<JsonValue>;
}

function nextValue(change: Change, depth: number, before: JsonValue | undefined): JsonValue | undefined {
  const attribute = change.chain[depth] as Attribute;
  if (depth === 0 && change.filter !== null) return nextSelected(change, asList(before));
  if (depth === change.chain.length - 1)
    return attribute.multiValued ? nextList(change, attribute, before) : nextSingle(change, attribute, before);
  if (attribute.multiValued) return nextOfEach(change, depth, asList(before));
  return nextPart(change, depth, isObject(before) ? before : undefined);
}

/** The path goes on below a complex value. */
function nextPart(change: Change, depth: number, before: JsonObject | undefined): JsonObject | undefined {
  if (before === undefined && change.op === 'remove') return undefined;
  const part = change.chain[depth + 1] as Attribute;
  const after = { ...before };
  put(after, part.name, nextValue(change, depth + 1, own(after, part.name)));
  return Object.keys(after).length === 0 ? undefined : after;
}

/** `emails.type`, without a filter: every element (RFC 7644 §3.5.2). */
function nextOfEach(change: Change, depth: number, list: readonly JsonValue[]): JsonValue[] {
  if (list.length === 0 && change.op !== 'remove') throw noTarget(change.text);
  return list.flatMap((element) => {
    const after = nextPart(change, depth, isObject(element) ? element : undefined);
    if (after !== undefined) change.written.add(after);
    return after === undefined ? [] : [after];
  });
}

/** The path ends at a single value. */
function nextSingle(change: Change, attribute: Attribute, before: JsonValue | undefined): JsonValue | undefined {
  if (change.op === 'remove' || change.value === undefined) return undefined;
  const value = convertValue(attribute, change.value, { loose: true });
  if (attribute.type !== 'complex') return value;
  if (isAbsent(change.value)) return undefined;
  return mergeObject(attribute, isObject(before) ? before : {}, value, change.value);
}

/** The path ends at a multi-valued attribute, without a filter. */
function nextList(change: Change, attribute: Attribute, before: JsonValue | undefined): JsonValue[] | undefined {
  const list = asList(before);
  if (change.op === 'remove') {
    if (change.value === undefined || change.value === null) return undefined;
    // Entra ID removes elements by listing them as the value; a list of nothing removes nothing.
    return withoutElements(attribute, list, elementsOf(attribute, change.value));
  }
  const elements = elementsOf(attribute, change.value as JsonValue);
  for (const element of elements) fillDefaults(attribute, element);
  if (change.op === 'add') return mergeElements(attribute, list, elements, change.written);
  carryParts(attribute, elements, before);
  return elements;
}

/** The path has a filter. */
function nextSelected(change: Change, list: readonly JsonValue[]): JsonValue[] {
  const filter = change.filter!;
  const selected = new Set(list.filter((element) => matches(filter, element)));
  if (selected.size === 0) return change.op === 'remove' ? [...list] : addMatching(change, list);
  if (change.chain.length > 1) return changeSelected(change, list, selected);
  if (change.op === 'remove') return list.filter((element) => !selected.has(element));
  return change.op === 'add' ? mergeSelected(change, list, selected) : replaceSelected(change, list, selected);
}

/** `emails[type eq "work"].value`: a part of the selected elements. */
function changeSelected(change: Change, list: readonly JsonValue[], selected: ReadonlySet<JsonValue>): JsonValue[] {
  const part = change.chain[1] as Attribute;
  return list.flatMap((element) => {
    if (!selected.has(element)) return [element];
    const after = nextPart(change, 0, isObject(element) ? element : undefined);
    // Entra ID clears a mail or telephone number by removing its value: an element without it means nothing, so it goes.
    if (after === undefined || (part.required && own(after, part.name) === undefined)) return [];
    change.written.add(after);
    return [after];
  });
}

function mergeSelected(change: Change, list: readonly JsonValue[], selected: ReadonlySet<JsonValue>): JsonValue[] {
  const attribute = change.chain[0];
  const [addition] = elementsOf(attribute, change.value as JsonValue);
  return list.map((element) => {
    if (!selected.has(element) || !isObject(element) || !isObject(addition)) return element;
    refuseImmutableParts(attribute, element, addition);
    const after = { ...element, ...addition };
    change.written.add(after);
    return after;
  });
}

/** RFC 7644 §3.5.2.3: all matching elements are replaced. What the filter says of them still holds, unless the value differs. */
function replaceSelected(change: Change, list: readonly JsonValue[], selected: ReadonlySet<JsonValue>): JsonValue[] {
  const attribute = change.chain[0];
  const known = equalitiesOf(change.filter!, attribute) ?? {};
  const elements = elementsOf(attribute, change.value as JsonValue).map((element) =>
    isObject(element) ? { ...known, ...element } : element,
  );
  for (const element of elements) {
    fillDefaults(attribute, element);
    change.written.add(element);
  }
  carryParts(attribute, elements, [...selected]);
  const first = list.findIndex((element) => selected.has(element));
  const rest = (element: JsonValue) => !selected.has(element);
  return [...list.slice(0, first).filter(rest), ...elements, ...list.slice(first).filter(rest)];
}

/** Entra ID adds `emails[type eq "work"].value` where there is no such mail yet: the filter says what the new element is. */
function addMatching(change: Change, list: readonly JsonValue[]): JsonValue[] {
  const attribute = change.chain[0];
  const known = equalitiesOf(change.filter!, attribute);
  if (change.op === 'replace' || known === null) throw noTarget(change.text);
  if (isAbsent(change.value)) return [...list];
  let additions: JsonValue[];
  if (change.chain.length === 1) {
    additions = elementsOf(attribute, change.value as JsonValue).map((element) =>
      isObject(element) ? { ...known, ...element } : element,
    );
  } else {
    const made = nextPart(change, 0, known);
    additions = made === undefined ? [] : [made];
  }
  for (const addition of additions) fillDefaults(attribute, addition);
  return mergeElements(attribute, list, additions, change.written);
}

/** RFC 7644 §3.5.2: sub-attributes that are given take the place of the old, null ones go, the others stay. */
function mergeObject(
  attribute: Attribute,
  before: JsonObject,
  value: JsonValue | undefined,
  raw: JsonValue,
): JsonObject | undefined {
  const given = isObject(value) ? value : {};
  fillDefaults(attribute, given);
  refuseImmutableParts(attribute, before, given);
  const after: JsonObject = { ...before };
  const pointsElsewhere = own(given, 'value') !== undefined && own(given, 'value') !== own(before, 'value');
  for (const sub of attribute.subAttributes) {
    // What the service said about the old target is not true of the new one.
    if (pointsElsewhere && sub.mutability === 'readOnly') delete after[sub.name];
    const now = own(given, sub.name);
    if (now === undefined) continue;
    after[sub.name] = isObject(now) ? (mergeObject(sub, asObject(own(before, sub.name)), now, now) ?? now) : now;
  }
  for (const key of isObject(raw) ? Object.keys(raw) : []) {
    const sub = attribute.sub(key);
    if (sub !== undefined && sub.mutability !== 'readOnly' && isAbsent((raw as JsonObject)[key]))
      delete after[sub.name];
  }
  return Object.keys(after).length === 0 ? undefined : after;
}

function elementsOf(attribute: Attribute, raw: JsonValue): JsonValue[] {
  return asList(convertValue(attribute, raw, { loose: true })).slice();
}

function asList(value: JsonValue | undefined): readonly JsonValue[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function asObject(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}
