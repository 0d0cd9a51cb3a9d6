import { chownSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unprivilegedUser } from '../../../src/store/embedded/unprivileged-user.ts';
import { ask, ended, processesOf, type ServerProcess, serverProcess, until } from './server-process.ts';
import { temporaryHome } from './temporary-home.ts';

const user = unprivilegedUser();

/** A home of the user who runs the server: on Windows that is always ourselves. */
function ownHome(): string {
  const home = temporaryHome();
  if (user) chownSync(home, user.uid, user.gid);
  return home;
}

function start(home: string): Promise<ServerProcess> {
  return serverProcess(home, user ?? {}, 'loopback');
}

test('the server on a port asks for its password, keeps its data, and stops with us', async () => {
  const home = join(ownHome(), 'data');
  const first = await start(home);
  expect(first.connection.host).toBe('127.0.0.1');
  await ask(first.connection, 'CREATE TABLE kept (id int)');
  await expect(ask({ ...first.connection, password: 'guessed' }, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  first.child.kill('SIGTERM');
  await ended(first.child);
  expect(first.child.exitCode).toBe(0);
  expect(processesOf(home)).toEqual([]);
  const second = await start(home);
  expect(second.connection.password).toBe(first.connection.password);
  expect(await ask(second.connection, 'SELECT * FROM kept')).toEqual([]);
});

test('the server on a port ends when its process is killed', async () => {
  const home = ownHome();
  const owner = await start(home);
  owner.child.kill('SIGKILL');
  await until(() => processesOf(home).length === 0, 'the server has ended');
});

test('a second process on the directory is refused; a server without its guard is ended', async () => {
  const home = ownHome();
  const owner = await start(home);
  expect(await start(home)).toMatchObject({ code: 'busy', message: expect.stringContaining('IDCS_DATA_DIR') });
  const guard = processesOf('spawnSync(pgCtl').filter((pid) => processesOf(home).includes(pid));
  expect(guard).toHaveLength(1);
  process.kill(guard[0]!, 'SIGKILL');
  owner.child.kill('SIGKILL');
  await ended(owner.child);
  const next = await start(home);
  expect(await ask(next.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});
