import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { Prisma } from '../../src/store/generated/client.ts';
import { openStore } from '../../src/store/postgres-store.ts';
import { lazyPrisma } from '../../src/store/prisma.ts';
import { StatementTimeout, StoreUnavailable } from '../../src/store/store-errors.ts';
import { testDatabase } from '../support/test-database.ts';
import { find, newDomain, T0, User, user } from './store-fixture.ts';

const log = { warn: () => {} };

describe('the store', () => {
  it('names what is behind it and answers a ping until it is closed', async () => {
    const store = await openStore({ connection: testDatabase(), log, isPrivate: true });
    expect(store.describe()).toMatch(/^private PostgreSQL \d+/);
    expect(await store.ping()).toBe(true);
    await store.close();
    await store.close();
    expect(await store.ping()).toBe(false);
    await expect(store.domains.epochOf('x')).rejects.toBeInstanceOf(StoreUnavailable);
  });

  it('says so when the server cannot be reached', async () => {
    const opening = openStore({ connection: { host: '127.0.0.1', port: 1, user: 'x', password: 'x' }, log });
    await expect(opening).rejects.toBeInstanceOf(StoreUnavailable);
  });

  it('gives up a statement that waits too long', async () => {
    const store = await openStore({ connection: testDatabase(), log, secondsOfStatementTimeout: 1 });
    try {
      const domain = await newDomain(store);
      await store.resources.insert(domain, user('a'), T0);
      const lock = new pg.Client(testDatabase());
      await lock.connect();
      try {
        await lock.query('BEGIN');
        await lock.query('SELECT 1 FROM resource WHERE domain_id = $1 FOR UPDATE', [domain]);
        await expect(store.resources.update(domain, user('a'), null)).rejects.toBeInstanceOf(StatementTimeout);
      } finally {
        await lock.end();
      }
      expect(await store.resources.update(domain, user('a'), null)).toBe(true);
      expect((await find(store, domain, User, 'userName eq "a"')).total).toBe(1);
    } finally {
      await store.close();
    }
  });

  it('answers a search that takes too long with a 400', async () => {
    const patient = await openStore({ connection: testDatabase(), log });
    const impatient = await openStore({ connection: testDatabase(), log, secondsOfStatementTimeout: 0.2 });
    try {
      const domain = await newDomain(patient);
      const users = Array.from({ length: 5000 }, (_, index) => user(`slow${index}`, { title: 'a'.repeat(200) }));
      await patient.resources.insertMany(domain, users, T0);
      const filter = Array.from({ length: 150 }, (_, index) => `title co "aaaaaaaaaaaaaaaab${index}"`).join(' or ');
      await expect(find(impatient, domain, User, filter)).rejects.toMatchObject({ status: 400 });
      expect((await find(impatient, domain, User, 'userName eq "slow1"')).total).toBe(1);
    } finally {
      await impatient.close();
      await patient.close();
    }
  });

  it('survives the loss of its connections', async () => {
    const store = await openStore({
      connection: { ...testDatabase(), application_name: 'to-be-lost' },
      log,
      poolSize: 2,
    });
    const other = new pg.Client(testDatabase());
    await other.connect();
    try {
      const lost = store.transaction(async (session) => {
        await other.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'to-be-lost'",
        );
        return session.domains.epochOf('x');
      });
      await expect(lost).rejects.toBeInstanceOf(StoreUnavailable);
      expect(await store.ping()).toBe(true);
    } finally {
      await other.end();
      await store.close();
    }
  });
});

describe('schema.prisma', () => {
  it('fits the migrated tables', async () => {
    const pool = new pg.Pool(testDatabase());
    const prisma = lazyPrisma(pool);
    try {
      const client = await prisma.client();
      const models = Object.values(Prisma.ModelName).map((name) => name.charAt(0).toLowerCase() + name.slice(1));
      const { rows } = await pool.query<{ table_name: string; column_name: string }>(
        `SELECT table_name, column_name FROM information_schema.columns
         WHERE table_schema = current_schema() AND table_name <> '_prisma_migrations'`,
      );
      expect(models.sort()).toEqual(
        [
          ...new Set(rows.map((row) => row.table_name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()))),
        ].sort(),
      );
      for (const model of models) {
        const delegate = client[model as 'counter'];
        const found = await delegate.findFirst();
        if (found === null) continue;
        const table = model.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
        expect(Object.keys(found)).toHaveLength(rows.filter((row) => row.table_name === table).length);
      }
    } finally {
      await prisma.close();
      await pool.end();
    }
  });
});
