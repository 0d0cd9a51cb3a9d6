import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { type Log, silentLog } from '../log.ts';
import { packageFile } from '../package-files.ts';

/*
 * Applies prisma/migrations, without Prisma's engine (a download that many networks refuse) but with its layout, its
 * advisory lock and its table, so that `prisma migrate deploy` finds what it would have left itself.
 */

/** The key of the advisory lock that Prisma's own engine takes. */
const PRISMA_LOCK = 72707369;

const SHIPPED = fileURLToPath(packageFile('prisma/migrations'));

/** The oldest major version of PostgreSQL that will do. */
const OLDEST_SERVER = 15;

const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" varchar(36) PRIMARY KEY NOT NULL,
  "checksum" varchar(64) NOT NULL,
  "finished_at" timestamptz,
  "migration_name" varchar(255) NOT NULL,
  "logs" text,
  "rolled_back_at" timestamptz,
  "started_at" timestamptz NOT NULL DEFAULT now(),
  "applied_steps_count" integer NOT NULL DEFAULT 0
)`;

const HISTORY = `SELECT "migration_name" AS name, "checksum", "finished_at" IS NOT NULL AS finished
  FROM "_prisma_migrations" WHERE "rolled_back_at" IS NULL`;

/** Why a database cannot be brought to this version. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
  /**
   * `newer`: the database has migrations that this version does not know; `changed`: an applied migration differs from
   * the file; `unfinished`: one was begun and neither finished nor rolled back; `failed`: its SQL failed.
   */
  readonly code: 'newer' | 'changed' | 'unfinished' | 'failed' | 'server';

  constructor(code: MigrationError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface MigrationOptions {
  /** Where the `<name>/migration.sql` folders are; default: the shipped ones. */
  readonly directory?: string;
  readonly log?: Log;
}

export interface MigrationResult {
  /** Names of the migrations that this call applied, in order. */
  readonly applied: readonly string[];
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

interface HistoryRow {
  readonly name: string;
  readonly checksum: string;
  readonly finished: boolean;
}

/**
 * Brings the database to this version's schema. One query when there is nothing to do; otherwise each migration is a
 * transaction of its own, under a lock, so that any number of processes may call this at once.
 * @throws MigrationError when the database is newer, was changed by hand, or a migration fails
 */
export async function migrate(config: pg.ClientConfig, options: MigrationOptions = {}): Promise<MigrationResult> {
  const client = new pg.Client(config);
  const migrations = await readMigrations(options.directory ?? SHIPPED);
  await client.connect();
  try {
    const history = await readHistory(client);
    if (history && pending(migrations, history).length === 0) return { applied: [] };
    await checkServer(client);
    return { applied: await applyUnderLock(client, migrations, options.log ?? silentLog) };
  } finally {
    await client.end();
  }
}

/** Older servers lack what the statements use; better one line now than a syntax error later. */
async function checkServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ number: number; version: string }>(
    "SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version",
  );
  const [server] = rows;
  if (server === undefined || server.number >= OLDEST_SERVER * 10_000) return;
  throw new MigrationError(
    'server',
    `The database is PostgreSQL ${server.version}; the emulator needs ${OLDEST_SERVER} or newer.`,
  );
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(directory, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: sha256(sql) };
    }),
  );
}

/** The applied migrations, or null on a database that has never seen one. */
async function readHistory(client: pg.Client): Promise<HistoryRow[] | null> {
  try {
    return (await client.query<HistoryRow>(HISTORY)).rows;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === '42P01') return null; // undefined_table
    throw error;
  }
}

/** What is left to apply, after checking that the history is one of ours. */
function pending(migrations: readonly Migration[], history: readonly HistoryRow[]): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  const applied = new Set<string>();
  for (const row of history) {
    const migration = known.get(row.name);
    if (!migration) {
      throw new MigrationError(
        'newer',
        `the database has the migration ${row.name}, which this version does not know: a newer version of ` +
          'idcs-emulator, or another application, has used it. Run that version, or give this one another database.',
      );
    }
    if (!row.finished) {
      throw new MigrationError(
        'unfinished',
        `the migration ${row.name} was begun by another tool and has not finished: repair it with \`prisma migrate resolve\`.`,
      );
    }
    if (!sameText(migration, row.checksum)) {
      throw new MigrationError(
        'changed',
        `the migration ${row.name} was applied with other contents than this version's.`,
      );
    }
    applied.add(row.name);
  }
  return migrations.filter((migration) => !applied.has(migration.name));
}

async function applyUnderLock(client: pg.Client, migrations: readonly Migration[], log: Log): Promise<string[]> {
  const { rows } = await client.query<{ free: boolean }>('SELECT pg_try_advisory_lock($1) AS free', [PRISMA_LOCK]);
  if (!rows[0]?.free) {
    log.info({}, 'another process is migrating the database: waiting for it');
    await client.query('SELECT pg_advisory_lock($1)', [PRISMA_LOCK]);
  }
  // The session's end, which follows at once, gives the lock back.
  await client.query(CREATE_TABLE);
  const left = pending(migrations, (await readHistory(client)) ?? []);
  for (const migration of left) {
    await apply(client, migration);
    log.info({ migration: migration.name }, 'database migrated');
  }
  return left.map((migration) => migration.name);
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(migration.sql); // without parameters: the simple protocol, which takes many statements
    await client.query(
      `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "started_at", "finished_at", "applied_steps_count")
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), migration.checksum, migration.name],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {}); // the first error says more
    const reason = error instanceof Error ? error.message : String(error);
    throw new MigrationError('failed', `the migration ${migration.name} failed and was undone: ${reason}`, {
      cause: error,
    });
  }
}

/** Equal but for line ends: a checkout on Windows may have changed them (Prisma's engine compares the same way). */
function sameText(migration: Migration, checksum: string): boolean {
  if (migration.checksum === checksum) return true;
  const unix = migration.sql.replaceAll('\r\n', '\n');
  return sha256(unix) === checksum || sha256(unix.replaceAll('\n', '\r\n')) === checksum;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
