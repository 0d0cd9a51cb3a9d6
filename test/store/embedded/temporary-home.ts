import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { processesOf, until } from './server-process.ts';

/** A directory for one test, which also checks that the test leaves no server of it behind. */
export function temporaryHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'idcs-test-'));
  chmodSync(home, 0o755); // as root: the server's user must get in
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
