import { describe, expect, it } from 'vitest';
import type { Domain } from '../../src/domains/domain.ts';
import { DomainRegistry } from '../../src/domains/registry.ts';

/** Domain rows in memory whose queries are answered when the test says so. */
class HeldRows {
  readonly started: string[] = [];
  reads = 0;
  row: Domain | null = domain({ id: 1, epoch: 1 });
  #waiting: (() => void)[] = [];
  hold = false;

  async epochOf(name: string) {
    this.started.push(name);
    // What a query sees is decided when it starts.
    const seen = this.row && { id: this.row.id, epoch: this.row.epoch };
    if (this.hold) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return seen;
  }

  async findByName() {
    this.reads++;
    return this.row;
  }

  async release() {
    for (const resolve of this.#waiting.splice(0)) resolve();
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }
}

function domain(change: Partial<Domain>): Domain {
  return {
    id: 1,
    name: 'alpha',
    tenant: 'idcs-0',
    ocid: 'o',
    compartmentOcid: 'c',
    tenancyOcid: 't',
    epoch: 1,
    clock: { offsetMs: 0, frozenAtMs: null },
    settings: {},
    ...change,
  };
}

function registry(rows: HeldRows, capacity?: number) {
  return new DomainRegistry({
    domains: rows,
    defaultName: 'Default',
    clock: { now: () => 1000 },
    ...(capacity === undefined ? {} : { capacity }),
  });
}

describe('DomainRegistry', () => {
  it('reads the row once and again only when its epoch or id has changed', async () => {
    const rows = new HeldRows();
    const domains = registry(rows);
    const first = await domains.resolve('alpha');
    expect(await domains.resolve('ALPHA')).toBe(first);
    expect(rows.reads).toBe(1);
    rows.row = domain({ epoch: 2 });
    expect((await domains.resolve('alpha'))?.epoch).toBe(2);
    rows.row = domain({ id: 7, epoch: 2 });
    expect((await domains.resolve('alpha'))?.id).toBe(7);
    expect(rows.reads).toBe(3);
  });

  it('never answers a call from a query that started before it', async () => {
    const rows = new HeldRows();
    rows.hold = true;
    const domains = registry(rows);
    const before = domains.resolve('alpha');
    rows.row = domain({ epoch: 2 });
    const after = domains.resolve('alpha');
    await rows.release();
    await rows.release();
    expect((await after)?.epoch).toBe(2);
    expect(rows.started).toHaveLength(2);
    await before;
  });

  it('answers all calls that come during a check with the one check after it', async () => {
    const rows = new HeldRows();
    rows.hold = true;
    const domains = registry(rows);
    const calls = Array.from({ length: 50 }, () => domains.resolve('alpha'));
    await rows.release();
    expect(rows.started).toHaveLength(2);
    const later = Array.from({ length: 50 }, () => domains.resolve('alpha'));
    await rows.release();
    await rows.release();
    await Promise.all([...calls, ...later]);
    expect(rows.started).toHaveLength(3);
    rows.hold = false;
    await domains.resolve('alpha');
    expect(rows.started).toHaveLength(4);
  });

  it('goes on after a failed check', async () => {
    const rows = new HeldRows();
    const domains = registry(rows);
    const epochOf = rows.epochOf.bind(rows);
    rows.epochOf = () => Promise.reject(new Error('store away'));
    const failing = domains.resolve('alpha');
    rows.epochOf = epochOf;
    const waiting = domains.resolve('alpha');
    await expect(failing).rejects.toThrow('store away');
    expect((await waiting)?.id).toBe(1);
  });

  it('answers null for a domain that is gone, and for what can be no name without a query', async () => {
    const rows = new HeldRows();
    const domains = registry(rows);
    await domains.resolve('alpha');
    rows.row = null;
    expect(await domains.resolve('alpha')).toBeNull();
    expect(rows.started).toHaveLength(2);
    for (const name of ['', '-a', 'a'.repeat(64), "a' or 1=1", 'a/b', '\u0000']) {
      expect(await domains.resolve(name)).toBeNull();
    }
    expect(rows.started).toHaveLength(2);
  });

  it('keeps a bounded number of domains', async () => {
    const rows = new HeldRows();
    const domains = registry(rows, 2);
    for (const name of ['a', 'b', 'c']) await domains.resolve(name);
    expect(rows.reads).toBe(3);
    await domains.resolve('c');
    await domains.resolve('b');
    expect(rows.reads).toBe(3);
    await domains.resolve('a');
    expect(rows.reads).toBe(4);
  });

  it("gives each domain its own clock, and a new one when the clock's setting changes", async () => {
    const rows = new HeldRows();
    const domains = registry(rows);
    const first = await domains.resolve('alpha');
    expect(domains.clockOf(first!).now()).toBe(1000);
    expect(domains.clockOf(first!)).toBe(domains.clockOf(first!));
    rows.row = domain({ epoch: 2, clock: { offsetMs: 0, frozenAtMs: 5 } });
    const second = await domains.resolve('alpha');
    expect(domains.clockOf(second!).now()).toBe(5);
  });
});
