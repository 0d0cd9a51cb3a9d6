import { randomBytes } from 'node:crypto';
import { closeSync, constants, existsSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from './errors.ts';
import { isAlive } from './postmaster-file.ts';
import { waitFor } from './wait.ts';

/*
 * The users of one server: the process that started it and those that joined. Each holds the pipe `users` open and has a
 * file named after its process in the server's private directory (see guard.ts).
 */

const OURS = /^user-(\d+)-[0-9a-f]+$/;

/** A name for one more user, which tells its process. */
export function newUserName(): string {
  return `user-${process.pid}-${randomBytes(4).toString('hex')}`;
}

/**
 * Opens the pipe for writing once somebody reads it; null when nobody does within the time.
 * @param deadlineMs how long to wait for the reader
 */
export async function holdOpen(privateDir: string, deadlineMs: number): Promise<number | null> {
  return (await waitFor(() => openPipe(privateDir), deadlineMs)) ?? null;
}

/** Whether a guard still watches over the server of this private directory. */
export function hasGuard(privateDir: string): boolean {
  const file = openPipe(privateDir);
  if (file !== undefined) closeSync(file);
  return file !== undefined;
}

function openPipe(privateDir: string): number | undefined {
  try {
    return openSync(join(privateDir, 'users'), constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENXIO' || code === 'ENOENT') return undefined; // no reader yet, or no more
    throw error;
  }
}

/**
 * Becomes a user of a running server.
 * @returns how to let go of it, or null when it is ending or has no guard
 */
export async function joinServer(privateDir: string): Promise<{ userName: string; release(): void } | null> {
  const file = openPipe(privateDir);
  if (file === undefined) return null;
  const userName = newUserName();
  const seen = await asked(file, privateDir, userName);
  if (seen) return { userName, release: () => closeSync(file) };
  closeSync(file);
  return null;
}

async function asked(file: number, privateDir: string, userName: string): Promise<boolean> {
  try {
    writeSync(file, `${userName}\n`);
  } catch (error) {
    if (systemCode(error) === 'EPIPE') return false;
    throw error;
  }
  return (await waitFor(() => existsSync(join(privateDir, userName)) || undefined, 1_000)) ?? false;
}

/** Takes our name off the list and tells whether a living process is left on it. */
export function leaveServer(privateDir: string, userName: string): boolean {
  rmSync(join(privateDir, userName), { force: true });
  return readNames(privateDir).some((name) => {
    const pid = name.match(OURS)?.[1];
    return pid !== undefined && isAlive(Number(pid));
  });
}

function readNames(privateDir: string): string[] {
  try {
    return readdirSync(privateDir);
  } catch {
    return []; // removed by the guard: the server has ended
  }
}
