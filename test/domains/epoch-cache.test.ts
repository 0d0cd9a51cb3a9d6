import { describe, expect, test } from 'vitest';
import { EpochCache } from '../../src/domains/epoch-cache.ts';

describe('what is remembered for an epoch', () => {
  const store = {};
  const counting = (value: string | null) => {
    const load = Object.assign(
      async () => {
        load.calls++;
        return value;
      },
      { calls: 0 },
    );
    return load;
  };

  test('is read once for an epoch, by any number of callers', async () => {
    const cache = new EpochCache<string | null>(10);
    const load = counting('a');
    const domain = { id: 1, epoch: 1 };
    const all = await Promise.all([cache.get(store, domain, 'k', load), cache.get(store, domain, 'k', load)]);
    expect([...all, await cache.get(store, domain, 'k', load)]).toEqual(['a', 'a', 'a']);
    expect(load.calls).toBe(1);
  });

  test('is read again when the epoch has moved', async () => {
    const cache = new EpochCache<string | null>(10);
    const [first, second] = [counting('old'), counting('new')];
    await cache.get(store, { id: 1, epoch: 1 }, 'k', first);
    expect(await cache.get(store, { id: 1, epoch: 2 }, 'k', second)).toBe('new');
  });

  test('is apart for domains, keys and stores', async () => {
    const cache = new EpochCache<string | null>(10);
    const load = counting('a');
    await cache.get(store, { id: 1, epoch: 1 }, 'k', load);
    await cache.get(store, { id: 2, epoch: 1 }, 'k', load);
    await cache.get(store, { id: 1, epoch: 1 }, 'l', load);
    await cache.get({}, { id: 1, epoch: 1 }, 'k', load);
    expect(load.calls).toBe(4);
  });

  test('does not keep null or failures', async () => {
    const cache = new EpochCache<string | null>(10);
    const missing = counting(null);
    await cache.get(store, { id: 1, epoch: 1 }, 'k', missing);
    await cache.get(store, { id: 1, epoch: 1 }, 'k', missing);
    expect(missing.calls).toBe(2);
    await expect(cache.get(store, { id: 1, epoch: 1 }, 'f', () => Promise.reject(new Error('no')))).rejects.toThrow(
      'no',
    );
    expect(await cache.get(store, { id: 1, epoch: 1 }, 'f', counting('yes'))).toBe('yes');
  });
});
