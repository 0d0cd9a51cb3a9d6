import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { testDatabase } from './test-database.ts';

/** One statement on a connection of its own. */
export async function query<Row extends pg.QueryResultRow>(config: pg.ClientConfig, sql: string): Promise<Row[]> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/**
 * An empty schema in the run's database, which one test uses as if it were a database of its own: for what belongs to the whole
 * installation and not to a domain. Dropped after the test.
 */
export async function ownSchema(): Promise<pg.ClientConfig> {
  const schema = `own_${randomBytes(6).toString('hex')}`;
  await query(testDatabase(), `CREATE SCHEMA ${schema}`);
  onTestFinished(async () => {
    await query(testDatabase(), `DROP SCHEMA ${schema} CASCADE`);
  });
  return { ...testDatabase(), options: `-c search_path=${schema}` };
}
