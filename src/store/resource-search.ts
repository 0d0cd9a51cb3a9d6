import { badRequest } from '../scim/errors.ts';
import type { Filter } from '../scim/filter-ast.ts';
import type { ResourceType } from '../scim/schema.ts';
import { indexFor, rowsAtMost } from './filter-cost.ts';
import { filterToSql } from './filter-to-sql.ts';
import { impliedRowsOf, searchImplied } from './implied-rows.ts';
import type { Queries } from './queries.ts';
import { RESOURCE_COLUMNS, type ResourceRow, toStoredResource } from './resource-row.ts';
import { tableOf } from './resource-table.ts';
import { searchOrder } from './search-order.ts';
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
/**
 * The same, hidden from the B-trees: for a filter that the search copy or the trigrams answer. The planner knows too little of
 * their selectivity, and would rather read the whole type. Those entries belong to one domain and type anyway.
 */
const OF_TYPE_CHECKED = `(${OF_TYPE}) IS TRUE`;

// LIMIT 1 makes it one look into the index per row, whatever the planner thinks of the table.
const rowOfPage = (from: string) =>
  `CROSS JOIN LATERAL (SELECT ${RESOURCE_COLUMNS} FROM ${from} r WHERE ${OF_TYPE} AND r.seq = p.seq LIMIT 1) q`;

/**
 * Runs a search. The total is exact; what it costs depends on the filter:
 * none: a counter and one page of an index; unique values: those rows; few matches: one statement that collects them;
 * many: that statement gives up after 1,000, and a second one counts and reads the page in order. The first never sees the
 * LIMIT, which would make the planner walk the order's index in the hope of meeting matches soon.
 *
 * @throws ScimError 400 for a filter or an order that has no SQL, or that takes too long
 */
export async function search(queries: Queries, domainId: number, query: ResourceQuery): Promise<ResourcePage> {
  const { filter } = query;
  try {
    const implied = query.implied === true ? impliedRowsOf(query.type) : undefined;
    if (implied !== undefined) return await searchImplied(queries, domainId, query, implied);
    if (filter === null) return await unfiltered(queries, domainId, query);
    const bound = bind(domainId, query, filter);
    if (rowsAtMost(filter) <= KEYED_AT_MOST) return await keyed(queries, query, bound);
    if (query.limit === 0) return await run(queries, query.type, countSql(bound), bound.parameters);
    const page = await run(queries, query.type, fewSql(query, bound), bound.parameters);
    return page.total <= FEW ? page : await many(queries, domainId, query, filter);
  } catch (error) {
    if (error instanceof StatementTimeout) throw badRequest('The search takes too long: narrow the filter.');
    throw error;
  }
}

/** A filter and an order in SQL. */
interface Bound {
  /** What stands before `r` in FROM. */
  readonly from: string;
  readonly parameters: SqlParameters;
  /** WHERE for finding the matches. */
  readonly where: string;
  /** WHERE for walking the order's index. */
  readonly ordered: string;
  readonly key: string;
  readonly ofRows: string;
  readonly ofKeys: string;
}

function bind(domainId: number, query: ResourceQuery, filter: Filter | null): Bound {
  const parameters = new SqlParameters(domainId, query.type.name);
  const condition = filter === null ? 'TRUE' : filterToSql(filter, { domainId, type: query.type, parameters });
  const { from, indexed } = tableOf(query.type.name);
  const inverted = indexed && filter !== null && indexFor(filter, query.type) === 'inverted';
  return {
    from,
    parameters,
    where: `${inverted ? OF_TYPE_CHECKED : OF_TYPE} AND ${condition}`,
    ordered: `${OF_TYPE} AND ${condition}`,
    ...searchOrder(query, domainId, parameters),
  };
}

