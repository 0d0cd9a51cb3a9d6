import { spawn } from 'node:child_process';
import { chownSync, existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { locateBinaries } from '../../../src/store/embedded/binaries.ts';
import { readPostmasterFile } from '../../../src/store/embedded/postmaster-file.ts';
import { startPrivatePostgres } from '../../../src/store/embedded/private-postgres.ts';
import { unprivilegedUser } from '../../../src/store/embedded/unprivileged-user.ts';
import { ask, ended, processesOf, type ServerProcess, serverProcess, until } from './server-process.ts';
import { initialisedHome, temporaryHome } from './temporary-home.ts';

const CREATE = 'CREATE TABLE IF NOT EXISTS kept (id int PRIMARY KEY); INSERT INTO kept VALUES (1)';
const COUNT = 'SELECT count(*)::int AS count FROM kept';

/** Starts, checks that the row of `CREATE` is there, and stops. */
async function expectKept(home: string): Promise<void> {
  const server = await startPrivatePostgres({ dataDir: home, log: silentLog });
  expect(await ask(server.connection, COUNT)).toEqual([{ count: 1 }]);
  await server.stop();
}

async function prepared(home: string): Promise<ServerProcess> {
  const owner = await serverProcess(home);
  await ask(owner.connection, CREATE);
  return owner;
}

function guardOf(process: ServerProcess): number {
  const data = processesOf(String(process.connection.host)).map((pid) => ({
    pid,
    command: readFileSync(`/proc/${pid}/cmdline`, 'utf8'),
  }));
  return data.find(({ command }) => command.startsWith('/bin/sh'))!.pid;
}

describe('when the emulator is killed', () => {
  test.each([
    ['kill -9', 'SIGKILL', 1],
    ['kill -9 of its process group', 'SIGKILL', -1],
    ['Ctrl-C', 'SIGINT', -1],
  ] as const)(
    '%s: the server ends by itself and every acknowledged row is there at the next start',
    async (_, signal, sign) => {
      const home = await initialisedHome();
      const owner = await prepared(home);
      process.kill(sign * owner.child.pid!, signal);
      await until(() => processesOf(home).length === 0, 'the server has ended');
      expect(existsSync(String(owner.connection.host))).toBe(false);
      await expectKept(home);
    },
  );

  test('a start at once waits for the ending server', async () => {
    const home = await initialisedHome();
    const owner = await prepared(home);
    owner.child.kill('SIGKILL');
    await expectKept(home);
  });

  test('data in memory goes with it', async () => {
    const owner = await serverProcess(':memory:');
    owner.child.kill('SIGKILL');
    await until(() => !existsSync(String(owner.connection.host)), 'the data is gone');
    await until(() => processesOf(String(owner.connection.host)).length === 0, 'the server has ended');
  });

  test('SIGTERM stops both', async () => {
    const home = await initialisedHome();
    const owner = await prepared(home);
    owner.child.kill('SIGTERM');
    await ended(owner.child);
    expect(owner.child.exitCode).toBe(0);
    expect(processesOf(home)).toEqual([]);
  });
});

describe('two processes on one directory', () => {
  test('share the server, which outlives a killed owner and ends with the last user', async () => {
    const home = await initialisedHome();
    const owner = await prepared(home);
    const joined = await serverProcess(home);
    expect(joined.connection).toEqual(owner.connection);
    owner.child.kill('SIGKILL');
    await ended(owner.child);
    expect(await ask(joined.connection, COUNT)).toEqual([{ count: 1 }]);
    joined.child.kill('SIGTERM');
    await ended(joined.child);
    await until(() => processesOf(home).length === 0, 'the server has ended');
  });

  test('the owner stops without waiting for the other, which goes on', async () => {
    const home = await initialisedHome();
    const owner = await prepared(home);
    const joined = await serverProcess(home);
    owner.child.kill('SIGTERM');
    await ended(owner.child);
    expect(await ask(joined.connection, COUNT)).toEqual([{ count: 1 }]);
    joined.child.kill('SIGKILL');
    await until(() => processesOf(home).length === 0, 'the server has ended');
  });

  test('may start at the same moment, on a new directory and on an old one', async () => {
    const home = temporaryHome();
    for (const count of [3, 3]) {
      const processes = await Promise.all(Array.from({ length: count }, () => serverProcess(home)));
      expect(processes.map((one) => one.message)).toEqual([undefined, undefined, undefined]);
      expect(new Set(processes.map((one) => one.connection.host)).size).toBe(1);
      for (const { child } of processes) child.kill('SIGKILL');
      await until(() => processesOf(home).length === 0, 'the server has ended');
    }
  });
});

describe.runIf(process.platform === 'linux')('a leftover', () => {
  test('server without its guard is ended, and its data is there', async () => {
    const home = await initialisedHome();
    const owner = await prepared(home);
    process.kill(guardOf(owner), 'SIGKILL');
    owner.child.kill('SIGKILL');
    expect(processesOf(home)).not.toEqual([]);
    await expectKept(home);
  });

  test('of a run that was killed whole is recovered, and its private directory goes', async () => {
    const home = await initialisedHome();
    const owner = await prepared(home);
    const pids = processesOf(home);
    for (const pid of [...pids, owner.child.pid!]) process.kill(pid, 'SIGKILL');
    expect(existsSync(join(home, 'postgres', 'postmaster.pid'))).toBe(true);
    await expectKept(home);
    await until(() => !existsSync(String(owner.connection.host)), 'the private directory is gone');
  });

  test('postmaster.pid whose number another process has got is no obstacle', async () => {
    const home = await initialisedHome();
    const owner = await prepared(home);
    for (const pid of [...processesOf(home), owner.child.pid!]) process.kill(pid, 'SIGKILL');
    const other = spawn('sleep', ['60'], { ...unprivilegedUser(), stdio: 'ignore' });
    onTestFinished(() => void other.kill('SIGKILL'));
    const file = join(home, 'postgres', 'postmaster.pid');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(/^\d+/, String(other.pid)));
    await expectKept(home);
    expect(other.exitCode).toBeNull();
  });

  test('directory of data in memory, whose guard was killed, goes at the next start with its server', async () => {
    const owner = await serverProcess(':memory:');
    const directory = String(owner.connection.host);
    process.kill(guardOf(owner), 'SIGKILL');
    owner.child.kill('SIGKILL');
    const server = await startPrivatePostgres({ dataDir: ':memory:', log: silentLog });
    await until(() => !existsSync(directory) && processesOf(directory).length === 0, 'directory and server are gone');
    await server.stop();
  });
});

test('a server on the directory that somebody else has started is refused, and left alone', async () => {
  const home = await initialisedHome();
  const sockets = mkdtempSync(join(tmpdir(), 'idcs-test-foreign-'));
  const user = unprivilegedUser();
  if (user) chownSync(sockets, user.uid, user.gid);
  const data = join(home, 'postgres');
  const foreign = spawn(
    join(locateBinaries().root, 'bin', 'postgres'),
    ['-c', 'listen_addresses=', '-c', `unix_socket_directories=${sockets}`],
    { ...user, cwd: '/', env: { PGDATA: data }, stdio: 'ignore' },
  );
  onTestFinished(async () => {
    foreign.kill('SIGINT');
    await ended(foreign);
    rmSync(sockets, { recursive: true });
  });
  await until(() => readPostmasterFile(data)?.status === 'ready', 'the foreign server is ready');
  await expect(startPrivatePostgres({ dataDir: home, log: silentLog })).rejects.toMatchObject({
    code: 'busy',
    message: expect.stringContaining(String(foreign.pid)),
  });
  expect(lstatSync(data).isDirectory()).toBe(true);
  expect(foreign.exitCode).toBeNull();
});
