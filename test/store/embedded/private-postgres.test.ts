import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../../../src/store/embedded/private-postgres.ts';
import { ask, processesOf, until } from './server-process.ts';
import { initialisedHome, temporaryHome } from './temporary-home.ts';

async function start(dataDir: string): Promise<PrivatePostgres> {
  const server = await startPrivatePostgres({ dataDir, log: silentLog });
  onTestFinished(() => server.stop());
  return server;
}

describe('a data directory', () => {
  test('is made at the first start, with its parents, and keeps what is written', async () => {
    const home = join(temporaryHome(), 'a', 'b');
    const first = await start(home);
    await ask(first.connection, "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('grün')");
    await first.stop();
    const second = await start(home);
    expect(await ask(second.connection, 'SELECT word FROM kept')).toEqual([{ word: 'grün' }]);
  });

  test('has durable, small settings, and UTF-8 text in code point order', async () => {
    const server = await start(await initialisedHome());
    const [settings] = await ask<{ settings: Record<string, string> }>(
      server.connection,
      'SELECT jsonb_object_agg(name, setting) AS settings FROM pg_settings',
    );
    expect(settings?.settings).toMatchObject({
      fsync: 'on',
      synchronous_commit: 'on',
      full_page_writes: 'on',
      jit: 'off',
      server_encoding: 'UTF8',
      TimeZone: 'UTC',
      max_connections: '100',
    });
    expect(await ask(server.connection, "SELECT 'B' < 'a' AS ordered")).toEqual([{ ordered: true }]);
  });

  test('is usable with the pg_trgm extension', async () => {
    const server = await start(await initialisedHome());
    await ask(server.connection, 'CREATE EXTENSION pg_trgm');
    expect(await ask(server.connection, "SELECT similarity('meyer', 'meyer') AS s")).toEqual([{ s: 1 }]);
  });

  test('leaves nothing half made beside it', async () => {
    const home = temporaryHome();
    await start(home);
    expect(readdirSync(home).sort()).toEqual(['postgres', 'postgres.log']);
  });
});

describe('the server', () => {
  test('listens on a socket in a directory of its own and on no network address', async () => {
    const server = await start(await initialisedHome());
    expect(await ask(server.connection, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '' }]);
    expect(server.connection.host).toMatch(/^\//);
    expect(Buffer.byteLength(`${server.connection.host}/.s.PGSQL.5432`)).toBeLessThanOrEqual(103);
  });

  test.each([
    ['has too long a name for a socket', 'x'.repeat(90), true],
    ['is not there', 'missing', false],
  ])('is found where the temporary directory %s', async (_, name, isMade) => {
    const home = await initialisedHome();
    const before = process.env.TMPDIR;
    process.env.TMPDIR = join(home, name);
    if (isMade) mkdirSync(process.env.TMPDIR);
    try {
      const server = await start(home);
      expect(server.connection.host).not.toContain(home);
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
  });

  test('is reached whatever PG* variables say', async () => {
    const server = await start(await initialisedHome());
    process.env.PGSSLMODE = 'require';
    process.env.PGDATABASE = 'other';
    try {
      expect(await ask(server.connection, 'SELECT current_database() AS name')).toEqual([{ name: 'postgres' }]);
    } finally {
      delete process.env.PGSSLMODE;
      delete process.env.PGDATABASE;
    }
  });

  test('stops while connections are open, and may be stopped twice', async () => {
    const home = await initialisedHome();
    const server = await start(home);
    const client = new pg.Client(server.connection);
    const lost = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    await Promise.all([server.stop(), server.stop()]);
    await lost;
    expect(processesOf(home)).toEqual([]);
    expect(existsSync(String(server.connection.host))).toBe(false);
  });

  test('serves two starts in one process until both have stopped', async () => {
    const home = await initialisedHome();
    const [one, two] = [await start(home), await start(home)];
    expect(two.connection).toEqual(one.connection);
    await one.stop();
    expect(await ask(two.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await two.stop();
    await until(() => processesOf(home).length === 0, 'the server has ended');
  });

  test('tells its version', async () => {
    const server = await start(':memory:');
    expect(await ask(server.connection, 'SHOW server_version')).toEqual([{ server_version: server.version }]);
  });
});

describe(':memory:', () => {
  test('flushes nothing and leaves nothing', async () => {
    const server = await start(':memory:');
    expect(await ask(server.connection, 'SHOW fsync')).toEqual([{ fsync: 'off' }]);
    const directory = String(server.connection.host);
    expect(existsSync(directory)).toBe(true);
    await server.stop();
    expect(existsSync(directory)).toBe(false);
    expect(processesOf(directory)).toEqual([]);
  });

  test('is another server each time', async () => {
    const [one, two] = await Promise.all([start(':memory:'), start(':memory:')]);
    await ask(one.connection, 'CREATE TABLE mine (id int)');
    expect(await ask(two.connection, "SELECT to_regclass('mine') AS found")).toEqual([{ found: null }]);
  });
});
