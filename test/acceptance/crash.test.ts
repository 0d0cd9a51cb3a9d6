import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { clientFor } from '../support/emulator.ts';
import { type EmulatorProcess, startProcess } from '../support/emulator-process.ts';

let running: EmulatorProcess | undefined;
let dataDir: string | undefined;

afterEach(async () => {
  if (running?.child.exitCode === null) await running.end('SIGKILL');
  if (dataDir) rmSync(dataDir, { recursive: true, force: true });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie is dead; only Linux shows it.
    return !existsSync(`/proc/${pid}/stat`) || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('kill -9 during a stream of creates loses no acknowledged user, leaves none half there and no postgres behind', async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'idcs-crash-'));
  running = await startProcess({ IDCS_DATA_DIR: dataDir });
  const before = await clientFor('Default', running.url);
  const acknowledged = new Set<string>();
  let next = 0;
  const lane = async () => {
    while (next < 1000) {
      const n = next++;
      const user = await before.createUser(`crash${n}@example.com`);
      acknowledged.add(user.id);
      if (acknowledged.size === 150) running!.child.kill('SIGKILL');
    }
  };
  await Promise.allSettled(Array.from({ length: 8 }, lane));
  expect(acknowledged.size).toBeGreaterThanOrEqual(150);
  expect(acknowledged.size).toBeLessThan(1000);

  running = await startProcess({ IDCS_DATA_DIR: dataDir });
  const after = await clientFor('Default', running.url);
  const list = await after.send(
    'GET',
    '/admin/v1/Users?count=1000&filter=userName%20sw%20%22crash%22&attributeSets=all',
  );
  const found = new Map(list.body.Resources.map((user: { id: string }) => [user.id, user]));
  expect(list.body.totalResults).toBe(found.size);
  expect([...acknowledged].filter((id) => !found.has(id))).toEqual([]);
  for (const user of list.body.Resources) {
    expect(user.emails).toHaveLength(2);
    expect(user.meta.version).toMatch(/^[0-9a-f]{32}$/);
  }
  const names: string[] = list.body.Resources.map((user: { userName: string }) => user.userName);
  const byName = async (name: string) =>
    (await after.send('GET', `/admin/v1/Users?filter=userName%20eq%20%22${name}%22`)).body.totalResults;
  for (let at = 0; at < names.length; at += 20) {
    expect(await Promise.all(names.slice(at, at + 20).map(byName))).toEqual(names.slice(at, at + 20).map(() => 1));
  }
  // The unfiltered total comes from a counter: it has to have come back with the rows.
  const everybody = await after.send('GET', '/admin/v1/Users?count=1000');
  expect(everybody.body.totalResults).toBe(everybody.body.Resources.length);

  const postmaster = Number(readFileSync(join(postgresDirectory(dataDir), 'postmaster.pid'), 'utf8').split('\n')[0]);
  expect(isAlive(postmaster)).toBe(true);
  await running.end('SIGKILL');
  await until(() => !isAlive(postmaster), 'postgres gone');
}, 120_000);

/** The cluster is in the data directory or in a place below it. */
function postgresDirectory(directory: string): string {
  return (
    [directory, join(directory, 'postgres'), join(directory, 'pg')].find((each) =>
      existsSync(join(each, 'postmaster.pid')),
    ) ?? directory
  );
}
