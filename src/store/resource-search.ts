import { badRequest } from '../scim/errors.ts';
import type { Filter } from '../scim/filter-ast.ts';
import type { Attribute, ResourceType } from '../scim/schema.ts';
import { filterToSql } from './filter-to-sql.ts';
import { sortPaths } from './json-path.ts';
import type { Queries } from './queries.ts';
import { RESOURCE_COLUMNS, type ResourceRow, toStoredResource } from './resource-row.ts';
import { columnOf } from './row-filter.ts';
import { isUnique } from './row-plan.ts';
import { searchKey } from './search-document.ts';
import { SqlParameters } from './sql-parameters.ts';
import type { ResourcePage, ResourceQuery } from './store.ts';
import { StatementTimeout } from './store-errors.ts';

/** Up to here the matches of a filter are collected, counted and sorted in one statement. */
const FEW = 1000;
/** From this offset on the page's rows are found in the index alone and then joined. */
const DEEP = 100;
/** A filter by unique values that can match at most so many rows is answered by reading them all. */
const KEYED_AT_MOST = 200;

const OF_TYPE = 'r.domain_id = $1 AND r.type = $2';
const JOIN_PAGE = 'JOIN resource r ON r.domain_id = $1 AND r.type = $2 AND r.seq = p.seq';

/**
 * Runs a search. The total is exact; what it costs depends on the filter:
 * none: a counter and one page of an index; unique values: those rows; few matches: one statement that collects them;
 * many: that statement gives up after 1,000, and a second one counts and reads the page in order. The first never sees the
 * LIMIT, which would make the planner walk the order's index in the hope of meeting matches soon.
 *
 * @throws ScimError 400 for a filter or an order that has no SQL, or that takes too long
 */
export async function search(queries: Queries, domainId: number, query: ResourceQuery): Promise<ResourcePage> {
  try {
    if (query.filter === null) return await unfiltered(queries, domainId, query);
    if (rowsAtMost(query.filter) <= KEYED_AT_MOST) return await keyed(queries, domainId, query, query.filter);
    if (query.limit === 0) return await countOnly(queries, domainId, query, query.filter);
    return (await few(queries, domainId, query, query.filter)) ?? (await many(queries, domainId, query, query.filter));
  } catch (error) {
    if (error instanceof StatementTimeout) throw badRequest('The search takes too long: narrow the filter.');
    throw error;
  }
}

type PageRow = { readonly total: string } & { readonly [column in keyof ResourceRow]: ResourceRow[column] | null };

async function unfiltered(queries: Queries, domainId: number, query: ResourceQuery): Promise<ResourcePage> {
  const parameters = new SqlParameters(domainId, query.type.name);
  const total = 'SELECT COALESCE(sum(n), 0) AS total FROM counter WHERE domain_id = $1 AND type = $2';
  if (query.limit === 0) return pageOf(query.type, await queries.run<PageRow>(total, parameters.values));
  const order = orderOf(query, domainId, parameters);
  const page = pageSql('TRUE', order, query, parameters);
  const sql = `SELECT t.total, p.* FROM (${total}) t LEFT JOIN (${page}) p ON TRUE ORDER BY ${order.outer}`;
  return pageOf(query.type, await queries.run<PageRow>(sql, parameters.values));
}

/** All rows that match, at most KEYED_AT_MOST: they are their own total. */
async function keyed(queries: Queries, domainId: number, query: ResourceQuery, filter: Filter): Promise<ResourcePage> {
  const parameters = new SqlParameters(domainId, query.type.name);
  const condition = filterToSql(filter, { domainId, type: query.type, parameters });
  const order = orderOf(query, domainId, parameters);
  const sql = `SELECT ${RESOURCE_COLUMNS} FROM resource r WHERE ${OF_TYPE} AND ${condition} ORDER BY ${order.inner}`;
  const { rows } = await queries.run<ResourceRow>(sql, parameters.values);
  const page = rows.slice(query.offset, query.offset + query.limit);
  return { total: rows.length, resources: page.map((row) => toStoredResource(query.type.name, row)) };
}

async function countOnly(
  queries: Queries,
  domainId: number,
  query: ResourceQuery,
  filter: Filter,
): Promise<ResourcePage> {
  const parameters = new SqlParameters(domainId, query.type.name);
  const condition = filterToSql(filter, { domainId, type: query.type, parameters });
  const sql = `SELECT count(*) AS total FROM resource r WHERE ${OF_TYPE} AND ${condition}`;
  return pageOf(query.type, await queries.run<PageRow>(sql, parameters.values));
}

