import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { startPrivatePostgres } from '../../../src/store/embedded/private-postgres.ts';
import { unprivilegedUser } from '../../../src/store/embedded/unprivileged-user.ts';
import { ask, ended, serverProcess } from './server-process.ts';
import { initialisedHome, temporaryHome } from './temporary-home.ts';

const asRoot = process.getuid?.() === 0;
/** Not in /etc/passwd. */
const NAMELESS = { uid: 12345, gid: 12345 };
const CREATE = 'CREATE TABLE kept (id int)';

/** Starts, runs a query and stops. @returns the notices */
async function once(home: string, sql: string): Promise<readonly string[]> {
  const server = await startPrivatePostgres({ dataDir: home, log: silentLog });
  try {
    await ask(server.connection, sql);
    return server.notes;
  } finally {
    await server.stop();
  }
}

describe('a data directory is refused', () => {
  test('when another PostgreSQL major made it, with the way to move it', async () => {
    const home = await initialisedHome();
    writeFileSync(join(home, 'postgres', 'PG_VERSION'), '17\n');
    await expect(once(home, 'SELECT 1')).rejects.toMatchObject({
      code: 'version',
      message: expect.stringMatching(/PostgreSQL 17;.*PostgreSQL 18.*DATABASE_URL.*pg_dump[^\n]*$/),
    });
  });

  test('when other files are in its place', async () => {
    const home = temporaryHome();
    mkdirSync(join(home, 'postgres'));
    writeFileSync(join(home, 'postgres', 'letter.txt'), '');
    await expect(once(home, 'SELECT 1')).rejects.toMatchObject({ code: 'directory' });
    expect(existsSync(join(home, 'postgres', 'letter.txt'))).toBe(true);
  });

  test('when it cannot be made', async () => {
    const home = temporaryHome();
    writeFileSync(join(home, 'file'), '');
    await expect(once(join(home, 'file', 'data'), 'SELECT 1')).rejects.toMatchObject({
      code: 'directory',
      message: expect.stringContaining('IDCS_DATA_DIR'),
    });
  });

  test('when it is broken, with what the server says', async () => {
    const home = await initialisedHome();
    rmSync(join(home, 'postgres', 'global', 'pg_control'));
    await expect(once(home, 'SELECT 1')).rejects.toMatchObject({
      code: 'start',
      message: expect.stringContaining('pg_control'),
    });
  });
});

test('a data directory that others could read is closed again', async () => {
  const home = await initialisedHome();
  chmodSync(join(home, 'postgres'), 0o755);
  await once(home, 'SELECT 1');
  expect(statSync(join(home, 'postgres')).mode & 0o777).toBe(0o700);
});

test('what an interrupted first start has left is removed', async () => {
  const home = temporaryHome();
  mkdirSync(join(home, 'postgres.new-4194305')); // above the largest process id
  await once(home, 'SELECT 1');
  expect(existsSync(join(home, 'postgres.new-4194305'))).toBe(false);
});

describe.runIf(asRoot)('as root', () => {
  test('the server and its data are an unprivileged user’s', async () => {
    const home = await initialisedHome();
    await once(home, 'SELECT 1');
    expect(statSync(join(home, 'postgres')).uid).toBe(unprivilegedUser()?.uid);
  });

  test('data that came to belong to root, as by a restored backup, is given back', async () => {
    const home = await initialisedHome();
    await once(home, CREATE);
    execFileSync('chown', ['-R', '0:0', join(home, 'postgres')]);
    await once(home, 'SELECT * FROM kept');
  });

  test('an ordinary user’s data stays that user’s', async () => {
    const home = await initialisedHome();
    execFileSync('chown', ['-R', `${NAMELESS.uid}:${NAMELESS.gid}`, join(home, 'postgres')]);
    await once(home, CREATE);
    expect(statSync(join(home, 'postgres', 'PG_VERSION')).uid).toBe(NAMELESS.uid);
    expect(statSync(join(home, 'postgres')).uid).toBe(NAMELESS.uid);
  });

  test('a new directory that lets nobody in, as mktemp makes it, lets the server through and shows it nothing', async () => {
    const home = join(temporaryHome(), 'new');
    mkdirSync(home, { mode: 0o700 });
    expect(await once(home, CREATE)).toEqual([]);
    expect(statSync(home).mode & 0o777).toBe(0o711);
  });

  test('data in a closed home is kept under /var/tmp, there again at the next start, and every start says so', async () => {
    const closed = join(temporaryHome(), 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const home = join(closed, 'data');
    const first = await once(home, CREATE);
    const moved = readlinkSync(join(home, 'postgres'));
    onTestFinished(() => rmSync(dirname(moved), { recursive: true }));
    expect(moved).toMatch(/^\/var\/tmp\/idcs-emulator-data-[0-9a-f]{12}\/postgres$/);
    expect(first).toEqual([expect.stringContaining(moved)]);
    chmodSync(closed, 0o755);
    expect(await once(home, 'SELECT * FROM kept')).toEqual([expect.stringContaining(moved)]);
    rmSync(moved, { recursive: true });
    expect(await once(home, CREATE)).toEqual([expect.stringMatching(/is gone: starting anew$/)]);
  });

  test('data in a home that has been closed since is refused, not started anew', async () => {
    const closed = join(temporaryHome(), 'closed');
    mkdirSync(closed, { mode: 0o755 });
    await once(closed, CREATE);
    chmodSync(closed, 0o700);
    await expect(once(closed, 'SELECT 1')).rejects.toMatchObject({
      code: 'directory',
      message: expect.stringContaining('chmod o+x'),
    });
    expect(lstatSync(join(closed, 'postgres')).isDirectory()).toBe(true);
  });

  test('an ordinary user runs the server as itself, and is refused the data of another', async () => {
    const user = unprivilegedUser()!;
    const home = temporaryHome();
    chownSync(home, user.uid, user.gid);
    const own = await serverProcess(home, user);
    expect(own.message).toBeUndefined();
    await ask(own.connection, CREATE);
    const other = await serverProcess(home, NAMELESS);
    await ended(other.child);
    expect(other).toMatchObject({ code: 'directory', message: expect.stringContaining('belongs to') });
    own.child.kill('SIGTERM');
    await ended(own.child);
    expect(own.child.exitCode).toBe(0);
  });

  test('a user without a name, for whom PostgreSQL makes no data directory, is told what to do', async () => {
    const home = temporaryHome();
    chownSync(home, NAMELESS.uid, NAMELESS.gid);
    const refused = await serverProcess(home, NAMELESS);
    expect(refused).toMatchObject({ code: 'start', message: expect.stringMatching(/passwd.*DATABASE_URL/) });
  });
});
