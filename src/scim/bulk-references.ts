import type { JsonObject, JsonValue } from './json.ts';
import { invalidBulk, quote } from './validation-errors.ts';

/*
 * `bulkId:x` in the data of a Bulk operation. IDCS: a reference is a whole string, as a `value` or an element of a list
 * (`userIds`); inside longer text (Condition.attributeValue) it stays what it is (scim.md §8). The one exception are the paths of
 * a PATCH, where a quoted value in brackets may be one: `members[value eq "bulkId:x"]`.
 */

const PREFIX = 'bulkId:';
/** Deeper than any resource; bounds the recursion over what a client sent. */
const MAX_DEPTH = 32;

/** The bulkId that a string refers to; null when it is no reference. The prefix is taken in any case. */
export function readReference(text: string): string | null {
  if (text.length <= PREFIX.length) return null;
  return text.slice(0, PREFIX.length).toLowerCase() === PREFIX.toLowerCase() ? text.slice(PREFIX.length) : null;
}

/**
 * The bulkIds that an operation's data refers to.
 *
 * @throws ScimError 400 when the data is nested too deeply
 */
export function referencesIn(data: JsonObject): Set<string> {
  const found = new Set<string>();
  walk(data, 0, (text) => {
    const bulkId = readReference(text);
    if (bulkId !== null) found.add(bulkId);
    return text;
  });
  return found;
}

/**
 * A copy of the data with references replaced by ids.
 *
 * @throws ScimError 400 naming a bulkId that has no id
 */
export function resolveReferences(data: JsonObject, ids: ReadonlyMap<string, string>): JsonObject {
  return walk(data, 0, (text) => {
    const bulkId = readReference(text);
    if (bulkId === null) return text;
    const id = ids.get(bulkId);
    if (id === undefined) throw invalidBulk(`The bulkId [${quote(bulkId)}] stands for no resource of this request.`);
    return id;
  }) as JsonObject;
}

/** Rebuilds a value with every string that can be a reference passed through `replace`. */
function walk(value: JsonValue, depth: number, replace: (text: string) => string, canRefer = false): JsonValue {
  if (typeof value === 'string') return canRefer ? replace(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) throw invalidBulk(`The attribute data is nested more than ${MAX_DEPTH} levels deep.`);
  if (Array.isArray(value)) return value.map((element) => walk(element, depth + 1, replace, true));
  const entries = Object.keys(value).map((key) => {
    const member = value[key] as JsonValue;
    if (typeof member === 'string' && isPatchPath(key, value)) return [key, inPath(member, replace)] as const;
    return [key, walk(member, depth + 1, replace, isReferenceName(key))] as const;
  });
  return Object.fromEntries(entries);
}

function isPatchPath(key: string, object: JsonObject): boolean {
  return key.toLowerCase() === 'path' && Object.keys(object).some((name) => name.toLowerCase() === 'op');
}

/** Quoted texts that are references, replaced. */
function inPath(path: string, replace: (text: string) => string): string {
  return path.replace(/"(bulkId:[^"\\]+)"/gi, (_, reference: string) => `"${replace(reference)}"`);
}

/** `value`, and members that hold an id under another name: `attributeValue` of a Grant's entitlement, `appId`. */
function isReferenceName(key: string): boolean {
  return /value$/i.test(key) || /Ids?$/.test(key);
}
