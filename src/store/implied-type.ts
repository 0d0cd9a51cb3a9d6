import type { Filter } from '../scim/filter-ast.ts';
import { conjunctsOf } from './filter-cost.ts';
import type { FilterTarget } from './filter-to-sql.ts';
import { readImpliedId as readId, type readImpliedId } from './implied-id.ts';
import { idIs } from './row-filter.ts';
import type { SqlParameters } from './sql-parameters.ts';
import type { StoredResource } from './store.ts';

/** How the resources of one type that are no rows are found. */
export interface ImpliedRows {
  /** Whether the type has rows too. */
  readonly hasRows: boolean;
  /**
   * The resources that may satisfy a filter, as a SELECT with the columns of a `resource r` that filters and orders name (id, ocid,
   * seq, type, version, created_at, modified_at, search ...) and: `a` and `b`, of whose numbers the id is made; `at`, since when
   * (ms); `one` and `two`, ids as the page wants them. null: there are none. `rest`: what of the filter is still to be checked.
   *
   * @param bySeq nothing but `seq` decides on the order: without a `rest`, the SELECT needs no more than that, a, b, at, one and two,
   *   and b may be null where `page` finds out
   */
  select(
    filter: Filter | null,
    target: FilterTarget,
    bySeq: boolean,
  ): { readonly sql: string; readonly rest: Filter | null } | null;
  /** SELECT of what a page shows, for one row of `p` (a, b, at, one, two). */
  readonly page: string;
  toResource(row: ImpliedPageRow): StoredResource;
}

/** One row of a page: what `page` selects, with the columns of `p`. */
export interface ImpliedPageRow {
  readonly a: string;
  /** null: it is a row. */
  readonly b: string | null;
  readonly at: string | null;
  readonly one: string | null;
  readonly two: string | null;
  readonly [column: string]: string | null;
}

/** The parts of a filter that must all hold, brackets of single values opened: `grantee[value eq "x"]` is one of them. */
export function partsOf(filter: Filter | null): readonly Filter[] {
  if (filter === null) return [];
  return conjunctsOf(filter).flatMap((part) =>
    part.op === 'valuePath' && !part.attribute.multiValued ? partsOf(part.filter) : [part],
  );
}

/** All parts together; null: none. */
export function allOf(parts: readonly Filter[]): Filter | null {
  return parts.length === 0 ? null : parts.length === 1 ? parts[0]! : { op: 'and', filters: parts };
}

/** The values of which a part says that the attribute is one; null when it says something else. */
export function keysFor(part: Filter, path: string): readonly string[] | null {
  if (part.op === 'or') {
    const keys = part.filters.map((each) => keysFor(each, path));
    return keys.every((each) => each !== null) ? keys.flat() : null;
  }
  return part.op === 'eq' && part.attribute.path === path && typeof part.value === 'string' ? [part.value] : null;
}

/** SQL for "the column is one of these ids or OCIDs". */
export function isOneOf(column: string, keys: readonly string[], parameters: SqlParameters): string {
  return `(${keys.map((key) => idIs(column, key, true, parameters)).join(' OR ')})`;
}

/** The paths that a filter names. */
export function pathsOf(filter: Filter): readonly string[] {
  if ('filters' in filter) return filter.filters.flatMap(pathsOf);
  if (filter.op === 'not') return pathsOf(filter.filter);
  return [filter.attribute.path];
}

/** What the id says, where a part asks for one; undefined: it does not. */
export function askedId(part: Filter): ReturnType<typeof readImpliedId> | undefined {
  const [key, ...more] = keysFor(part, 'id') ?? [];
  return key === undefined || more.length > 0 ? undefined : readId(key);
}
