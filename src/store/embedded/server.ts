import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { prepareData, runInitdb } from './data-directory.ts';
import { PrivatePostgresError } from './errors.ts';
import { type Guarded, startGuarded } from './guard.ts';
import { endServer, isGone, recycledPid } from './leftover.ts';
import type { Placement } from './placement.ts';
import { isServerOf, readPostmasterFile } from './postmaster-file.ts';
import { isPrivateDirectory, makePrivateDirectory } from './private-directory.ts';
import { serverSettings, socketSettings } from './settings.ts';
import { removeAs } from './shared-place.ts';
import { joinServer, leaveServer } from './users-of-server.ts';
import { waitFor } from './wait.ts';

/** A server that accepts connections. */
export interface RunningServer {
  /** The directory of its socket. */
  readonly privateDir: string;
  readonly logFile: string;
  /** Settles when it has ended; null when another process started it. */
  readonly ended: Promise<string> | null;
  /** Lets go of it, and waits for its end when we were the last. */
  leave(): Promise<void>;
}

/** Recovery after a crash replays the log of at most max_wal_size. */
const START_MS = 60_000;
const END_MS = 20_000;
const LARGEST_LOG_BYTES = 1_000_000;

/** Starts a server whose data lies in its private directory and goes with it. */
export async function startInMemory(place: Placement): Promise<RunningServer> {
  const privateDir = makePrivateDirectory(place.temporaryRoot, place.runAs);
  const data = join(privateDir, 'postgres');
  try {
    await runInitdb(data, place.binaries, place.runAs);
    const started = await start(place, data, privateDir, join(privateDir, 'postgres.log'));
    if (started.server) return started.server;
    throw new PrivatePostgresError('start', `The private PostgreSQL did not start: ${started.said}`);
  } catch (error) {
    removeAs(place.runAs, privateDir);
    throw error;
  }
}

/**
 * Joins the server that runs on the directory, or starts one. Whoever loses a race looks again.
 * @throws PrivatePostgresError (`start`, `busy`, `directory`, `version`)
 */
export async function joinOrStart(place: Placement, data: string): Promise<RunningServer> {
  const logFile = join(dirname(data), 'postgres.log');
  const deadline = performance.now() + START_MS;
  await prepareData(data, place.binaries, place.runAs);
  for (;;) {
    const joined = await joinRunning(data, logFile);
    if (joined) return joined;
    const privateDir = makePrivateDirectory(place.temporaryRoot, place.runAs);
    const started = await start(place, data, privateDir, logFile);
    if (started.server) return started.server;
    if (!isRivalry(started.said) || performance.now() > deadline) {
      throw new PrivatePostgresError('start', `The private PostgreSQL did not start (${logFile}): ${started.said}`);
    }
  }
}

/** Joins the server that runs on the directory; null when none does, or when it was one that had to end first. */
async function joinRunning(data: string, logFile: string): Promise<RunningServer | null> {
  const pid = readPostmasterFile(data)?.pid;
  if (pid === undefined || !isServerOf(pid, data)) return null;
  const privateDir = await socketDirectory(pid, data);
  if (privateDir === null) return null;
  const user = isStopping(data) ? null : await joinServer(privateDir);
  if (!user) {
    // It is ending, or its guard is gone and so are, most likely, its users.
    await endServer(data, pid, 'SIGINT');
    return null;
  }
  if (await isReady(pid, data)) return running({ data, pid, privateDir, logFile, user, guard: null });
  user.release();
  return null;
}

/** The server's private directory, which it notes a moment after its start; null when it has ended meanwhile. */
async function socketDirectory(pid: number, data: string): Promise<string | null> {
  const found = await waitFor(() => {
    if (!isServerOf(pid, data)) return null;
    return readPostmasterFile(data)?.socketDir || undefined;
  }, START_MS);
  if (found === null || (found !== undefined && isPrivateDirectory(found))) return found;
  throw new PrivatePostgresError(
    'busy',
    `A PostgreSQL server that idcs-emulator did not start (process ${pid}) runs on ${data}: stop it.`,
  );
}

async function isReady(pid: number, data: string): Promise<boolean> {
  const ready = await waitFor(() => {
    if (!isServerOf(pid, data)) return false;
    return readPostmasterFile(data)?.status === 'ready' || undefined;
  }, START_MS);
  return ready ?? false;
}

function isStopping(data: string): boolean {
  return readPostmasterFile(data)?.status === 'stopping';
}

/** Starts a server under a guard; without a `server`, `said` is what it printed before it ended. */
async function start(
  place: Placement,
  data: string,
  privateDir: string,
  logFile: string,
): Promise<{ server: RunningServer | null; said: string }> {
  const log = openLog(logFile);
  const user = await startGuarded(serverCommand(place, data, privateDir), {
    privateDir,
    log: log.file,
    keep: place.data !== null,
    runAs: place.runAs,
  });
  let ended: string | null = null;
  void user.ended.then((how) => {
    ended = how;
  });
  const pid = await waitFor(() => {
    if (ended !== null) return null;
    const file = readPostmasterFile(data);
    return file?.socketDir === privateDir && file.status === 'ready' ? file.pid : undefined;
  }, START_MS);
  const server = typeof pid === 'number' ? running({ data, pid, privateDir, logFile, user, guard: user }) : null;
  if (server === null) user.release();
  const said = server === null ? await user.awaitEnd().then((how) => readTail(log) || how) : '';
  closeSync(log.file);
  return { server, said };
}

function serverCommand(place: Placement, data: string, privateDir: string): string[] {
  const settings = serverSettings({ durable: place.data !== null, listen: socketSettings(privateDir) });
  const server = [join(place.binaries.root, 'bin', 'postgres'), '-D', data, ...settings];
  // The server takes its "grandparent" for no rival; pg_ctl tells it by the same variable.
  const recycled = recycledPid(data);
  return recycled === null ? server : ['env', `PG_GRANDPARENT_PID=${recycled}`, ...server];
}

/** Another server was faster, or processes of a killed one still hold its memory: worth another look. */
function isRivalry(said: string): boolean {
  return said.includes('postmaster.pid" already exists') || said.includes('pre-existing shared memory block');
}

interface OpenLog {
  readonly file: number;
  /** Where this start begins, in bytes. */
  readonly from: number;
}

function openLog(path: string): OpenLog {
  const file = openSync(path, 'a+', 0o600);
  const { size } = fstatSync(file);
  if (size <= LARGEST_LOG_BYTES) return { file, from: size };
  ftruncateSync(file);
  return { file, from: 0 };
}

/** What this start has printed; works when the guard has removed the file already. */
function readTail({ file, from }: OpenLog): string {
  const buffer = Buffer.alloc(4_096);
  return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, from)).trim();
}

function running(server: {
  readonly data: string;
  readonly pid: number;
  readonly privateDir: string;
  readonly logFile: string;
  readonly user: { readonly userName: string; release(): void };
  /** Null when it is another process's child. */
  readonly guard: Guarded | null;
}): RunningServer {
  const { data, pid, privateDir, logFile, user, guard } = server;
  return {
    privateDir,
    logFile,
    ended: guard?.ended ?? null,
    async leave() {
      const isShared = leaveServer(privateDir, user.userName);
      user.release();
      if (isShared) return;
      await isGone(pid, data, END_MS);
      await endServer(data, pid, 'SIGINT'); // only if its guard was killed
      await (guard ? guard.awaitEnd() : waitFor(() => !existsSync(privateDir) || undefined, END_MS));
    },
  };
}
