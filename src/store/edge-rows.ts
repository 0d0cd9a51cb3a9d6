import { badRequest } from '../scim/errors.ts';
import type { Queries } from './queries.ts';
import { LazyJson } from './resource-row.ts';
import { ANALYZED_FROM } from './resource-writes.ts';
import { SqlParameters } from './sql-parameters.ts';
import type { Edge, EdgePageQuery, EdgeRow, EdgeRows } from './store.ts';

/**
 * What a resource shows of an edge attribute without paging.
 * IDCS: over 10,000 members without it the request fails (schemas.md, idcsPaginateResponse).
 */
const UNPAGED_AT_MOST = 10_000;
/** Edges that one statement adds. */
const EDGES_AT_ONCE = 5_000;

// The targets are share-locked, so that one that is being deleted is either gone or waits for us and takes the edge with it.
// LIMIT 1 makes it one look into the index per edge, whatever the planner thinks of the tables.
const ADD = `INSERT INTO edge (domain_id, kind, source_id, target_id, target_type, created_at)
    SELECT $1::integer, g.kind, g.source_id, g.target_id, g.target_type, $6::bigint
    FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY
      g(kind, source_id, target_id, target_type, place)
    CROSS JOIN LATERAL (SELECT t.id FROM resource t WHERE t.domain_id = $1 AND t.id = g.target_id
      AND (t.type = g.target_type) IS TRUE LIMIT 1 FOR KEY SHARE) there
    ORDER BY g.place
  ON CONFLICT DO NOTHING RETURNING target_id`;
const ADD_ONE = `WITH there AS (SELECT t.id FROM resource t WHERE t.domain_id = $1 AND t.id = $4 AND (t.type = $5) IS TRUE FOR KEY SHARE)
  INSERT INTO edge (domain_id, kind, source_id, target_id, target_type, created_at)
    SELECT $1::integer, $2::text, $3::text, $4, $5, $6::bigint FROM there ON CONFLICT DO NOTHING RETURNING target_id`;

const OF_SOURCE = 'DELETE FROM edge WHERE domain_id = $1 AND source_id = $3 AND kind = $2';

/** Edge rows over `queries`: the pool, or one transaction's connection. */
export function edgeRows(queries: Queries): EdgeRows {
  return {
    async add(domainId, edges, created) {
      const added: string[] = [];
      for (let from = 0; from < edges.length; from += EDGES_AT_ONCE) {
        for (const id of await addEdges(queries, domainId, edges.slice(from, from + EDGES_AT_ONCE), created))
          added.push(id);
      }
      if (added.length >= ANALYZED_FROM) await queries.run('ANALYZE (SKIP_LOCKED) edge', []);
      return added;
    },

    async remove(domainId, kind, sourceId, targetIds) {
      const named = [domainId, kind, sourceId];
      return targetIds === null
        ? targetsOf(queries, OF_SOURCE, named)
        : targetsOf(queries, `${OF_SOURCE} AND target_id = ANY($4::text[])`, [...named, targetIds]);
    },

    async keepOnly(domainId, kind, sourceId, targetIds) {
      const kept = 'NOT EXISTS (SELECT 1 FROM unnest($4::text[]) k(id) WHERE k.id = target_id)';
      return targetsOf(queries, `${OF_SOURCE} AND ${kept}`, [domainId, kind, sourceId, targetIds]);
    },

    page: (domainId, query) => page(queries, domainId, query),

    async count(domainId, kind, end, id) {
      const column = end === 'source' ? 'source_id' : 'target_id';
      const { rows } = await queries.run<{ n: string }>(
        `SELECT count(*) AS n FROM edge WHERE domain_id = $1 AND ${column} = $2 AND kind = $3`,
        [domainId, id, kind],
      );
      return Number(rows[0]!.n);
    },
  };
}

/** Runs a DELETE of edges. @returns whom they led to */
async function targetsOf(queries: Queries, text: string, values: readonly unknown[]): Promise<string[]> {
  const { rows } = await queries.run<{ target_id: string }>(`${text} RETURNING target_id`, values);
  return rows.map((row) => row.target_id);
}

