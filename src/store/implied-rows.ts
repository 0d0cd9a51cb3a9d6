import type { Filter } from '../scim/filter-ast.ts';
import type { ResourceType } from '../scim/schema.ts';
import { indexFor } from './filter-cost.ts';
import { filterToSql } from './filter-to-sql.ts';
import { impliedAccounts } from './implied-accounts.ts';
import { impliedGrants } from './implied-grants.ts';
import type { ImpliedPageRow, ImpliedRows } from './implied-type.ts';
import type { Queries } from './queries.ts';
import { searchOrder } from './search-order.ts';
import { SqlParameters } from './sql-parameters.ts';
import type { ResourcePage, ResourceQuery, StoredResource } from './store.ts';

/*
 * Types some or all of whose resources are no rows but follow from others: the Grants that members have by their groups, the
 * accounts that users have by their Grants. A group of 50,000 is granted an App by one row; its members' 50,000 Grants are read
 * from the edges whenever somebody asks.
 */

const TYPES: ReadonlyMap<string, ImpliedRows> = new Map([
  ['Grant', impliedGrants],
  ['AccountMgmtInfo', impliedAccounts],
]);

/** What a list shows at most; who reads more wants all, and in the order of their ends' creation. */
const LONGEST_PAGE = 1000;

const OF_TYPE = 'r.domain_id = $1 AND r.type = $2';

/** How the resources of a type that are no rows are found; undefined: all are rows. */
export function impliedRowsOf(type: ResourceType): ImpliedRows | undefined {
  return TYPES.get(type.name);
}

/**
 * A search over rows and what follows from them, in one statement.
 * @throws ScimError 400 for a filter or an order that has no SQL
 */
export async function searchImplied(
  queries: Queries,
  domainId: number,
  query: ResourceQuery,
  implied: ImpliedRows,
): Promise<ResourcePage> {
  const parameters = new SqlParameters(domainId, query.type.name);
  const { key } = searchOrder(query, domainId, parameters);
  const parts = implied.hasRows ? [storedPart(query, domainId, key, parameters)] : [];
  const bySeq = query.sortBy === null && query.limit <= LONGEST_PAGE;
  const found = implied.select(query.filter, { domainId, type: query.type, parameters }, bySeq);
  if (found !== null) {
    const rest = found.rest === null ? 'TRUE' : filterToSql(found.rest, { domainId, type: query.type, parameters });
    parts.push(`SELECT r.a, r.b, r.at, r.one, r.two, ${key} AS k FROM (${found.sql}) r WHERE ${rest}`);
  }
  if (parts.length === 0) return { total: 0, resources: [] };
  const all = `WITH u AS MATERIALIZED (${parts.join(' UNION ALL ')})`;
  // Without it the server would take the type's name, where no part uses it, for a parameter of no type.
  const total = 'SELECT count(*) AS total, $2::text AS of_type FROM u';
  if (query.limit === 0) {
    const { rows } = await queries.run<{ total: string }>(`${all} ${total}`, parameters.values);
    return { total: Number(rows[0]!.total), resources: [] };
  }
  const [way, nulls] = query.descending ? ['DESC', 'LAST'] : ['ASC', 'FIRST'];
  const order = (of: string) => `ORDER BY ${of}k ${way}, ${of}a ${way}, ${of}b ${way} NULLS ${nulls}, ${of}two ${way}`;
  const range = `OFFSET ${parameters.add(query.offset)} LIMIT ${parameters.add(query.limit)}`;
  const { rows } = await queries.run<ImpliedPageRow & { total: string }>(
    `${all}, t AS (${total}), p AS MATERIALIZED (SELECT * FROM u ${order('')} ${range})
      SELECT t.total, p.* FROM t LEFT JOIN (SELECT p.a, p.b, p.at, p.one, p.two, p.k, q.* FROM p
        CROSS JOIN LATERAL (${implied.page}) q) p ON TRUE ${order('p.')}`,
    parameters.values,
  );
  return {
    total: Number(rows[0]?.total ?? 0),
    resources: rows.filter(({ a }) => a !== null).map((row) => implied.toResource(row)),
  };
}

/** The resource with an id that `impliedId` made; null when there is none (any more). */
export async function readImplied(
  queries: Queries,
  domainId: number,
  type: ResourceType,
  id: string,
): Promise<StoredResource | null> {
  const implied = impliedRowsOf(type);
  if (implied === undefined) return null;
  const filter: Filter = { op: 'eq', attribute: type.resolve('id')!, value: id };
  const query = { type, filter, sortBy: null, descending: false, offset: 0, limit: 1 };
  // Rows are found by a plain read; here only what is none.
  const page = await searchImplied(queries, domainId, query, { ...implied, hasRows: false });
  return page.resources[0] ?? null;
}

function storedPart(query: ResourceQuery, domainId: number, key: string, parameters: SqlParameters): string {
  const { filter, type } = query;
  const condition = filter === null ? 'TRUE' : filterToSql(filter, { domainId, type, parameters });
  // As in a plain search: hidden from the B-trees where the search copy answers.
  const ofType = filter !== null && indexFor(filter, type) === 'inverted' ? `(${OF_TYPE}) IS TRUE` : OF_TYPE;
  return `SELECT r.seq AS a, NULL::bigint AS b, NULL::bigint AS at, NULL::text AS one, NULL::text AS two, ${key} AS k
    FROM resource r WHERE ${ofType} AND ${condition}`;
}
