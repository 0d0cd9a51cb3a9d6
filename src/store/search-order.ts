import { badRequest } from '../scim/errors.ts';
import type { Attribute, ResourceType } from '../scim/schema.ts';
import { sortPaths } from './json-path.ts';
import { columnOf } from './row-filter.ts';
import { searchKey } from './search-document.ts';
import type { SqlParameters } from './sql-parameters.ts';
import type { ResourceQuery } from './store.ts';

/** The order of a search, for the places of its statements. */
export interface SearchOrder {
  /** The value sorted by, in terms of `resource r`. */
  readonly key: string;
  /** ORDER BY over `resource r`: in this form it is an index's. */
  readonly ofRows: string;
  /** ORDER BY over (k, seq). */
  readonly ofKeys: string;
}

/**
 * Resources without the value come last in ascending order, as RFC 7644 §3.4.2.3 asks. Ties are in order of creation.
 *
 * @throws ScimError 400 for an attribute that has no order: not searchable, computed, or rows of another table
 */
export function searchOrder(query: ResourceQuery, domainId: number, parameters: SqlParameters): SearchOrder {
  const direction = query.descending ? 'DESC' : 'ASC';
  if (query.sortBy === null) return { key: 'r.seq', ofRows: `r.seq ${direction}`, ofKeys: `seq ${direction}` };
  const key = sortKey(query.sortBy, query.type, domainId, parameters);
  return { key, ofRows: `${key} ${direction}, r.seq ${direction}`, ofKeys: `k ${direction}, seq ${direction}` };
}

function sortKey(attribute: Attribute, type: ResourceType, domainId: number, parameters: SqlParameters): string {
  const column = columnOf(attribute, type);
  if (column !== null && column.kind !== 'meta') return column.sql;
  const sorted = attribute.type === 'complex' ? attribute.sub('value') : attribute;
  if (sorted === undefined || sorted.storage !== 'data' || !sorted.searchable) {
    throw badRequest(`The list cannot be sorted by ${attribute.path}.`);
  }
  const numeric = ['integer', 'decimal', 'dateTime'].includes(sorted.type);
  const values = sortPaths(sorted, searchKey(domainId, type.name)).map((path) => {
    const typed = numeric ? `${path} ? (@.type() == "number")` : path;
    return `jsonb_path_query_first(r.search, ${parameters.add(typed)}::jsonpath) #>> '{}'`;
  });
  const value = values.length === 1 ? `(${values[0]})` : `COALESCE(${values.join(', ')})`;
  return numeric ? `${value}::numeric` : `${value} COLLATE "C"`;
}
