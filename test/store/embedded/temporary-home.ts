import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { startPrivatePostgres } from '../../../src/store/embedded/private-postgres.ts';
import { processesOf, until } from './server-process.ts';

/** A directory for one test, which also checks that the test leaves no server of it behind. */
export function temporaryHome(): string {
  const home = emptyDirectory();
  onTestFinished(async () => {
    try {
      await until(() => processesOf(home).length === 0, `no server of ${home} is left`);
    } finally {
      for (const pid of processesOf(home)) process.kill(pid, 'SIGKILL');
      rmSync(home, { recursive: true, force: true });
    }
  });
  return home;
}

/** The same with an initialised data directory in it: a copy, because initdb costs half a second of processor time. */
export async function initialisedHome(): Promise<string> {
  template ??= makeTemplate();
  const home = temporaryHome();
  execFileSync('cp', ['-a', join(await template, 'postgres'), home]);
  return home;
}

let template: Promise<string> | null = null;
afterAll(async () => {
  if (template) rmSync(await template, { recursive: true, force: true });
});

async function makeTemplate(): Promise<string> {
  const home = emptyDirectory();
  const server = await startPrivatePostgres({ dataDir: home, log: silentLog });
  await server.stop();
  return home;
}

function emptyDirectory(): string {
  const home = mkdtempSync(join(tmpdir(), 'idcs-test-'));
  chmodSync(home, 0o755); // as root: the server's user must get in
  return home;
}