/** Null when there are more than FEW matches. */
async function few(
  queries: Queries,
  domainId: number,
  query: ResourceQuery,
  filter: Filter,
): Promise<ResourcePage | null> {
  const parameters = new SqlParameters(domainId, query.type.name);
  const condition = filterToSql(filter, { domainId, type: query.type, parameters });
  const order = orderOf(query, domainId, parameters);
  const range = `OFFSET ${parameters.add(query.offset)} LIMIT ${parameters.add(query.limit)}`;
  const sql = `WITH m AS MATERIALIZED (SELECT r.seq, ${order.key} AS k FROM resource r WHERE ${OF_TYPE} AND ${condition}),
    few AS MATERIALIZED (SELECT seq, k FROM m LIMIT ${FEW + 1}),
    t AS MATERIALIZED (SELECT count(*) AS total FROM few),
    p AS MATERIALIZED (SELECT seq, k FROM few WHERE (SELECT total FROM t) <= ${FEW} ORDER BY ${order.ofPage} ${range})
    SELECT t.total, q.* FROM t LEFT JOIN (SELECT p.k, ${RESOURCE_COLUMNS} FROM p ${JOIN_PAGE}) q ON TRUE
    ORDER BY ${order.outer}`;
  const page = pageOf(query.type, await queries.run<PageRow>(sql, parameters.values));
  return page.total > FEW ? null : page;
}

async function many(queries: Queries, domainId: number, query: ResourceQuery, filter: Filter): Promise<ResourcePage> {
  const parameters = new SqlParameters(domainId, query.type.name);
  const condition = filterToSql(filter, { domainId, type: query.type, parameters });
  const order = orderOf(query, domainId, parameters);
  const page = pageSql(condition, order, query, parameters);
  const count = `SELECT count(*) AS total FROM resource r WHERE ${OF_TYPE} AND ${condition}`;
  const sql = `SELECT t.total, p.* FROM (${count}) t LEFT JOIN (${page}) p ON TRUE ORDER BY ${order.outer}`;
  return pageOf(query.type, await queries.run<PageRow>(sql, parameters.values));
}

function pageSql(condition: string, order: Order, query: ResourceQuery, parameters: SqlParameters): string {
  const where = `FROM resource r WHERE ${OF_TYPE} AND ${condition}`;
  const range = `ORDER BY ${order.inner} OFFSET ${parameters.add(query.offset)} LIMIT ${parameters.add(query.limit)}`;
  if (query.offset < DEEP) return `SELECT ${order.key} AS k, ${RESOURCE_COLUMNS} ${where} ${range}`;
  return `SELECT p.k, ${RESOURCE_COLUMNS} FROM (SELECT r.seq, ${order.key} AS k ${where} ${range}) p ${JOIN_PAGE}`;
}

function pageOf(type: ResourceType, result: { readonly rows: readonly PageRow[] }): ResourcePage {
  const total = Number(result.rows[0]?.total ?? 0);
  const found = result.rows.filter((row) => row.seq !== undefined && row.seq !== null);
  return { total, resources: found.map((row) => toStoredResource(type.name, row as ResourceRow)) };
}

interface Order {
  /** The value sorted by, in terms of `resource r`. */
  readonly key: string;
  /** ORDER BY over `resource r`: in this form it is an index's. */
  readonly inner: string;
  /** ORDER BY over (k, seq). */
  readonly ofPage: string;
  /** ORDER BY over the answer's rows. */
  readonly outer: string;
}

/** Resources without the value come last in ascending order, as RFC 7644 §3.4.2.3 asks. Ties are in order of creation. */
function orderOf(query: ResourceQuery, domainId: number, parameters: SqlParameters): Order {
  const direction = query.descending ? 'DESC' : 'ASC';
  if (query.sortBy === null) {
    return { key: 'r.seq', inner: `r.seq ${direction}`, ofPage: `seq ${direction}`, outer: `seq ${direction}` };
  }
  const key = sortKey(query.sortBy, query.type, domainId, parameters);
  const pair = `k ${direction}, seq ${direction}`;
  return { key, inner: `${key} ${direction}, r.seq ${direction}`, ofPage: pair, outer: pair };
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

/** How many rows a filter can match at most, by unique attributes; Infinity when it names none. */
function rowsAtMost(filter: Filter): number {
  switch (filter.op) {
    case 'eq':
      return filter.value !== null && isUnique(filter.attribute) ? 1 : Number.POSITIVE_INFINITY;
    case 'and':
      return Math.min(...filter.filters.map(rowsAtMost));
    case 'or':
      return filter.filters.reduce((sum, part) => sum + rowsAtMost(part), 0);
    default:
      return Number.POSITIVE_INFINITY;
  }
}
