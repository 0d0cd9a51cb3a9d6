import { type ChildProcess, fork } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A server under measurement, in a process of its own. */
export interface MeasuredProcess {
  readonly pid: number;
  readonly url: string;
  /** User and system time used so far, in microseconds. */
  cpu(): Promise<number>;
  /** Resident memory of the process, and of its descendants (shared pages counted once), in MiB. */
  memory(): { own: number; descendants: number };
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const PROBE = fileURLToPath(new URL('./cpu-probe.mjs', import.meta.url));

/**
 * Starts a script with the CPU probe loaded.
 * @param ready finds the base URL in the script's output
 */
export async function startMeasured(
  script: string,
  options: { env?: Record<string, string>; execArgv?: string[]; args?: string[]; ready: RegExp; cwd?: string },
): Promise<MeasuredProcess> {
  const child = fork(script, options.args ?? [], {
    env: { ...process.env, ...options.env },
    execArgv: ['--import', PROBE, ...(options.execArgv ?? [])],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const url = await firstMatch(child, options.ready);
  return {
    pid: child.pid!,
    url,
    cpu: () =>
      new Promise((resolve) => {
        child.once('message', (message) => resolve((message as { cpu: number }).cpu));
        child.send('cpu');
      }),
    memory: () => ({
      own: resident(child.pid!),
      descendants: descendants(child.pid!).reduce((sum, pid) => sum + proportional(pid), 0),
    }),
    stop: (signal = 'SIGTERM') =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill(signal);
      }),
  };
}

/**
 * Waits until a server has nothing left to do: what it makes after its start (signing keys ahead of need) is not the price of the
 * requests that are measured next.
 */
export async function settled(server: MeasuredProcess): Promise<void> {
  for (let before = await server.cpu(); ; ) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const now = await server.cpu();
    if (now - before < 10_000) return;
    before = now;
  }
}

function firstMatch(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout!.setEncoding('utf8');
    child.stdout!.on('data', (chunk: string) => {
      if (text.length > 1_000_000) return;
      text += chunk;
      const found = pattern.exec(text);
      if (found) resolve(found[1]!);
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it was ready: ${text.slice(-500)}`)));
  });
}

function resident(pid: number): number {
  return fieldOf(`/proc/${pid}/status`, /VmRSS:\s+(\d+)/);
}

function proportional(pid: number): number {
  return fieldOf(`/proc/${pid}/smaps_rollup`, /^Pss:\s+(\d+)/m);
}

function fieldOf(file: string, pattern: RegExp): number {
  try {
    return Number(pattern.exec(readFileSync(file, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function descendants(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const parent = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1];
      if (parent) parents.set(Number(name), Number(parent));
    } catch {
      // Gone meanwhile.
    }
  }
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent === root || (parent !== undefined && parent > 1 && isBelow(parent));
  };
  return [...parents.keys()].filter(isBelow);
}
