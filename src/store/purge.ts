import type { Queries } from './queries.ts';

/** The tables that hold rows of domains, with their keys below domain_id. */
const TABLES: readonly (readonly [table: string, key: string])[] = [
  ['token', 'kind, hash'],
  ['message', 'id'],
  ['audit_event', 'id'],
  ['job_report', 'id'],
  ['job_run', 'history_id'],
  ['file', 'name'],
  ['file_part', 'file_id, part'],
  ['edge', 'source_id, kind, target_id'],
  ['unique_key', 'type, attribute, value'],
  ['resource', 'id, type'],
  ['counter', 'type, slot'],
  ['signing_key', 'id'],
];

/**
 * Removes what dropped domains left behind, at most `batch` rows a statement, so that nothing is locked for long. Rows that
 * another process is purging are passed over.
 *
 * @returns how many rows went
 */
export async function purgeDroppedDomains(queries: Queries, batch = 5_000): Promise<number> {
  const { rows } = await queries.run<{ id: number }>('SELECT id FROM domain WHERE dropped_at IS NOT NULL', []);
  let purged = 0;
  for (const { id } of rows) {
    for (const [table, key] of TABLES) purged += await purgeTable(queries, table, key, id, batch);
    purged += (await queries.run('DELETE FROM domain WHERE id = $1 AND dropped_at IS NOT NULL', [id])).rowCount;
  }
  return purged;
}

async function purgeTable(queries: Queries, table: string, key: string, id: number, batch: number): Promise<number> {
  const some = `SELECT ${key} FROM ${table} WHERE domain_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED`;
  let purged = 0;
  for (;;) {
    const { rowCount } = await queries.run(`DELETE FROM ${table} WHERE domain_id = $1 AND (${key}) IN (${some})`, [
      id,
      batch,
    ]);
    purged += rowCount;
    if (rowCount === 0) return purged;
  }
}
