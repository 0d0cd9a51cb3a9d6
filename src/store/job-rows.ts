import type { Queries } from './queries.ts';
import { resourceValues } from './resource-values.ts';
import type { JobRows } from './store.ts';

const INSERT = `INSERT INTO job_report (domain_id, id, history_lc, created_at, data, search)
  SELECT $1, g.id, g.history_lc, g.created_at, g.data::json, g.search::jsonb
  FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[])
    WITH ORDINALITY g(id, history_lc, created_at, data, search, place) ORDER BY g.place`;

/** Jobs that run and their reports over `queries`: the pool, or one transaction's connection. */
export function jobRows(queries: Queries): JobRows {
  return {
    async insertReports(domainId, reports) {
      if (reports.length === 0) return;
      const rows = reports.map(({ type, id, created, data }) =>
        resourceValues(domainId, { type, id, ocid: null, version: id, lastModified: created, data }),
      );
      await queries.run(INSERT, [
        domainId,
        rows.map(({ id }) => id),
        rows.map(({ nameLc }) => nameLc),
        reports.map(({ created }) => created),
        rows.map(({ data }) => data),
        rows.map(({ search }) => search),
      ]);
    },

    async begin(domainId, historyId) {
      await queries.run('INSERT INTO job_run (domain_id, history_id) VALUES ($1, $2)', [domainId, historyId]);
    },

    async beat(domainId, historyId) {
      const sql = 'UPDATE job_run SET beat_at = now() WHERE domain_id = $1 AND history_id = $2';
      return (await queries.run(sql, [domainId, historyId])).rowCount > 0;
    },

    async end(domainId, historyId) {
      const sql = 'DELETE FROM job_run WHERE domain_id = $1 AND history_id = $2';
      return (await queries.run(sql, [domainId, historyId])).rowCount > 0;
    },

    async takeDead(domainId, seconds) {
      const { rows } = await queries.run<{ history_id: string }>(
        `DELETE FROM job_run WHERE domain_id = $1 AND beat_at < now() - make_interval(secs => $2) RETURNING history_id`,
        [domainId, seconds],
      );
      return rows.map((row) => row.history_id);
    },
  };
}
