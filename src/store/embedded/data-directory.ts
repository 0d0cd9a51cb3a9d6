import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Binaries, majorVersion } from './binaries.ts';
import { PrivatePostgresError, systemCode } from './errors.ts';
import { serverEnvironment } from './guard.ts';
import { isAlive } from './postmaster-file.ts';
import { INITDB_OPTIONS } from './settings.ts';
import { removeAs } from './shared-place.ts';
import type { RunAs } from './unprivileged-user.ts';

/**
 * Makes sure that `data` is a data directory of our PostgreSQL: makes a new one, or checks and repairs owner and mode
 * of the one that is there.
 * @throws PrivatePostgresError `version` for another major's, `directory` for anything else that cannot be used
 */
export async function prepareData(data: string, binaries: Binaries, runAs: RunAs): Promise<void> {
  if (existsSync(join(data, 'PG_VERSION'))) {
    checkVersion(data, binaries);
    makePrivate(data, runAs);
    return;
  }
  if (existsSync(data) && readdirSync(data).length > 0) {
    throw new PrivatePostgresError(
      'directory',
      `${data} is neither empty nor a PostgreSQL data directory: move it away.`,
    );
  }
  await initialise(data, binaries, runAs);
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
    throw new PrivatePostgresError(
      'directory',
      `${data} cannot be read (${systemCode(error)}): it belongs to another user.`,
    );
  }
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
async function initialise(data: string, binaries: Binaries, runAs: RunAs): Promise<void> {
  removeDrafts(data, runAs);
  const draft = `${data}.new-${process.pid}`;
  mkdirSync(draft, { mode: 0o700 });
  if (runAs) chownSync(draft, runAs.uid, runAs.gid);
  try {
    await runInitdb(draft, binaries, runAs);
    renameSync(draft, data);
  } catch (error) {
    removeAs(runAs, draft);
    if (!['ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')) throw error; // else another process was first
  }
}

/** @param options beside those that all directories are made with */
export async function runInitdb(
  data: string,
  binaries: Binaries,
  runAs: RunAs,
  options: readonly string[] = ['--auth=trust'],
): Promise<void> {
  const command = join(binaries.root, 'bin', process.platform === 'win32' ? 'initdb.exe' : 'initdb');
  try {
    await promisify(execFile)(command, ['--pgdata', data, ...INITDB_OPTIONS, ...options], {
      ...runAs,
      cwd: process.platform === 'win32' ? binaries.root : '/',
      env: serverEnvironment(),
    });
  } catch (error) {
    const said =
      error instanceof Error && 'stderr' in error ? String(error.stderr).trim().split('\n').slice(-3).join(' ') : '';
    throw new PrivatePostgresError(
      'start',
      `The private PostgreSQL could not make its data directory ${data}: ${said || String(error)}`,
      { cause: error },
    );
  }
}

function removeDrafts(data: string, runAs: RunAs): void {
  for (const name of readdirSync(dirname(data))) {
    const pid = name.startsWith(`${basename(data)}.new-`) ? Number(name.split('-').at(-1)) : Number.NaN;
    if (Number.isInteger(pid) && !isAlive(pid)) removeAs(runAs, join(dirname(data), name));
  }
}
