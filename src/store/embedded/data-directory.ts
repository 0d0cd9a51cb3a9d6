import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Binaries, majorVersion } from './binaries.ts';
import { PrivatePostgresError, systemCode } from './errors.ts';
import { serverEnvironment } from './guard.ts';
import { isAlive } from './postmaster-file.ts';
import { INITDB_OPTIONS } from './settings.ts';
import { removeAs } from './shared-place.ts';
import type { RunAs } from './unprivileged-user.ts';

/** Whoever can enter the private directory of the socket is the server's own user. */
const TRUST_SOCKET: readonly string[] = ['--auth=trust'];

/**
 * Makes sure that `data` is a data directory of our PostgreSQL: makes a new one, or checks and repairs owner and mode
 * of the one that is there.
 * @param options for initdb, beside those that all directories are made with
 * @throws PrivatePostgresError `version` for another major's, `directory` for anything else that cannot be used
 */
export async function prepareData(
  data: string,
  binaries: Binaries,
  runAs: RunAs,
  options: readonly string[] = TRUST_SOCKET,
): Promise<void> {
  const names = listNames(data);
  if (names.length === 0) {
    await initialise(data, binaries, runAs, options);
    return;
  }
  if (!names.includes('PG_VERSION')) {
    throw new PrivatePostgresError(
      'directory',
      `${data} is neither empty nor a PostgreSQL data directory: move it away.`,
    );
  }
  checkVersion(data, binaries);
  makePrivate(data, runAs);
}

function listNames(data: string): string[] {
  try {
    return readdirSync(data);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw unreadable(data, error);
  }
}

function checkVersion(data: string, binaries: Binaries): void {
  const found = readVersion(data);
  const ours = majorVersion(binaries);
  if (found === ours) return;
  throw new PrivatePostgresError(
    'version',
    `${data} was made by PostgreSQL ${found}; this version of idcs-emulator brings PostgreSQL ${ours}, which cannot open it. ` +
      `To keep the data, run PostgreSQL ${found} on that directory and set DATABASE_URL to it, or move it by that server's ` +
      `pg_dump into a new server; to start afresh, remove the directory.`,
  );
}

function readVersion(data: string): string {
  try {
    return readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  } catch (error) {
    throw unreadable(data, error);
  }
}

function unreadable(data: string, error: unknown): PrivatePostgresError {
  const reason = systemCode(error) === 'EACCES' ? 'it belongs to another user' : String(error);
  return new PrivatePostgresError('directory', `${data} cannot be read: ${reason}.`, { cause: error });
}

/** PostgreSQL insists on being the owner and the only reader; a copy or a restored backup often differs. */
function makePrivate(data: string, runAs: RunAs): void {
  const { uid, mode } = lstatSync(data);
  const wanted = runAs?.uid ?? process.getuid?.();
  if (wanted !== undefined && uid !== wanted) {
    if (!runAs) {
      throw new PrivatePostgresError(
        'directory',
        `${data} belongs to the user ${uid}: run the emulator as that user, or use another IDCS_DATA_DIR.`,
      );
    }
    execFileSync('chown', ['-R', `${runAs.uid}:${runAs.gid}`, data]);
  }
  if ((mode & 0o077) !== 0 && process.platform !== 'win32') chmodSync(data, 0o700);
}

/** Made under another name first: a start that is interrupted leaves no half a directory. */
async function initialise(data: string, binaries: Binaries, runAs: RunAs, options: readonly string[]): Promise<void> {
  removeDrafts(data, runAs);
  const draft = `${data}.new-${process.pid}`;
  mkdirSync(draft, { mode: 0o700 });
  if (runAs) chownSync(draft, runAs.uid, runAs.gid);
  try {
    await runInitdb(draft, binaries, runAs, options);
    renameSync(draft, data);
  } catch (error) {
    removeAs(runAs, draft);
    if (!['ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')) throw error; // else another process was first
  }
}

/** Makes a data directory in an empty or missing `data`. */
export async function runInitdb(
  data: string,
  binaries: Binaries,
  runAs: RunAs,
  options: readonly string[] = TRUST_SOCKET,
): Promise<void> {
  const command = join(binaries.root, 'bin', process.platform === 'win32' ? 'initdb.exe' : 'initdb');
  try {
    await promisify(execFile)(command, ['--pgdata', data, ...INITDB_OPTIONS, ...options], {
      ...runAs,
      cwd: process.platform === 'win32' ? binaries.root : '/',
      env: serverEnvironment(),
    });
  } catch (error) {
    throw initdbFailed(data, error);
  }
}

function initdbFailed(data: string, error: unknown): PrivatePostgresError {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim().split('\n') : [];
  const reason = said.slice(-3).join(' ') || String(error);
  // As in a container with a user number of its own.
  const advice = reason.includes('could not look up effective user ID')
    ? ' (run the emulator as a user that /etc/passwd has, or set DATABASE_URL)'
    : '';
  const message = `The private PostgreSQL could not make its data directory ${data}: ${reason}${advice}`;
  return new PrivatePostgresError('start', message, { cause: error });
}

function removeDrafts(data: string, runAs: RunAs): void {
  for (const name of readdirSync(dirname(data))) {
    const pid = name.startsWith(`${basename(data)}.new-`) ? Number(name.split('-').at(-1)) : Number.NaN;
    if (Number.isInteger(pid) && !isAlive(pid)) removeAs(runAs, join(dirname(data), name));
  }
}
