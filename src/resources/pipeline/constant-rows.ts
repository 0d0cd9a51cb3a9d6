import { createHash } from 'node:crypto';
import type { Filter } from '../../scim/filter-ast.ts';
import type { JsonObject, JsonValue } from '../../scim/json.ts';
import { matches } from '../../scim/match.ts';
import { copyOf } from '../../scim/resource-data.ts';
import type { Attribute, ResourceType } from '../../scim/schema.ts';
import { valuesOf } from '../../store/row-plan.ts';
import type { ResourcePage, StoredResource } from '../../store/store.ts';
import type { ConstantResource } from '../behaviour.ts';

/*
 * Types whose resources are the same in every domain and that nobody writes (Behaviour.constants): schemas, allowed values. They
 * are answered from memory, by the same filters, sorting, paging and projection as rows; a domain's birth does not copy them.
 */

/** When what ships was made, as far as answers tell: ms since the epoch. */
const SHIPPED = Date.UTC(2026, 0, 1);

/** What a list wants, as the store's queries have it. */
export interface ConstantQuery {
  readonly filter: Filter | null;
  readonly sortBy: Attribute | null;
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
}

/** The page of a list of constants. */
export function searchConstants(
  type: ResourceType,
  constants: readonly ConstantResource[],
  { filter, sortBy, descending, offset, limit }: ConstantQuery,
): ResourcePage {
  const found = filter === null ? [...constants] : constants.filter((one) => matches(filter, whole(type, one)));
  if (sortBy !== null) {
    const keys = new Map(found.map((one) => [one, sortKey(sortBy, whole(type, one))]));
    found.sort((a, b) => compare(keys.get(a), keys.get(b)));
  }
  if (descending) found.reverse();
  const resources = found.slice(offset, offset + limit).map((one) => rowOf(type, one));
  return { resources, total: found.length };
}

/** A constant by its id; null when there is none. */
export function readConstant(
  type: ResourceType,
  constants: readonly ConstantResource[],
  id: string,
): StoredResource | null {
  const found = constants.find((one) => one.id === id);
  return found === undefined ? null : rowOf(type, found);
}

const versions = new WeakMap<ConstantResource, string>();

/** As a row of the store: with data of its own, which answering uses up. */
function rowOf(type: ResourceType, constant: ConstantResource): StoredResource {
  const { id, data, lastModified = SHIPPED, row } = constant;
  if (row !== undefined) return { ...row, data: copyOf(row.data) };
  let version = versions.get(constant);
  if (version === undefined) {
    version = createHash('sha256').update(JSON.stringify(data)).digest('hex').slice(0, 32);
    versions.set(constant, version);
  }
  const times = { created: lastModified, lastModified };
  return { id, ocid: null, type: type.name, seq: 0, version, ...times, data: copyOf(data) };
}

/** What filters look at. */
function whole(type: ResourceType, { id, data, lastModified = SHIPPED }: ConstantResource): JsonObject {
  const time = new Date(lastModified).toISOString();
  return {
    ...data,
    id,
    schemas: [type.schema],
    meta: { resourceType: type.name, created: time, lastModified: time },
  };
}

function sortKey(sortBy: Attribute, resource: JsonObject): JsonValue | undefined {
  const first = valuesOf(sortBy, resource)[0];
  return typeof first === 'string' && !sortBy.caseExact ? first.toLowerCase() : first;
}

/** What has no value comes last, as in the store's order. */
function compare(left: JsonValue | undefined, right: JsonValue | undefined): number {
  if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
  if (left === null || right === null || left === right) return 0;
  return left < right ? -1 : 1;
}
