import { BoundedCache } from '../bounded-cache.ts';
import type { Domain } from './domain.ts';

/** What a cached value depends on: rows of one domain, as of an epoch. */
type DomainEpoch = Pick<Domain, 'id' | 'epoch'>;

interface Entry<V> {
  readonly epoch: number;
  readonly value: Promise<V>;
}

/**
 * What a process remembers about rows that every request needs and hardly any writes: clients with their AppRoles, password
 * policies. A write of such rows bumps the domain's epoch in the same transaction, and every request learns the epoch anew, so
 * that a value of an older epoch is never served (design: caches are bounded, and correct when another process writes).
 */
export class EpochCache<V> {
  // By store, so that two emulators in one process, whose domain ids may be equal, don't see each other's.
  readonly #byStore = new WeakMap<object, BoundedCache<string, Entry<V>>>();
  readonly #limit: number;

  /** @param limit entries kept for each store */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * The value under `key`, read by `load` when there is none of this epoch. Callers at the same time share one read. What is
   * null or fails is not kept.
   */
  async get(store: object, domain: DomainEpoch, key: string, load: () => Promise<V>): Promise<V> {
    let cache = this.#byStore.get(store);
    if (cache === undefined) {
      cache = new BoundedCache(this.#limit);
      this.#byStore.set(store, cache);
    }
    const full = `${domain.id}:${key}`;
    const known = cache.get(full);
    if (known !== undefined && known.epoch >= domain.epoch) return await known.value;
    const entry = { epoch: domain.epoch, value: load() };
    cache.set(full, entry);
    const forget = () => {
      if (cache.get(full) === entry) cache.delete(full);
    };
    entry.value.then((value) => {
      if (value === null) forget();
    }, forget);
    return await entry.value;
  }
}
