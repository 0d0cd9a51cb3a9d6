import type { JobKind } from '../resources/job-schedule.ts';
import { ScimError } from '../scim/errors.ts';
import { JobFailure } from './job-failure.ts';
import type { JobRun } from './job-run.ts';

/** Does a job's work. */
export type JobWork = (run: JobRun) => Promise<void>;

/** Jobs that a process runs at once; the others wait. */
const AT_ONCE = 2;
const BEAT_EVERY_MS = 5_000;

/** Runs the jobs that this process has taken. */
export class JobRunner {
  readonly #work: Readonly<Record<JobKind, JobWork>>;
  readonly #waiting: JobRun[] = [];
  readonly #running = new Map<JobRun, Promise<void>>();
  #beating: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(work: Readonly<Record<JobKind, JobWork>>) {
    this.#work = work;
  }

  /** Takes a job, to be run as soon as there is room. */
  take(run: JobRun): void {
    if (this.#stopped) run.stop(STOPPED);
    this.#waiting.push(run);
    this.#beating ??= setInterval(() => void this.#beat(), BEAT_EVERY_MS).unref();
    this.#next();
  }

  /** Ends all jobs, as failed; the promise ends when they have. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const run of [...this.#waiting, ...this.#running.keys()]) run.stop(STOPPED);
    while (this.#running.size > 0) await Promise.all(this.#running.values());
    clearInterval(this.#beating);
  }

  #next(): void {
    while (this.#running.size < AT_ONCE) {
      const run = this.#waiting.shift();
      if (run === undefined) break;
      const done = this.#run(run).finally(() => {
        this.#running.delete(run);
        this.#next();
      });
      this.#running.set(run, done);
    }
    if (this.#running.size > 0) return;
    clearInterval(this.#beating);
    this.#beating = undefined;
  }

  async #run(run: JobRun): Promise<void> {
    const { log } = run.context;
    try {
      const message = await this.#failureOf(run);
      if (message !== null) await run.say({ type: 'error', message });
      await run.end(message === null ? 'succeeded' : 'failed');
    } catch (error) {
      // The history shows it as running until somebody takes it for dead.
      log.error({ err: error, history: run.historyId }, 'the end of a job could not be written');
    }
  }

  async #failureOf(run: JobRun): Promise<string | null> {
    if (run.stopped !== null) return run.stopped;
    try {
      await run.begin();
      await this.#work[run.plan.kind](run);
      return null;
    } catch (error) {
      if (error instanceof JobFailure || error instanceof ScimError) return error.message;
      run.context.log.error({ err: error, history: run.historyId }, 'a job failed');
      return 'An internal error has occurred; the log has the details.';
    }
  }

  async #beat(): Promise<void> {
    for (const run of [...this.#running.keys(), ...this.#waiting]) {
      try {
        await run.beat();
      } catch (error) {
        run.context.log.warn({ err: error, history: run.historyId }, 'a job could not say that it is alive');
      }
    }
  }
}

const STOPPED = 'The server was stopped before the job had ended. An import can be run again.';
