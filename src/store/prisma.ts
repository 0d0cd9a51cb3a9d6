import type pg from 'pg';
import type { PrismaClient } from './generated/client.ts';

/**
 * Prisma for the cold tables. It is loaded when it is first asked for: loading costs 90 ms and 50 MB, which a start and an
 * idle server should not pay.
 */
export interface LazyPrisma {
  client(): Promise<PrismaClient>;
  /** Lets go of it. The pool stays open. */
  close(): Promise<void>;
}

/** @param connection the connection of a transaction that its statements belong to; absent: the pool's */
export function lazyPrisma(pool: pg.Pool, connection?: pg.PoolClient): LazyPrisma {
  let loading: Promise<PrismaClient> | undefined;
  return {
    client() {
      loading ??= load(connection === undefined ? pool : runningOn(pool, connection));
      return loading;
    },
    async close() {
      if (loading !== undefined) await (await loading).$disconnect();
    },
  };
}

async function load(pool: pg.Pool): Promise<PrismaClient> {
  const [{ PrismaClient }, { PrismaPg }] = await Promise.all([
    import('./generated/client.ts'),
    import('@prisma/adapter-pg'),
  ]);
  return new PrismaClient({ adapter: new PrismaPg(pool) });
}

/** The pool as it is, but for its statements, which run on one connection: the adapter takes nothing but a pool. */
function runningOn(pool: pg.Pool, connection: pg.PoolClient): pg.Pool {
  return Object.create(pool, { query: { value: connection.query.bind(connection) } }) as pg.Pool;
}