function unfiltered(queries: Queries, domainId: number, query: ResourceQuery): Promise<ResourcePage> {
  const { from, indexed } = tableOf(query.type.name);
  const total = indexed
    ? 'SELECT COALESCE(sum(n), 0) AS total FROM counter WHERE domain_id = $1 AND type = $2'
    : `SELECT count(*) AS total FROM ${from} r WHERE ${OF_TYPE}`;
  if (query.limit === 0) return run(queries, query.type, total, new SqlParameters(domainId, query.type.name));
  const bound = bind(domainId, query, null);
  return run(queries, query.type, withTotal(total, pageSql(query, bound), bound), bound.parameters);
}

/** All rows that match, at most KEYED_AT_MOST: they are their own total. */
async function keyed(queries: Queries, query: ResourceQuery, bound: Bound): Promise<ResourcePage> {
  const sql = `SELECT ${RESOURCE_COLUMNS} FROM ${bound.from} r WHERE ${bound.where} ORDER BY ${bound.ofRows}`;
  const { rows } = await queries.run<ResourceRow>(sql, bound.parameters.values);
  const page = rows.slice(query.offset, query.offset + query.limit);
  return { total: rows.length, resources: page.map((row) => toStoredResource(query.type.name, row)) };
}

/** The page and its total when there are at most FEW matches; a larger total and no page otherwise. */
function fewSql(query: ResourceQuery, { from, where, key, ofKeys, parameters }: Bound): string {
  const range = `OFFSET ${parameters.add(query.offset)} LIMIT ${parameters.add(query.limit)}`;
  return `WITH m AS MATERIALIZED (SELECT r.seq, ${key} AS k FROM ${from} r WHERE ${where}),
    few AS MATERIALIZED (SELECT seq, k FROM m LIMIT ${FEW + 1}),
    t AS MATERIALIZED (SELECT count(*) AS total FROM few),
    p AS MATERIALIZED (SELECT seq, k FROM few WHERE (SELECT total FROM t) <= ${FEW} ORDER BY ${ofKeys} ${range})
    SELECT t.total, q.* FROM t LEFT JOIN (SELECT p.k, q.* FROM p ${rowOfPage(from)}) q ON TRUE ORDER BY ${ofKeys}`;
}

function many(queries: Queries, domainId: number, query: ResourceQuery, filter: Filter): Promise<ResourcePage> {
  const bound = bind(domainId, query, filter);
  const sql = withTotal(countSql(bound), pageSql(query, bound), bound);
  return run(queries, query.type, sql, bound.parameters);
}

function countSql({ from, where }: Bound): string {
  return `SELECT count(*) AS total FROM ${from} r WHERE ${where}`;
}

function withTotal(total: string, page: string, { ofKeys }: Bound): string {
  return `SELECT t.total, p.* FROM (${total}) t LEFT JOIN (${page}) p ON TRUE ORDER BY ${ofKeys}`;
}

function pageSql(query: ResourceQuery, { from, ordered, key, ofRows, parameters }: Bound): string {
  const rows = `FROM ${from} r WHERE ${ordered} ORDER BY ${ofRows}
    OFFSET ${parameters.add(query.offset)} LIMIT ${parameters.add(query.limit)}`;
  if (query.offset < DEEP) return `SELECT ${key} AS k, ${RESOURCE_COLUMNS} ${rows}`;
  return `SELECT p.k, q.* FROM (SELECT r.seq, ${key} AS k ${rows}) p ${rowOfPage(from)}`;
}

type PageRow = { readonly total: string } & { readonly [column in keyof ResourceRow]: ResourceRow[column] | null };

async function run(
  queries: Queries,
  type: ResourceType,
  sql: string,
  parameters: SqlParameters,
): Promise<ResourcePage> {
  const { rows } = await queries.run<PageRow>(sql, parameters.values);
  const found = rows.filter((row) => row.seq !== undefined && row.seq !== null);
  return {
    total: Number(rows[0]?.total ?? 0),
    resources: found.map((row) => toStoredResource(type.name, row as ResourceRow)),
  };
}
