import type { ClientConfig } from 'pg';

/** The run's migrated database (see database.ts), for a pg.Client, a pg.Pool or the store. */
export function testDatabase(): ClientConfig {
  const text = process.env.IDCS_TEST_STORE;
  if (!text)
    throw new Error('IDCS_TEST_STORE is not set: run tests with vitest, whose global set-up makes the database');
  return JSON.parse(text) as ClientConfig;
}
