import { checkValue, convertValue, fillDefaults } from './attribute-value.ts';
import { checkSchemas, readBody, type SentAttribute } from './canonical-names.ts';
import { carryParts } from './carried-parts.ts';
import type { JsonObject, JsonValue } from './json.ts';
import { checkRequired } from './required-attributes.ts';
import { copyOf, readValue, writeValue } from './resource-data.ts';
import { covers, identityOf, isAbsent } from './same-value.ts';
import type { Attribute, ResourceType } from './schema.ts';
import { type Accepted, fillCreateDefaults, hasValue, isWritable, keep, nothingAccepted } from './sent-values.ts';
import { immutableAttribute, readOnlyAttribute } from './validation-errors.ts';

export type { Accepted } from './sent-values.ts';

/** A stored resource, as PUT and PATCH need it. */
export interface Current {
  /** The row's data. */
  readonly data: JsonObject;
  /** The full representation (attributeSets=all), as it would be answered: `id`, `meta`, computed and edge attributes too. */
  readonly shown: JsonObject;
}

/**
 * The service's own bookkeeping. A PUT of what a GET returned carries a copy of it, which is out of date as soon as someone
 * else writes; refusing it would refuse every second round trip, so it is ignored.
 */
export const BOOKKEEPING: ReadonlySet<string> = new Set(['schemas', 'meta', 'idcsCreatedBy', 'idcsLastModifiedBy']);

/**
 * Checks the body of a create and brings it into canonical form. readOnly attributes are ignored (RFC 7644 §3.3; scim.md §5),
 * defaults are filled in.
 *
 * @throws ScimError 400 naming the attribute
 */
export function acceptCreate(type: ResourceType, body: JsonObject): Accepted {
  const sent = readBody(type, body);
  checkSchemas(type, sent.get('schemas')?.value);
  const accepted = nothingAccepted();
  const missing: string[] = [];
  for (const { attribute, value } of sent.values()) {
    if (isWritable(attribute)) takeValue(accepted, attribute, value, missing);
  }
  fillCreateDefaults(type, accepted);
  const usesExtension = (urn: string) => Object.hasOwn(accepted.data, urn);
  checkRequired(type, (attribute) => hasValue(accepted, attribute), usesExtension, missing);
  return accepted;
}

/**
 * Checks the body of a PUT against the stored resource. What the body leaves out is cleared, except what a default GET does
 * not show, what is immutable and what only the service writes: a GET-change-PUT loses nothing.
 * `given` names what the body gives a value; an edge attribute missing from `edges` stays as it is.
 *
 * @throws ScimError 400 for a readOnly or immutable attribute that would change, and as acceptCreate
 */
export function acceptReplace(type: ResourceType, body: JsonObject, current: Current): Accepted {
  const sent = readBody(type, body);
  checkSchemas(type, sent.get('schemas')?.value);
  const accepted = nothingAccepted();
  const missing: string[] = [];
  for (const attribute of type.attributes) {
    const value = sent.get(attribute.path);
    if (value === undefined) keepOmitted(accepted, type, attribute, current);
    else if (!type.overlay.ignoredOnReplace?.includes(attribute.path)) replaceOne(accepted, value, current, missing);
  }
  const isStored = type.kind === 'collection' || type.kind === 'singleton';
  const has = (attribute: Attribute) =>
    hasValue(accepted, attribute) || (isStored && isKeptWhenOmitted(type, attribute) && attribute.storage !== 'data');
  checkRequired(type, has, (urn) => Object.hasOwn(accepted.data, urn), missing);
  return accepted;
}

/** Whether a PUT that does not mention an attribute leaves it alone: its sender may never have seen it. */
function isKeptWhenOmitted(type: ResourceType, attribute: Attribute): boolean {
  if (!isWritable(attribute) || attribute.mutability === 'immutable') return true;
  if (type.overlay.keptOnReplace?.includes(attribute.path)) return true;
  return attribute.returned === 'request' || attribute.returned === 'never';
}

function takeValue(accepted: Accepted, attribute: Attribute, raw: JsonValue, missing: string[]): void {
  const value = convertValue(attribute, raw);
  if (value === undefined) return;
  fillDefaults(attribute, value);
  checkValue(attribute, value, missing);
  accepted.given.add(attribute.path);
  keep(accepted, attribute, value);
}

function keepOmitted(accepted: Accepted, type: ResourceType, attribute: Attribute, current: Current): void {
  if (isKeptWhenOmitted(type, attribute)) keepStored(accepted, attribute, current);
  else if (attribute.storage === 'edge') accepted.edges.set(attribute.path, []);
}

function keepStored(accepted: Accepted, attribute: Attribute, current: Current): void {
  const stored = attribute.storage === 'data' ? readValue(current.data, attribute) : undefined;
  if (stored !== undefined) writeValue(accepted.data, attribute, copyOf(stored));
}

function replaceOne(accepted: Accepted, sent: SentAttribute, current: Current, missing: string[]): void {
  const { attribute, value: raw } = sent;
  if (!isWritable(attribute)) {
    if (!BOOKKEEPING.has(attribute.path)) refuseChange(attribute, raw, current);
    keepStored(accepted, attribute, current);
    return;
  }
  if (attribute.mutability === 'immutable' && hasShownValue(attribute, current)) {
    refuseChange(attribute, raw, current);
    keepStored(accepted, attribute, current);
    return;
  }
  const value = convertValue(attribute, raw);
  if (value === undefined) {
    // An explicit empty value clears even what an omission would keep.
    if (attribute.storage === 'edge') accepted.edges.set(attribute.path, []);
    return;
  }
  fillDefaults(attribute, value);
  const stored = readValue(current.data, attribute);
  carryParts(attribute, value, stored);
  checkValue(attribute, value, missing, true);
  const fresh = withoutKnown(attribute, value, stored);
  if (fresh !== undefined) checkValue(attribute, fresh, missing);
  accepted.given.add(attribute.path);
  keep(accepted, attribute, value);
}

/**
 * What a value has that is not stored yet. What is stored comes back without its never returned parts (answers of security
 * questions), as a GET showed it: they are there.
 */
function withoutKnown(attribute: Attribute, value: JsonValue, stored: JsonValue | undefined): JsonValue | undefined {
  if (stored === undefined || !Array.isArray(value) || !Array.isArray(stored)) {
    return stored === undefined ? value : undefined;
  }
  const known = new Set(stored.map((element) => identityOf(attribute, element)));
  const fresh = value.filter((element) => !known.has(identityOf(attribute, element)));
  return fresh.length === 0 ? undefined : fresh;
}

function hasShownValue(attribute: Attribute, current: Current): boolean {
  return !isAbsent(readValue(current.shown, attribute)) || !isAbsent(readValue(current.data, attribute));
}

/** @throws ScimError 400 unless the value sent is the one that is there */
function refuseChange(attribute: Attribute, raw: JsonValue, current: Current): void {
  const there = readValue(current.shown, attribute) ?? readValue(current.data, attribute);
  if (covers(attribute, there, raw)) return;
  throw attribute.mutability === 'immutable' ? immutableAttribute(attribute.path) : readOnlyAttribute(attribute.path);
}
