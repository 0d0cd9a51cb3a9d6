import { badRequest } from '../../scim/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import type { RequestContext } from '../request-context.ts';
import { CUSTOM_USER_URN, definitionsOf, typeWith } from './custom-attributes.ts';

/** Columns of the real service hold 40 or 4,000 characters; which one an attribute has can't change. */
const SHORT = 40;
const LONG = 4000;
/** IDCS: scim.md §12: what an update of an attribute says about these is ignored. */
const FIXED = [
  'type',
  'idcsSearchable',
  'uniqueness',
  'caseExact',
  'idcsSensitive',
  'multiValued',
  'required',
] as const;

/**
 * Checks and completes the custom attributes of a PUT or PATCH (scim.md §12). Changes `data`.
 *
 * @throws ScimError 400 naming the attribute; also when one is taken out that users have values of
 */
export async function settleCustomSchema(
  context: RequestContext,
  before: StoredResource,
  data: JsonObject,
): Promise<void> {
  const old = new Map(attributesOf(before.data).map((one) => [nameOf(one), one]));
  const settled: JsonObject[] = [];
  for (const one of attributesOf(data)) {
    const known = old.get(nameOf(one));
    const attribute = known === undefined ? completed(one) : { ...one, ...keptOf(known) };
    checkAttribute(attribute);
    if (known !== undefined) checkUpdate(known, attribute);
    settled.push(attribute);
  }
  refuseRepeated(settled);
  const counters = new Counters([...old.values()]);
  for (const attribute of settled) {
    attribute['idcsTargetAttributeName'] =
      old.get(nameOf(attribute))?.['idcsTargetAttributeName'] ?? counters.next(attribute);
  }
  const left = new Set(settled.map(nameOf));
  await refuseUsed(
    context,
    before,
    [...old.keys()].filter((name) => !left.has(name)),
  );
  if (settled.length === 0) delete data['attributes'];
  else data['attributes'] = settled;
  for (const name of ['name', 'idcsResourceTypes'])
    if (before.data[name] !== undefined) data[name] = before.data[name]!;
}

