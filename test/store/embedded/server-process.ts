import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { onTestFinished } from 'vitest';

/** What hold-server.ts has printed, and its process. */
export interface ServerProcess {
  readonly child: ChildProcess;
  readonly connection: pg.ClientConfig;
  readonly notes: readonly string[];
  /** The error's, when it did not start. */
  readonly code?: string;
  readonly message?: string;
}

/** Starts or joins the private PostgreSQL of a directory in a process of its own, which leads a group of its own. */
export async function serverProcess(
  dataDir: string,
  options: { uid?: number; gid?: number } = {},
  mode: 'socket' | 'loopback' = 'socket',
): Promise<ServerProcess> {
  const script = fileURLToPath(new URL('hold-server.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, dataDir, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
    ...options,
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout! })) {
    return { child, ...(JSON.parse(line) as Omit<ServerProcess, 'child'>) };
  }
  throw new Error('hold-server.ts ended without a line');
}

/** Waits for the end of a child. */
export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => child.once('exit', resolve));
}

/** Looks every few milliseconds until the condition holds; fails the test when it never does. */
export async function until(condition: () => boolean, what: string, deadlineMs = 15_000): Promise<number> {
  const begin = performance.now();
  while (!condition()) {
    if (performance.now() - begin > deadlineMs) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return performance.now() - begin;
}

/** The ids of living processes whose command line has `text`: a data directory or a private directory. */
export function processesOf(text: string): number[] {
  return commandLines()
    .filter(({ pid, command }) => pid !== process.pid && command.includes(text) && !command.includes('hold-server'))
    .map(({ pid }) => pid);
}

function commandLines(): { pid: number; command: string }[] {
  if (!existsSync('/proc/self/cmdline')) {
    const lines = execFileSync('ps', ['-axww', '-o', 'pid=,command='], { encoding: 'utf8' }).split('\n');
    return lines.map((line) => ({ pid: Number.parseInt(line, 10), command: line }));
  }
  return readdirSync('/proc').flatMap((name) => {
    try {
      return /^\d+$/.test(name) ? [{ pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, 'utf8') }] : [];
    } catch {
      return []; // it has ended meanwhile
    }
  });
}

/** Runs one query on a connection of its own. */
export async function ask<Row extends pg.QueryResultRow>(config: pg.ClientConfig, sql: string): Promise<Row[]> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
