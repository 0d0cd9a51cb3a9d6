import { type ChildProcess, spawn } from 'node:child_process';

/** A program of this run, in the foreground. */
export interface Program {
  readonly child: ChildProcess;
  /** Everything printed so far. */
  output(): string;
  /** Waits until it prints this. @throws Error when it ends before that, or after a minute */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Waits for its end by itself. @returns the exit code, null after a signal */
  exited: Promise<number | null>;
  /** Asks it to end, and after ten seconds makes it. */
  end(): Promise<void>;
}

/** What a program gets besides its arguments. */
export interface ProgramOptions {
  readonly environment?: Record<string, string>;
  readonly directory?: string;
  /** Written to its standard input, which then closes. */
  readonly input?: string;
}

/** Starts a program with this process's environment, less what vitest and the emulator would read. */
export function startProgram(command: string, args: readonly string[], options: ProgramOptions = {}): Program {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(IDCS_|DATABASE_URL$|VITEST|NODE_ENV$|NODE_OPTIONS$)/.test(name),
  );
  const child = spawn(command, args, {
    env: { ...Object.fromEntries(inherited), ...options.environment },
    ...(options.directory === undefined ? {} : { cwd: options.directory }),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A program that ends without reading its input breaks the pipe: its exit code tells enough.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  let text = '';
  const waiting = new Set<() => void>();
  const heard = () => {
    for (const look of waiting) look();
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      text += chunk;
      heard();
    });
  }
  let ended = false;
  const exited = new Promise<number | null>((resolve) => {
    const finish = (code: number | null) => {
      ended = true;
      heard();
      resolve(code);
    };
    child.once('error', (error) => {
      text += String(error);
      finish(127);
    });
    child.once('close', finish);
  });
  return {
    child,
    exited,
    output: () => text,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const settle = (done: () => void) => {
          waiting.delete(look);
          clearTimeout(limit);
          done();
        };
        const refuse = (why: string) =>
          settle(() => reject(new Error(`${command} ${why} before it said ${pattern}:\n${text}`)));
        const look = () => {
          const found = pattern.exec(text);
          if (found) settle(() => resolve(found));
          else if (ended) refuse('ended');
        };
        const limit = setTimeout(() => refuse('took a minute'), 60_000);
        waiting.add(look);
        look();
      }),
    end: async () => {
      child.kill('SIGTERM');
      const limit = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await exited;
      clearTimeout(limit);
    },
  };
}
