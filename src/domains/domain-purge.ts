import type { Log } from '../log.ts';
import type { DomainRows } from '../store/store.ts';

/**
 * Removes the rows of dropped domains in the background, batch by batch: a domain is gone for its users as soon as it has
 * lost its name, so nobody waits for this. At most one runs in a process; several processes may run it at once.
 */
export class DomainPurge {
  readonly #domains: Pick<DomainRows, 'purgeDropped'>;
  readonly #log: Log;
  #running: Promise<void> | null = null;
  #again = false;
  #stopped = false;

  constructor(domains: Pick<DomainRows, 'purgeDropped'>, log: Log) {
    this.#domains = domains;
    this.#log = log;
  }

  /** Starts purging; the promise ends when nothing dropped is left, and never fails. */
  run(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#purge().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Ends after the batch that runs now; what is left goes at the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #purge(): Promise<void> {
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false;
        while (!this.#stopped && (await this.#domains.purgeDropped()) > 0);
      }
    } catch (error) {
      this.#log.warn({ err: error }, 'could not remove the rows of dropped domains; the next start tries again');
    }
  }
}