function attributesOf(data: JsonObject): JsonObject[] {
  const list = data['attributes'];
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function nameOf(attribute: JsonObject): string {
  return String(attribute['name']).toLowerCase();
}

/** What the service fills in for a new attribute. */
function completed(attribute: JsonObject): JsonObject {
  return {
    multiValued: false,
    mutability: 'readWrite',
    returned: 'default',
    idcsSearchable: false,
    ...attribute,
    type: attribute['type'] ?? 'string',
    required: false,
    caseExact: true,
    uniqueness: 'none',
    idcsValuePersisted: true,
  };
}

function keptOf(known: JsonObject): JsonObject {
  const kept: JsonObject = {};
  for (const name of [...FIXED, 'idcsValuePersisted']) if (known[name] !== undefined) kept[name] = known[name]!;
  return kept;
}

function checkAttribute(attribute: JsonObject): void {
  const name = String(attribute['name']);
  if (!/^[A-Za-z][\w-]{0,99}$/.test(name)) {
    throw refused(name, 'name must begin with a letter and have only letters, digits, _ and - (100 at most)');
  }
  if (attribute['type'] !== 'string') throw refused(name, 'type must be string');
  const min = attribute['idcsMinLength'];
  const max = maxOf(attribute);
  if (typeof min === 'number' && min < 1) throw refused(name, 'idcsMinLength must be at least 1');
  if (max < 2 || max > LONG) throw refused(name, `idcsMaxLength must be from 2 to ${LONG}`);
  if (typeof min === 'number' && min > max) throw refused(name, 'idcsMinLength must not be above idcsMaxLength');
  for (const mapping of mappingsOf(attribute)) {
    if (typeof mapping['columnHeaderName'] !== 'string') {
      throw refused(name, 'idcsCsvAttributeNameMappings needs a columnHeaderName');
    }
    if (attribute['multiValued'] === true && mapping['multiValueDelimiter'] === undefined) {
      throw refused(name, 'idcsCsvAttributeNameMappings of a multi-valued attribute needs a multiValueDelimiter');
    }
  }
}

function checkUpdate(known: JsonObject, attribute: JsonObject): void {
  const name = String(attribute['name']);
  const column = maxOf(known) <= SHORT ? SHORT : LONG;
  if (maxOf(attribute) < maxOf(known)) throw refused(name, 'idcsMaxLength can only grow');
  if (maxOf(attribute) > column) throw refused(name, `idcsMaxLength can be ${column} at most: its column is no longer`);
  const [before, after] = [minOf(known), minOf(attribute)];
  if (after > before) throw refused(name, 'idcsMinLength can only shrink');
  const kept = new Set(listOf(attribute['canonicalValues']));
  const lost = listOf(known['canonicalValues']).filter((value) => !kept.has(value));
  if (lost.length > 0) throw refused(name, `canonicalValues must keep ${lost.join(', ')}`);
}

function minOf(attribute: JsonObject): number {
  return typeof attribute['idcsMinLength'] === 'number' ? attribute['idcsMinLength'] : 1;
}

function maxOf(attribute: JsonObject): number {
  return typeof attribute['idcsMaxLength'] === 'number' ? attribute['idcsMaxLength'] : LONG;
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function mappingsOf(attribute: JsonObject): JsonObject[] {
  return listOf(attribute['idcsCsvAttributeNameMappings']).filter(isObject);
}

/** Names, display names and CSV columns are unique among the custom attributes. */
function refuseRepeated(attributes: readonly JsonObject[]): void {
  const seen = new Set<string>();
  const once = (attribute: JsonObject, what: string, value: JsonValue | undefined) => {
    if (typeof value !== 'string') return;
    const key = `${what} ${value.toLowerCase()}`;
    if (seen.has(key)) throw refused(String(attribute['name']), `${what} ${value} is taken`);
    seen.add(key);
  };
  for (const attribute of attributes) {
    once(attribute, 'name', attribute['name']);
    once(attribute, 'idcsDisplayName', attribute['idcsDisplayName']);
    for (const mapping of mappingsOf(attribute)) once(attribute, 'columnHeaderName', mapping['columnHeaderName']);
  }
}

/** IDCS: scim.md §12: `I_VC_40_IFLEX_3`: I for searchable, U for others; the column's length; a counter of each kind. */
class Counters {
  readonly #last = new Map<string, number>();

  constructor(attributes: readonly JsonObject[]) {
    for (const { idcsTargetAttributeName } of attributes) {
      const [, kind, number] = /^(.+_IFLEX_)(\d+)$/.exec(String(idcsTargetAttributeName)) ?? [];
      if (kind !== undefined) this.#last.set(kind, Math.max(this.#last.get(kind) ?? 0, Number(number)));
    }
  }

  next(attribute: JsonObject): string {
    const kind = `${attribute['idcsSearchable'] === true ? 'I' : 'U'}_${maxOf(attribute) <= SHORT ? 'VC_40' : 'VC_4K'}_IFLEX_`;
    const number = (this.#last.get(kind) ?? 0) + 1;
    this.#last.set(kind, number);
    return `${kind}${number}`;
  }
}

/** @throws ScimError 400 when users have values of an attribute that is to go */
async function refuseUsed(context: RequestContext, before: StoredResource, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  // The search copy holds all custom values; a client may search fewer.
  const searchable = definitionsOf(before.data).map((one) => ({ ...one, idcsSearchable: true }));
  const type = typeWith('User', searchable);
  for (const name of names) {
    const attribute = type.extension(CUSTOM_USER_URN)!.get(name)!;
    const filter = { op: 'pr', attribute } as const;
    const query = { type, filter, sortBy: null, descending: false, offset: 0, limit: 1 };
    const { total } = await context.store.resources.search(context.domain.id, query);
    if (total > 0) throw refused(attribute.name, `${total} users have a value: it can not be removed`);
  }
}

function refused(name: string, why: string): Error {
  return badRequest(`Schema.attributes ${name.slice(0, 100)}: ${why}.`);
}
