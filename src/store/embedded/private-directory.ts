import { accessSync, chownSync, constants, lstatSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PrivatePostgresError } from './errors.ts';
import { endServer } from './leftover.ts';
import { readPostmasterFile } from './postmaster-file.ts';
import { SOCKET_PORT } from './settings.ts';
import { removeAs } from './shared-place.ts';
import type { RunAs } from './unprivileged-user.ts';
import { hasGuard } from './users-of-server.ts';

/*
 * The directory that one run of the server has to itself: its socket, the guard's pipe and, when nothing is kept, the
 * data too. Short, because the path of a socket is at most 103 bytes on macOS (107 on Linux).
 */
const PREFIX = 'idcs-pg-';
const LONGEST_SOCKET_PATH = 103;
const IN_THE_MAKING_MS = 60_000;

/** Where such a directory may be made, best first. */
export function temporaryRoots(): string[] {
  const roots = new Set([tmpdir(), '/tmp', '/var/tmp']);
  return [...roots].filter((root) => isShort(root) && !root.includes('"') && isWritable(root));
}

function isWritable(root: string): boolean {
  try {
    accessSync(root, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isShort(root: string): boolean {
  return Buffer.byteLength(join(root, `${PREFIX}XXXXXX`, `.s.PGSQL.${SOCKET_PORT}`)) <= LONGEST_SOCKET_PATH;
}

/** Makes one, owned by the server's user and closed to all others. */
export function makePrivateDirectory(root: string, runAs: RunAs): string {
  const directory = mkdtempSync(join(root, PREFIX));
  if (runAs) chownSync(directory, runAs.uid, runAs.gid);
  return directory;
}

/** Whether a server's socket directory is one of ours. */
export function isPrivateDirectory(path: string): boolean {
  return path.split('/').at(-1)?.startsWith(PREFIX) === true;
}

/** The first root that can be used. @param usable those that the server's user can enter; null: all */
export function chooseRoot(usable: ReadonlySet<string> | null): string {
  const root = temporaryRoots().find((candidate) => usable === null || usable.has(candidate));
  if (root) return root;
  throw new PrivatePostgresError(
    'directory',
    'No temporary directory for the private PostgreSQL: neither $TMPDIR, /tmp nor /var/tmp can be used.',
  );
}

/** Removes what runs have left that were ended together with their guard (power loss, kill -9 of everything). */
export async function removeAbandoned(root: string, runAs: RunAs): Promise<void> {
  const owner = runAs?.uid ?? process.getuid?.();
  for (const name of readdirSync(root)) {
    const directory = join(root, name);
    if (!name.startsWith(PREFIX) || lstatSync(directory, { throwIfNoEntry: false })?.uid !== owner) continue;
    if (!isAbandoned(directory)) continue;
    const data = join(directory, 'postgres');
    const server = readPostmasterFile(data);
    if (server) await endServer(data, server.pid, 'SIGQUIT');
    removeAs(runAs, directory);
  }
}

/** Whether no guard reads the pipe any more; one without a pipe may just be in the making. */
function isAbandoned(directory: string): boolean {
  const pipe = lstatSync(join(directory, 'users'), { throwIfNoEntry: false });
  if (pipe) return !hasGuard(directory);
  const made = lstatSync(directory, { throwIfNoEntry: false });
  return made !== undefined && Date.now() - made.mtimeMs > IN_THE_MAKING_MS;
}
