import type { Filter } from '../scim/filter-ast.ts';
import type { ResourceType } from '../scim/schema.ts';
import { indexFor } from './filter-cost.ts';
import { filterToSql } from './filter-to-sql.ts';
import type { Queries } from './queries.ts';
import { ANALYZED_FROM } from './resource-writes.ts';
import { SqlParameters } from './sql-parameters.ts';
import type { MovedSources, RuledEdges, RuledSource } from './store.ts';

/*
 * Edges whose targets a filter chooses: the members of a dynamic group. They are edges as any other; a rule is only looked at
 * when it or a target changes.
 */

/** The first key of our advisory locks on a domain's rules; the second is the domain. Any number: it only has to be one of a kind. */
const RULES_LOCK = 0x52_55_4c_45;
/** Rules that one statement asks of a target. */
const RULES_AT_ONCE = 100;

/** Ruled edges over `queries`: one transaction's connection. */
export function ruledEdges(queries: Queries): RuledEdges {
  return {
    async hold(domainId, mode) {
      const lock = mode === 'change' ? 'pg_advisory_xact_lock' : 'pg_advisory_xact_lock_shared';
      await queries.run(`SELECT ${lock}($1::integer, $2::integer)`, [RULES_LOCK, domainId]);
    },

    async settle(domainId, { kind, sourceId, type, filter }, created) {
      const removing = new SqlParameters(domainId, type.name, sourceId, kind);
      const chosen = filterToSql(filter, { domainId, type, parameters: removing });
      const removed = await queries.run(
        `DELETE FROM edge e WHERE e.domain_id = $1 AND e.source_id = $3 AND e.kind = $4 AND NOT EXISTS (SELECT 1 FROM resource r
           WHERE r.domain_id = $1 AND r.id = e.target_id AND (r.type = $2) IS TRUE AND ${chosen})`,
        removing.values,
      );
      const adding = new SqlParameters(domainId, type.name, sourceId, kind, created);
      const condition = filterToSql(filter, { domainId, type, parameters: adding });
      // As searches do: where the search copy finds the rows, its index shall, and not a walk over the whole type.
      const ofType = 'r.domain_id = $1 AND r.type = $2';
      const inverted = indexFor(filter, type) === 'inverted';
      const added = await queries.run(
        `INSERT INTO edge (domain_id, kind, source_id, target_id, target_type, created_at)
           SELECT $1::integer, $4::text, $3::text, r.id, $2::text, $5::bigint FROM resource r
           WHERE ${inverted ? `(${ofType}) IS TRUE` : ofType} AND ${condition} ORDER BY r.seq
         ON CONFLICT DO NOTHING`,
        adding.values,
      );
      if (added.rowCount >= ANALYZED_FROM) await queries.run('ANALYZE (SKIP_LOCKED) edge', []);
      return { added: added.rowCount, removed: removed.rowCount };
    },

    async follow(domainId, { kind, type, id }, rules, created) {
      const moved = { added: [] as string[], removed: [] as string[] };
      for (let from = 0; from < rules.length; from += RULES_AT_ONCE) {
        const target = { kind, type, id };
        const some = await followSome(queries, domainId, target, rules.slice(from, from + RULES_AT_ONCE), created);
        moved.added.push(...some.added);
        moved.removed.push(...some.removed);
      }
      return moved;
    },
  };
}

/** Asks the rules of one row, and moves the edges that differ, in one statement. */
async function followSome(
  queries: Queries,
  domainId: number,
  { kind, type, id }: { readonly kind: string; readonly type: ResourceType; readonly id: string },
  rules: readonly RuledSource[],
  created: number,
): Promise<MovedSources> {
  const parameters = new SqlParameters(domainId, type.name, id, kind, created);
  const asked = rules.map(({ sourceId, filter }: { sourceId: string; filter: Filter }) => {
    const holds = filterToSql(filter, { domainId, type, parameters });
    return `(${parameters.add(sourceId)}::text, (${holds}) IS TRUE)`;
  });
  const { rows } = await queries.run<{ id: string; added: boolean }>(
    `WITH asked AS MATERIALIZED (SELECT a.id, a.holds FROM resource r CROSS JOIN LATERAL (VALUES ${asked.join(', ')}) a(id, holds)
         WHERE r.domain_id = $1 AND r.id = $3 AND (r.type = $2) IS TRUE),
       gone AS (DELETE FROM edge e USING asked a WHERE e.domain_id = $1 AND e.source_id = a.id AND e.kind = $4
         AND e.target_id = $3 AND NOT a.holds RETURNING e.source_id),
       come AS (INSERT INTO edge (domain_id, kind, source_id, target_id, target_type, created_at)
         SELECT $1::integer, $4::text, a.id, $3::text, $2::text, $5::bigint FROM asked a WHERE a.holds
         ON CONFLICT DO NOTHING RETURNING source_id)
     SELECT source_id AS id, TRUE AS added FROM come UNION ALL SELECT source_id, FALSE FROM gone`,
    parameters.values,
  );
  const ids = (added: boolean) => rows.filter((row) => row.added === added).map((row) => row.id);
  return { added: ids(true), removed: ids(false) };
}