async function addEdges(
  queries: Queries,
  domainId: number,
  edges: readonly Edge[],
  created: number,
): Promise<string[]> {
  const [edge] = edges;
  type Added = { readonly target_id: string };
  const { rows } =
    edge !== undefined && edges.length === 1
      ? await queries.run<Added>(ADD_ONE, [domainId, edge.kind, edge.sourceId, edge.targetId, edge.targetType, created])
      : await queries.run<Added>(ADD, [
          domainId,
          edges.map(({ kind }) => kind),
          edges.map(({ sourceId }) => sourceId),
          edges.map(({ targetId }) => targetId),
          edges.map(({ targetType }) => targetType),
          created,
        ]);
  return rows.map((row) => row.target_id);
}

interface EdgePageRow {
  readonly at: string;
  readonly other_id: string;
  readonly target_type: string;
  readonly created_at: string;
  readonly ocid: string | null;
  readonly display: string | null;
  readonly data: string;
}

async function page(
  queries: Queries,
  domainId: number,
  query: EdgePageQuery,
): Promise<ReadonlyMap<string, readonly EdgeRow[]>> {
  const found = new Map<string, EdgeRow[]>(query.ids.map((id) => [id, []]));
  if (query.ids.length === 0) return found;
  const { text, values } = pageSql(domainId, query);
  const { rows } = await queries.run<EdgePageRow>(text, values);
  for (const row of rows) {
    const edges = found.get(row.at)!;
    edges.push(toEdgeRow(query, row));
    if (query.page === undefined && edges.length > UNPAGED_AT_MOST) {
      throw badRequest(`${row.at} has more than ${UNPAGED_AT_MOST} of them: ask for a page, [startIndex=1&count=100].`);
    }
  }
  return found;
}

function pageSql(domainId: number, query: EdgePageQuery): { text: string; values: readonly unknown[] } {
  const [own, other] = query.end === 'source' ? ['source_id', 'target_id'] : ['target_id', 'source_id'];
  const parameters = new SqlParameters(domainId, [...new Set(query.ids)], query.kind);
  let condition = `e.domain_id = $1 AND e.${own} = a.id AND e.kind = $3`;
  if (query.otherId !== undefined) condition += ` AND e.${other} = ${parameters.add(query.otherId)}`;
  if (query.targetTypes !== undefined)
    condition += ` AND e.target_type = ANY(${parameters.add(query.targetTypes)}::text[])`;
  const { offset, limit } = query.page ?? { offset: 0, limit: UNPAGED_AT_MOST + 1 };
  const range = `OFFSET ${parameters.add(offset)} LIMIT ${parameters.add(limit)}`;
  // A source's type is not kept: its id alone finds it, as ids of resources with edges are unique in a domain.
  const type = query.end === 'source' ? 'AND (r.type = e.target_type) IS TRUE' : '';
  const text = `SELECT a.id AS at, e.other_id, e.target_type, e.created_at, o.ocid, o.display, o.data::text AS data
    FROM unnest($2::text[]) WITH ORDINALITY a(id, place)
    CROSS JOIN LATERAL (SELECT e.${other} AS other_id, e.target_type, e.created_at, e.seq FROM edge e
      WHERE ${condition} ORDER BY e.seq ${range}) e
    CROSS JOIN LATERAL (SELECT r.ocid, r.display, r.data FROM resource r
      WHERE r.domain_id = $1 AND r.id = e.other_id ${type} LIMIT 1) o
    ORDER BY a.place, e.seq`;
  return { text, values: parameters.values };
}

function toEdgeRow(query: EdgePageQuery, row: EdgePageRow): EdgeRow {
  const data = new LazyJson(row.data);
  const [sourceId, targetId] = query.end === 'source' ? [row.at, row.other_id] : [row.other_id, row.at];
  return {
    kind: query.kind,
    sourceId,
    targetId,
    targetType: row.target_type,
    created: Number(row.created_at),
    other: {
      id: row.other_id,
      ocid: row.ocid,
      display: row.display,
      get data() {
        return data.value;
      },
    },
  };
}
