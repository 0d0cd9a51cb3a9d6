import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { PrivatePostgresError } from './errors.ts';

/** A user to run PostgreSQL as; null: the one that we are. */
export type RunAs = { readonly uid: number; readonly gid: number } | null;

/** PostgreSQL refuses to run as root: then it runs as nobody. Null when we are not root. */
export function unprivilegedUser(): RunAs {
  return process.getuid?.() === 0 ? nobody() : null;
}

function nobody(): { uid: number; gid: number } {
  try {
    const line = readFileSync('/etc/passwd', 'utf8').match(/^nobody:[^:]*:(-?\d+):(-?\d+):/m);
    // macOS writes -2, which the system calls want as an unsigned number.
    if (line) return { uid: Number(line[1]) >>> 0, gid: Number(line[2]) >>> 0 };
  } catch {
    // No /etc/passwd in very small containers: the number is the same everywhere on Linux.
  }
  return { uid: 65534, gid: 65534 };
}

/**
 * Which directories the other user can enter and which programs it can run, found by trying as that user: mode bits
 * alone don't tell about access lists and network mounts.
 * @throws PrivatePostgresError (`user`) when we are root and may not change to that user
 */
export function reachable(user: NonNullable<RunAs>, paths: readonly string[]): Set<string> {
  const script = 'for path; do if test -x "$path"; then echo y; else echo n; fi; done';
  const result = spawnSync('/bin/sh', ['-c', script, 'sh', ...paths], { ...user, cwd: '/', encoding: 'utf8' });
  if (result.error || result.status !== 0) {
    throw new PrivatePostgresError(
      'user',
      `PostgreSQL does not run as root, and this process may not change to the user ${user.uid} (${result.error?.message ?? result.stderr.trim()}): ` +
        'run the emulator as an ordinary user, or set DATABASE_URL.',
    );
  }
  const answers = result.stdout.split('\n');
  return new Set(paths.filter((_, index) => answers[index] === 'y'));
}
