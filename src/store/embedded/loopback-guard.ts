import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Binaries } from './binaries.ts';

/*
 * What guard.ts is where there is a shell: starts the server by pg_ctl, which also drops an administrator's rights, and
 * stops it when its input ends, which is when we are gone. It lives through Ctrl-C: our end is its only signal.
 */
const GUARD = `
const { spawnSync } = require('node:child_process');
const { rmSync } = require('node:fs');
const [pgCtl, data, log, options, mode, remove] = process.argv.slice(1);
const run = (...args) =>
  spawnSync(pgCtl, ['-D', data, '-s', '-w', ...args], { stdio: 'ignore', windowsHide: true }).status;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK']) try { process.on(signal, () => {}); } catch {}
if (run('-l', log, '-o', options, 'start') !== 0) process.exit(1);
console.log('ready');
process.stdin.resume();
process.stdin.on('close', () => {
  run('-m', mode, 'stop');
  if (remove) rmSync(remove, { recursive: true, force: true, maxRetries: 20 });
});
`;

export interface LoopbackGuard {
  readonly pid: number;
  /** Settles when guard and server have ended. */
  readonly ended: Promise<string>;
  /** Ends both, and waits. */
  stop(): Promise<void>;
}

/**
 * Starts the server of a data directory under a guard.
 * @param settings as arguments of `postgres`
 * @param remove a directory to remove at the end, whose data needs no writing out; null: the data is kept
 * @returns null when the server did not start
 */
export async function startLoopbackGuard(
  binaries: Binaries,
  server: {
    readonly data: string;
    readonly logFile: string;
    readonly settings: readonly string[];
    readonly remove: string | null;
  },
): Promise<LoopbackGuard | null> {
  const { data, logFile, settings, remove } = server;
  const mode = remove === null ? 'fast' : 'immediate';
  const child = spawn(
    process.execPath,
    ['-e', GUARD, pgCtl(binaries), data, logFile, settings.join(' '), mode, remove ?? ''],
    { stdio: ['pipe', 'pipe', 'ignore'], detached: true, windowsHide: true, cwd: binaries.root },
  );
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`ended with ${signal ?? `code ${code}`}`));
  });
  child.stdin.on('error', () => {}); // it is gone: `ended` tells
  const isReady = await Promise.race([firstLine(child), ended.then(() => false)]);
  if (!isReady || child.pid === undefined) return null;
  letGo(child);
  return {
    pid: child.pid,
    ended,
    async stop() {
      child.ref();
      child.stdin.destroy();
      await ended;
    },
  };
}

export function pgCtl(binaries: Binaries): string {
  return join(binaries.root, 'bin', process.platform === 'win32' ? 'pg_ctl.exe' : 'pg_ctl');
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}

async function firstLine(child: ChildProcess): Promise<boolean> {
  for await (const line of createInterface({ input: child.stdout! })) return line === 'ready';
  return false;
}

/** Neither the guard nor its pipes keep this process alive. */
function letGo(child: ChildProcess): void {
  child.unref();
  child.stdout?.destroy();
  (child.stdin as Socket).unref();
}
