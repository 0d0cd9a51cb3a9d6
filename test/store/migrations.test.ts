import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { migrate } from '../../src/store/migrations.ts';
import { ownSchema, query } from '../support/own-schema.ts';
import { testDatabase } from '../support/test-database.ts';

const FIRST =
  'CREATE TABLE a (id int);\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$;\nINSERT INTO a VALUES (f());\n';
const SECOND = 'ALTER TABLE a ADD COLUMN name text;\n';

function directoryOf(migrations: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'idcs-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'migration_lock.toml'), 'provider = "postgresql"\n');
  for (const [name, sql] of Object.entries(migrations)) {
    mkdirSync(join(directory, name));
    writeFileSync(join(directory, name, 'migration.sql'), sql);
  }
  return directory;
}

test('an empty database gets every migration in the order of their names', async () => {
  const database = await ownSchema();
  const directory = directoryOf({ '0002_second': SECOND, '0001_first': FIRST });
  expect(await migrate(database, { directory })).toEqual({ applied: ['0001_first', '0002_second'] });
  expect(await query(database, 'SELECT id, name FROM a')).toEqual([{ id: 1, name: null }]);
});

test('an older database gets what it lacks, an up-to-date one nothing', async () => {
  const database = await ownSchema();
  await migrate(database, { directory: directoryOf({ '0001_first': FIRST }) });
  const directory = directoryOf({ '0001_first': FIRST, '0002_second': SECOND });
  expect(await migrate(database, { directory })).toEqual({ applied: ['0002_second'] });
  expect(await migrate(database, { directory })).toEqual({ applied: [] });
});

test('the rows are those that Prisma would have written', async () => {
  const database = await ownSchema();
  await migrate(database, { directory: directoryOf({ '0001_first': FIRST }) });
  const rows = await query(database, 'SELECT * FROM _prisma_migrations');
  expect(rows).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/),
      checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
      finished_at: expect.any(Date),
      migration_name: '0001_first',
      logs: null,
      rolled_back_at: null,
      started_at: expect.any(Date),
      applied_steps_count: 1,
    },
  ]);
});

test('several processes at once apply each migration once', async () => {
  const database = await ownSchema();
  const directory = directoryOf({ '0001_first': `SELECT pg_sleep(0.05);\n${FIRST}`, '0002_second': SECOND });
  const results = await Promise.all(Array.from({ length: 5 }, () => migrate(database, { directory })));
  expect(results.flatMap((result) => result.applied).sort()).toEqual(['0001_first', '0002_second']);
  expect(await query(database, 'SELECT count(*)::int AS count FROM a')).toEqual([{ count: 1 }]);
});

test('a newer database is refused, and stays as it is', async () => {
  const database = await ownSchema();
  await migrate(database, { directory: directoryOf({ '0001_first': FIRST, '0002_second': SECOND }) });
  const older = directoryOf({ '0001_first': FIRST, '0001a_other': 'DROP TABLE a' });
  await expect(migrate(database, { directory: older })).rejects.toMatchObject({
    name: 'MigrationError',
    code: 'newer',
    message: expect.stringContaining('0002_second'),
  });
  expect(await query(database, 'SELECT count(*)::int AS count FROM a')).toEqual([{ count: 1 }]);
});

test('an applied migration that has been edited since is refused', async () => {
  const database = await ownSchema();
  await migrate(database, { directory: directoryOf({ '0001_first': FIRST }) });
  const edited = directoryOf({ '0001_first': `${FIRST}-- edited` });
  await expect(migrate(database, { directory: edited })).rejects.toMatchObject({ code: 'changed' });
});

test('other line ends are no edit', async () => {
  const database = await ownSchema();
  await migrate(database, { directory: directoryOf({ '0001_first': FIRST }) });
  const checkedOutOnWindows = directoryOf({ '0001_first': FIRST.replaceAll('\n', '\r\n') });
  expect(await migrate(database, { directory: checkedOutOnWindows })).toEqual({ applied: [] });
});

test('a migration that fails is undone whole, names itself, and can be repaired', async () => {
  const database = await ownSchema();
  const broken = directoryOf({ '0001_first': FIRST, '0002_second': `${SECOND}\nINSERT INTO nowhere VALUES (1);` });
  await expect(migrate(database, { directory: broken })).rejects.toMatchObject({
    code: 'failed',
    message: expect.stringMatching(/0002_second.*nowhere/),
  });
  const repaired = directoryOf({ '0001_first': FIRST, '0002_second': SECOND });
  expect(await migrate(database, { directory: repaired })).toEqual({ applied: ['0002_second'] });
});

test('what another tool has begun and not finished is refused; what it rolled back is applied again', async () => {
  const database = await ownSchema();
  const directory = directoryOf({ '0001_first': FIRST });
  await migrate(database, { directory });
  await query(database, 'UPDATE _prisma_migrations SET finished_at = NULL');
  await expect(migrate(database, { directory })).rejects.toMatchObject({ code: 'unfinished' });
  await query(database, 'UPDATE _prisma_migrations SET rolled_back_at = now(); DROP TABLE a; DROP FUNCTION f');
  expect(await migrate(database, { directory })).toEqual({ applied: ['0001_first'] });
});

test('the shipped migrations are already in the run’s database', async () => {
  expect(await migrate(testDatabase())).toEqual({ applied: [] });
});
