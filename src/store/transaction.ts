import type pg from 'pg';
import { sqlState, storeError } from './queries.ts';

/** Runs of one transaction at most, the first included. */
const ATTEMPTS = 5;

/**
 * Runs `work` between BEGIN and COMMIT on one connection. What another transaction forced to fail (a deadlock, a
 * serialization failure) is run again at once: the other one has gone on meanwhile.
 *
 * @throws what `work` throws, after the roll-back
 */
export async function inTransaction<T>(pool: pg.Pool, work: (connection: pg.PoolClient) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(pool, work);
    } catch (error) {
      const state = sqlState(error);
      if ((state !== '40001' && state !== '40P01') || attempt === ATTEMPTS) throw error;
    }
  }
}

async function once<T>(pool: pg.Pool, work: (connection: pg.PoolClient) => Promise<T>): Promise<T> {
  const connection = await pool.connect().catch((error: unknown) => {
    throw storeError(error);
  });
  let broken = false;
  try {
    await run(connection, 'BEGIN');
    const result = await work(connection);
    const ended = await run(connection, 'COMMIT');
    // A transaction in which a statement failed cannot be committed, even when the failure was caught.
    if (ended === 'ROLLBACK') throw new Error('the transaction was rolled back: one of its statements had failed');
    return result;
  } catch (error) {
    // A connection that cannot roll back is of no more use; the server rolls back when it is closed.
    await connection.query('ROLLBACK').catch(() => {
      broken = true;
    });
    throw error;
  } finally {
    connection.release(broken);
  }
}

async function run(connection: pg.PoolClient, text: string): Promise<string> {
  try {
    return (await connection.query(text)).command;
  } catch (error) {
    throw storeError(error);
  }
}
