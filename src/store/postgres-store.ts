import pg from 'pg';
import { auditRows } from './audit-rows.ts';
import { domainRows } from './domain-rows.ts';
import { edgeRows } from './edge-rows.ts';
import { fileRows } from './file-rows.ts';
import { installationRows } from './installation-rows.ts';
import { jobRows } from './job-rows.ts';
import { messageRows } from './message-rows.ts';
import { principalRows } from './principal-rows.ts';
import { type LazyPrisma, lazyPrisma } from './prisma.ts';
import { type Queries, queriesOn } from './queries.ts';
import { resourceRows } from './resource-rows.ts';
import { ruledEdges } from './ruled-edges.ts';
import { signingKeyRows } from './signing-key-rows.ts';
import type { Store, StoreSession } from './store.ts';
import { tokenRows } from './token-rows.ts';
import { inTransaction } from './transaction.ts';

/** Where the store reports what no caller waits for; pino's logger and `Log` fit. */
export interface StoreLog {
  warn(data: object, message: string): void;
}

export interface StoreOptions {
  readonly connection: pg.ClientConfig;
  /** Connections at most (10). */
  readonly poolSize?: number;
  readonly log: StoreLog;
  /** After this many seconds a statement is given up (10): a hostile filter must not hold a connection. */
  readonly secondsOfStatementTimeout?: number;
  /** The server was started by us: only for `describe`. */
  readonly isPrivate?: boolean;
}

const PING_TIMEOUT_MS = 2_000;

/**
 * Opens the store on a migrated database.
 *
 * @throws StoreUnavailable when the server cannot be reached
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const pool = openPool(options);
  const queries = queriesOn(pool);
  const prisma = lazyPrisma(pool);
  const version = await serverVersion(queries).catch(async (error: unknown) => {
    await pool.end();
    throw error;
  });
  let closing: Promise<void> | undefined;
  return {
    ...sessionOn(queries, prisma, (work) => work()),

    async transaction(work) {
      let committed: (() => void)[] = [];
      const result = await inTransaction(pool, async (connection) => {
        // A transaction that is run again has yet to come to what it asked for.
        committed = [];
        const own = lazyPrisma(pool, connection);
        try {
          return await work(sessionOn(queriesOn(connection), own, (later) => committed.push(later)));
        } finally {
          await own.close();
        }
      });
      for (const later of committed) later();
      return result;
    },

    describe: () => `${options.isPrivate ? 'private ' : ''}PostgreSQL ${version}`,
    ping: () => ping(pool),
    close() {
      closing ??= prisma.close().then(() => pool.end());
      return closing;
    },
  };
}

function sessionOn(queries: Queries, prisma: LazyPrisma, afterCommit: StoreSession['afterCommit']): StoreSession {
  return {
    resources: resourceRows(queries),
    edges: edgeRows(queries),
    ruledEdges: ruledEdges(queries),
    audit: auditRows(queries),
    keys: signingKeyRows(queries),
    principals: principalRows(queries),
    tokens: tokenRows(queries),
    messages: messageRows(queries, prisma),
    files: fileRows(queries),
    jobs: jobRows(queries),
    domains: domainRows(queries, prisma),
    installation: installationRows(queries),
    afterCommit,
  };
}

function openPool({ connection, poolSize = 10, secondsOfStatementTimeout = 10, log }: StoreOptions): pg.Pool {
  const pool = new pg.Pool({
    application_name: 'idcs-emulator',
    ...connection,
    // Compiling a plan to machine code costs more than any of our statements runs.
    options: `${connection.options ?? ''} -c jit=off`.trim(),
    statement_timeout: secondsOfStatementTimeout * 1000,
    max: poolSize,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
  });
  const lost = (error: Error) => {
    // At a stop the private server may end before the last goodbye has reached it. The error itself drags the client along.
    if (!pool.ending) log.warn({ reason: error.message }, 'a database connection was lost');
  };
  pool.on('error', lost);
  // Without a listener, the loss of a connection inside a transaction would end the process.
  pool.on('connect', (client) => {
    client.on('error', lost);
  });
  return pool;
}

async function serverVersion(queries: Queries): Promise<string> {
  const { rows } = await queries.run<{ server_version: string }>('SHOW server_version', []);
  return rows[0]!.server_version.split(' ')[0]!;
}

async function ping(pool: pg.Pool): Promise<boolean> {
  try {
    await pool.query({ text: 'SELECT 1', query_timeout: PING_TIMEOUT_MS } as pg.QueryConfig);
    return true;
  } catch {
    return false;
  }
}
