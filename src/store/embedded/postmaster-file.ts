import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { PrivatePostgresError, systemCode } from './errors.ts';

/** What a running server writes into postmaster.pid of its data directory (PostgreSQL: src/include/utils/pidfile.h). */
export interface PostmasterFile {
  readonly pid: number;
  readonly socketDir: string;
  /** `starting`, `ready`, `stopping`; empty until the server has got so far. */
  readonly status: string;
}

/**
 * Reads postmaster.pid; null when there is none, or not yet a whole first line.
 * @throws PrivatePostgresError (`directory`) when we may not read it
 */
export function readPostmasterFile(data: string): PostmasterFile | null {
  let lines: string[];
  try {
    lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw new PrivatePostgresError(
      'directory',
      `${data} cannot be read (${systemCode(error)}): it belongs to another user.`,
    );
  }
  const pid = Number(lines[0]);
  if (lines.length < 2 || !Number.isInteger(pid) || pid <= 0) return null;
  return { pid, socketDir: lines[4] ?? '', status: lines[7]?.trim() ?? '' };
}

/** Whether a process of this id runs, ours or another user's. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
  return !isZombie(pid);
}

/** One that has ended and that nobody has asked about: in a container whose first process does not, they pile up. */
function isZombie(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.startsWith('Z') === true;
  } catch {
    return false; // no /proc here
  }
}

/**
 * Whether the process is the PostgreSQL server of `data`, and not another one that got its number after a crash (usual
 * in containers, where numbers start anew).
 */
export function isServerOf(pid: number, data: string): boolean {
  if (!isAlive(pid)) return false;
  const command = commandLine(pid);
  const program = basename(command.split(/\0| -/, 1)[0]!.trim());
  return program.startsWith('postgres') && (command.includes(data) || workingDirectory(pid) === data);
}

/** A postmaster's is its data directory; null where only the owner may know, or nobody. */
function workingDirectory(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}

function commandLine(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8'); // empty for a zombie
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return ''; // it has ended meanwhile
  }
}
