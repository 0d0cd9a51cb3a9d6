import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedCache } from '../src/bounded-cache.ts';

describe('BoundedCache', () => {
  it('forgets what was not used for longest', () => {
    const cache = new BoundedCache<string, number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    cache.get('a');
    cache.set('c', 3);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
  });

  it('never grows beyond its limit and never answers a value that was not set', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat())), (sets) => {
        const cache = new BoundedCache<number, number>(4);
        const last = new Map<number, number>();
        for (const [key, value] of sets) {
          cache.set(key, value);
          last.set(key, value);
          expect(cache.size).toBeLessThanOrEqual(4);
        }
        for (const [key, value] of last) expect([undefined, value]).toContain(cache.get(key));
      }),
    );
  });
});
