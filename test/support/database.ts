import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { silentLog } from '../../src/log.ts';
import { startPrivatePostgres } from '../../src/store/embedded/private-postgres.ts';
import { migrate } from '../../src/store/migrations.ts';

/*
 * Vitest's global set-up: one migrated database for all test files of a run.
 *
 * - `TEST_DATABASE_URL` set: a new database on that server, dropped at the end; where the role may not create one, the
 *   database of the URL itself.
 * - unset: a private PostgreSQL in memory (`:memory:`), gone at the end.
 *
 * Tests reach it through `testDatabase()` (test-database.ts), which reads `IDCS_TEST_STORE`: the pg.ClientConfig as JSON,
 * in the environment so that the processes which tests start see it too. Tests share the database and run in parallel:
 * each makes domains of its own.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const url = process.env.TEST_DATABASE_URL;
  const database = url ? await newDatabase(url) : await privateDatabase();
  try {
    await migrate(database.config);
  } catch (error) {
    await database.drop();
    throw error;
  }
  process.env.IDCS_TEST_STORE = JSON.stringify(database.config);
  return database.drop;
}

interface TestDatabase {
  readonly config: pg.ClientConfig;
  readonly drop: () => Promise<void>;
}

async function privateDatabase(): Promise<TestDatabase> {
  const server = await startPrivatePostgres({ dataDir: ':memory:', log: silentLog });
  console.log(`Tests run on the private PostgreSQL ${server.version}; TEST_DATABASE_URL names another server.`);
  return { config: server.connection, drop: () => server.stop() };
}

async function newDatabase(url: string): Promise<TestDatabase> {
  const name = `idcs_test_${randomBytes(6).toString('hex')}`;
  const { created, version } = await onServer(url, async (client) => {
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    const { rows: rights } = await client.query<{ may: boolean }>(
      'SELECT rolcreatedb OR rolsuper AS may FROM pg_roles WHERE rolname = current_user',
    );
    const may = rights[0]?.may === true;
    if (may) await client.query(`CREATE DATABASE ${name}`);
    return { created: may, version: rows[0]?.server_version };
  });
  console.log(`Tests run on the PostgreSQL ${version} of TEST_DATABASE_URL.`);
  if (!created) return { config: { connectionString: url }, drop: async () => {} };
  const address = new URL(url);
  address.pathname = `/${name}`;
  return {
    config: { connectionString: address.href },
    drop: () =>
      onServer(url, async (client) => {
        await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
      }),
  };
}

async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
