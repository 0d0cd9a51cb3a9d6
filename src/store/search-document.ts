import { parseDateTime } from '../scim/date-time.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { Attribute, ResourceType } from '../scim/schema.ts';
import { hasColumn } from './row-filter.ts';

/*
 * The copy of a resource that filters and sorts look at: only searchable attributes, strings lower-cased unless caseExact,
 * dates as milliseconds. It lies under one key, `<domain>/<type>`: a GIN entry is a hash of path and value, so each entry
 * belongs to one domain and one type, and a search never wades through the same value of other domains.
 *
 * Each value in it costs an entry of the index with every write. So attributes that have a column are left out, and booleans,
 * which no index could find anything by, are written as objects without values: those have no entry.
 */

/** True and false. No attribute has these names, and as text they sort as false before true. */
export const TRUE = '1';
export const FALSE = '0';

/** Marks a complex value that is there although none of its searchable parts is, for `pr`. */
const PRESENT = '';

/** The key under which the search copies of a domain's resources of one type lie. */
export function searchKey(domainId: number, type: string): string {
  return `${domainId}/${type}`;
}

/** The search copy of a resource's data. */
export function searchDocument(domainId: number, type: ResourceType, data: JsonObject): JsonObject {
  const { core, extensions } = planOf(type);
  const copy = copyMembers(core, data) ?? {};
  for (const [urn, members] of extensions) {
    const value = Object.hasOwn(data, urn) ? data[urn]! : null;
    const kept = isObject(value) ? copyMembers(members, value) : undefined;
    if (kept !== undefined) copy[urn] = kept;
  }
  for (const urn of type.overlay.openExtensions ?? []) {
    // Kept by whatever form of the type a write has: some writers don't know the domain's attributes.
    if (Object.hasOwn(data, urn)) copy[urn] = data[urn]!;
  }
  return { [searchKey(domainId, type.name)]: copy };
}

/** A filter's text folded as the search copy's is. */
export function folded(attribute: Attribute, value: string): string {
  return attribute.caseExact ? value : value.toLowerCase();
}

/** A filter's value in the form in which the search copy holds values (dates are milliseconds in filters already). */
export function wantedValue(attribute: Attribute, value: string | number | boolean): JsonValue {
  return typeof value === 'string' ? folded(attribute, value) : typeof value === 'boolean' ? flag(value) : value;
}

function flag(value: boolean): JsonObject {
  return { [value ? TRUE : FALSE]: {} };
}

type Members = ReadonlyMap<string, Attribute>;

interface SearchPlan {
  readonly core: Members;
  readonly extensions: ReadonlyMap<string, Members>;
}

const plans = new WeakMap<ResourceType, SearchPlan>();
const subs = new WeakMap<Attribute, Members>();

function planOf(type: ResourceType): SearchPlan {
  let plan = plans.get(type);
  if (plan === undefined) {
    const kept = type.attributes.filter((attribute) => isKept(attribute) && !hasColumn(attribute, type));
    plan = {
      core: byName(kept.filter((attribute) => attribute.extension === null)),
      extensions: new Map(
        type.extensions.map((urn) => [urn, byName(kept.filter((attribute) => attribute.extension === urn))]),
      ),
    };
    plans.set(type, plan);
  }
  return plan;
}

function subsOf(attribute: Attribute): Members {
  let members = subs.get(attribute);
  if (members === undefined) {
    members = byName(attribute.subAttributes.filter(isKept));
    subs.set(attribute, members);
  }
  return members;
}

function isKept(attribute: Attribute): boolean {
  return attribute.storage === 'data' && attribute.searchable;
}

function byName(attributes: readonly Attribute[]): Map<string, Attribute> {
  return new Map(attributes.map((attribute) => [attribute.name, attribute]));
}

function copyMembers(members: Members, value: JsonObject): JsonObject | undefined {
  const copy: JsonObject = {};
  let some = false;
  for (const name of Object.keys(value)) {
    const attribute = members.get(name);
    const kept = attribute === undefined ? undefined : copyValue(attribute, value[name]!);
    if (kept === undefined) continue;
    copy[name] = kept;
    some = true;
  }
  return some ? copy : undefined;
}

function copyValue(attribute: Attribute, value: JsonValue): JsonValue | undefined {
  if (value === null) return undefined;
  if (Array.isArray(value)) {
    const copies = value.map((element) => copyValue(attribute, element)).filter((copy) => copy !== undefined);
    return copies.length === 0 ? undefined : copies;
  }
  if (attribute.type !== 'complex') return isObject(value) ? undefined : searchValue(attribute, value);
  if (!isObject(value)) return undefined;
  const copy = copyMembers(subsOf(attribute), value) ?? {};
  return isPresent(copy) || !isPresent(value) ? copy : { ...copy, [PRESENT]: flag(true) };
}

function searchValue(attribute: Attribute, value: JsonValue): JsonValue {
  switch (attribute.type) {
    case 'boolean':
      return typeof value === 'boolean' ? flag(value) : value;
    case 'integer':
    case 'decimal':
      return value;
    case 'dateTime':
      // What is no date stays as it is: present, and equal to no date.
      return typeof value === 'string' ? (parseDateTime(value) ?? value) : value;
    default:
      return attribute.caseExact ? String(value) : String(value).toLowerCase();
  }
}

/** Whether there is a value that is not empty, at any depth; in the copy a flag is one. */
function isPresent(value: JsonValue): boolean {
  if (value === null || value === '') return false;
  if (typeof value !== 'object') return true;
  if (Object.hasOwn(value, TRUE) || Object.hasOwn(value, FALSE)) return true;
  return Object.values(value).some(isPresent);
}
