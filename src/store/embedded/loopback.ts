import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientConfig } from 'pg';
import { type Binaries, linkLibraries, locateBinaries, serverVersion } from './binaries.ts';
import { prepareData } from './data-directory.ts';
import { PrivatePostgresError, systemCode } from './errors.ts';
import { freePort, type LoopbackGuard, pgCtl, startLoopbackGuard } from './loopback-guard.ts';
import { isAlive } from './postmaster-file.ts';
import { DATABASE, serverSettings, USER } from './settings.ts';

/*
 * Windows has no `sh`, and PostgreSQL there no private sockets. So the server listens on a loopback port, with a password
 * that we make and keep beside the data. There is no joining: a second process on the directory is refused. Nothing here
 * is particular to Windows, so that the tests run it everywhere.
 */

/** How often another port is tried, when a free one was taken meanwhile. */
const PORT_TRIES = 5;

/** A server on a loopback port. */
export interface LoopbackServer {
  readonly connection: ClientConfig;
  readonly version: string;
  readonly logFile: string;
  /** Settles when it has ended, with a few words on how. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts the server of a directory on a loopback port.
 * @param dataDir made when missing; null: a temporary one, removed at the end
 * @throws PrivatePostgresError (`busy`) when another process has one on it, and as everywhere here
 */
export async function startOnLoopback(dataDir: string | null): Promise<LoopbackServer> {
  const binaries = locateBinaries();
  linkLibraries(binaries);
  const home = makeHome(dataDir);
  const data = join(home, 'postgres');
  endLeftover(home, data, binaries);
  const password = passwordOf(home);
  await prepareData(data, binaries, null, ['--auth=scram-sha-256', `--pwfile=${join(home, PASSWORD_FILE)}`]);
  const { guard, port } = await startOnSomePort(binaries, { home, data, isKept: dataDir !== null });
  writeFileSync(join(home, GUARD_FILE), String(guard.pid));
  return {
    connection: { host: '127.0.0.1', port, user: USER, database: DATABASE, password, ssl: false },
    version: serverVersion(binaries),
    logFile: join(home, LOG_FILE),
    ended: guard.ended,
    stop: () => guard.stop(),
  };
}

const PASSWORD_FILE = 'postgres.password';
const GUARD_FILE = 'postgres.guard';
const LOG_FILE = 'postgres.log';

function makeHome(dataDir: string | null): string {
  if (dataDir === null) return mkdtempSync(join(realpathSync(tmpdir()), 'idcs-pg-'));
  try {
    mkdirSync(dataDir, { recursive: true });
    return realpathSync(dataDir);
  } catch (error) {
    throw new PrivatePostgresError(
      'directory',
      `IDCS_DATA_DIR ${dataDir} cannot be made (${systemCode(error)}): name a directory that can.`,
    );
  }
}

async function startOnSomePort(
  binaries: Binaries,
  place: { readonly home: string; readonly data: string; readonly isKept: boolean },
): Promise<{ guard: LoopbackGuard; port: number }> {
  const logFile = join(place.home, LOG_FILE);
  for (let tries = 0; tries < PORT_TRIES; tries++) {
    const port = await freePort();
    const listen = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories='];
    const settings = serverSettings({ durable: place.isKept, listen });
    const remove = place.isKept ? null : place.home;
    const guard = await startLoopbackGuard(binaries, { data: place.data, logFile, settings, remove });
    if (guard) return { guard, port };
    if (!/could not bind/.test(readFileSync(logFile, 'utf8').slice(-2_000))) break;
  }
  throw new PrivatePostgresError('start', `The private PostgreSQL did not start: ${logFile} says why.`);
}

/** Kept with the data, readable by us alone: whoever may read the data may as well know it. */
function passwordOf(home: string): string {
  const file = join(home, PASSWORD_FILE);
  try {
    writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8');
}

/** Stops a server whose guard was killed. @throws PrivatePostgresError (`busy`) when the guard lives */
function endLeftover(home: string, data: string, binaries: Binaries): void {
  const guard = guardOf(home);
  if (guard === null) return;
  const isRunning =
    spawnSync(pgCtl(binaries), ['-D', data, 'status'], { stdio: 'ignore', windowsHide: true }).status === 0;
  if (!isRunning) return;
  if (isAlive(guard)) {
    throw new PrivatePostgresError(
      'busy',
      `Another process (guarded by ${guard}) has its private PostgreSQL on ${home}: stop it, or use another IDCS_DATA_DIR.`,
    );
  }
  spawnSync(pgCtl(binaries), ['-D', data, '-s', '-w', '-m', 'fast', 'stop'], { stdio: 'ignore', windowsHide: true });
}

function guardOf(home: string): number | null {
  try {
    return Number(readFileSync(join(home, GUARD_FILE), 'utf8'));
  } catch {
    return null; // the first start
  }
}
