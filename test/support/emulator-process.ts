import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** The command, running as a process of its own. */
export interface EmulatorProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Everything printed so far. */
  output(): string;
  /** Sends a signal and waits for the end. @returns the exit code, or null after a signal that kills */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts `idcs-emulator` on a free port and waits until it says that it is ready. */
export async function startProcess(environment: Record<string, string>): Promise<EmulatorProcess> {
  const run = spawnCommand([], { IDCS_PORT: '0', IDCS_LOG_LEVEL: 'warn', ...environment });
  const url = await new Promise<string>((resolve, reject) => {
    run.child.stdout?.on('data', () => {
      const found = /ready at (http:\S+)/.exec(run.output());
      if (found) resolve(found[1]!);
    });
    run.exited.then((code) => reject(new Error(`ended with ${code}: ${run.output()}`)));
  });
  return {
    url,
    child: run.child,
    output: run.output,
    end: (signal) => {
      run.child.kill(signal);
      return run.exited;
    },
  };
}

/** Runs the command to its end. */
export async function runCommand(
  args: readonly string[],
  environment: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  const run = spawnCommand(args, environment);
  return { code: await run.exited, output: run.output() };
}

function spawnCommand(args: readonly string[], environment: Record<string, string>) {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(IDCS_|DATABASE_URL$|VITEST)/.test(name)),
  );
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], {
    env: { ...inherited, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      text += chunk;
    });
  }
  const exited = new Promise<number | null>((resolve) => {
    child.once('close', (code) => resolve(code));
  });
  return { child, exited, output: () => text };
}
