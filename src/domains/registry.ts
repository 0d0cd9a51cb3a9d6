import { adjustedClock, type Clock, systemClock } from '../clock.ts';
import type { DomainRows } from '../store/store.ts';
import type { Domain } from './domain.ts';
import { foldDomainName, isDomainName } from './domain-name.ts';

/** What the registry needs. */
export interface DomainRegistryOptions {
  readonly domains: Pick<DomainRows, 'epochOf' | 'findByName'>;
  /** Name of the domain that answers on every host name. */
  readonly defaultName: string;
  /** The machine's clock, which the domains' clocks follow. */
  readonly clock?: Clock;
  /** What must be done to a domain before its first request in this process. */
  readonly prepare?: (domain: Domain) => Promise<void>;
  /** Domains kept in memory at most. */
  readonly capacity?: number;
}

/** The checks of one name: the one whose query runs, and the one that starts when it has ended. */
interface Checks {
  running: Promise<Domain | null>;
  next: Promise<Domain | null> | null;
}

/**
 * Domains by name, for every request. A domain's row is kept in memory and read again only when its id or epoch has changed.
 * That is checked by a query that starts after the call, so that what another process wrote before the call is always seen
 * (design: caches are correct when another process writes). Under load one query answers many calls: those that come while a
 * check runs wait together for the one after it.
 */
export class DomainRegistry {
  /** Name of the domain that answers on every host name. */
  readonly defaultName: string;
  readonly #domains: Pick<DomainRows, 'epochOf' | 'findByName'>;
  readonly #clock: Clock;
  readonly #prepare: ((domain: Domain) => Promise<void>) | undefined;
  readonly #capacity: number;
  readonly #known = new Map<string, Domain>();
  readonly #checks = new Map<string, Checks>();
  readonly #clocks = new WeakMap<Domain, Clock>();

  constructor(options: DomainRegistryOptions) {
    this.#domains = options.domains;
    this.defaultName = options.defaultName;
    this.#clock = options.clock ?? systemClock;
    this.#prepare = options.prepare;
    this.#capacity = options.capacity ?? 1000;
  }

  /** The domain of that name (any case) as it stands now; null when there is none. */
  resolve(name: string): Promise<Domain | null> {
    if (!isDomainName(name)) return Promise.resolve(null);
    const key = foldDomainName(name);
    const checks = this.#checks.get(key);
    if (checks) {
      checks.next ??= checks.running.then(
        () => this.#start(key),
        () => this.#start(key),
      );
      return checks.next;
    }
    return this.#start(key);
  }

  /** The domain's own clock. */
  clockOf(domain: Domain): Clock {
    let clock = this.#clocks.get(domain);
    if (!clock) {
      clock = adjustedClock(this.#clock, domain.clock);
      this.#clocks.set(domain, clock);
    }
    return clock;
  }

  /** Starts a query now and makes it the running check of its name. */
  #start(key: string): Promise<Domain | null> {
    const running = this.#check(key);
    const checks: Checks = { running, next: null };
    this.#checks.set(key, checks);
    const end = () => {
      // A waiting `next` replaces the entry itself when it starts.
      if (this.#checks.get(key) === checks && checks.next === null) this.#checks.delete(key);
    };
    running.then(end, end);
    return running;
  }

  async #check(key: string): Promise<Domain | null> {
    const current = await this.#domains.epochOf(key);
    if (!current) {
      this.#known.delete(key);
      return null;
    }
    const known = this.#known.get(key);
    if (known && known.id === current.id && known.epoch === current.epoch) {
      this.#touch(key, known);
      return known;
    }
    // The row may be newer than the check by now: it carries its own epoch, so the next check still compares rightly.
    const domain = await this.#domains.findByName(key);
    if (domain) {
      if (known?.id !== domain.id) await this.#prepare?.(domain);
      this.#touch(key, domain);
    } else this.#known.delete(key);
    return domain;
  }

  /** Puts a domain last in the order of eviction. */
  #touch(key: string, domain: Domain): void {
    this.#known.delete(key);
    this.#known.set(key, domain);
    if (this.#known.size > this.#capacity) {
      const oldest = this.#known.keys().next().value;
      if (oldest !== undefined) this.#known.delete(oldest);
    }
  }
}
