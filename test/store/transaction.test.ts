import { describe, expect, it } from 'vitest';
import { UniqueViolation } from '../../src/store/store.ts';
import { find, group, idOf, newDomain, T0, User, user, useStore } from './store-fixture.ts';

const held = useStore();

describe('a transaction', () => {
  it('takes effect whole, and is not seen before', async () => {
    const { store } = held;
    const domain = await newDomain(store);
    const result = await store.transaction(async (session) => {
      await session.resources.insert(domain, user('a'), T0);
      await session.resources.insert(domain, group('g'), T0);
      await session.messages.insert(domain, { id: 'm', channel: 'push', to: 'x', subject: null, created: 1, data: {} });
      expect((await session.messages.list(domain, { limit: 5, offset: 0 })).total).toBe(1);
      expect((await store.messages.list(domain, { limit: 5, offset: 0 })).total).toBe(0);
      expect((await find(store, domain, User, null)).total).toBe(0);
      return 'done';
    });
    expect(result).toBe('done');
    expect((await find(store, domain, User, null)).total).toBe(1);
  });

  it('leaves nothing behind when it throws', async () => {
    const { store } = held;
    const domain = await newDomain(store);
    const failing = store.transaction(async (session) => {
      await session.resources.insert(domain, user('a'), T0);
      await session.edges.add(
        domain,
        [{ kind: 'member', sourceId: idOf('g'), targetId: idOf('a'), targetType: 'User' }],
        T0,
      );
      throw new RangeError('no');
    });
    await expect(failing).rejects.toThrow(RangeError);
    expect((await find(store, domain, User, null)).total).toBe(0);
    expect(await store.edges.count(domain, 'member', 'target', idOf('a'))).toBe(0);
    await store.resources.insert(domain, user('a'), T0);
  });

  it('does not pretend to have committed when a failed statement was ignored', async () => {
    const { store } = held;
    const domain = await newDomain(store);
    await store.resources.insert(domain, user('a'), T0);
    const careless = store.transaction(async (session) => {
      await session.resources.insert(domain, user('b'), T0);
      await session.resources.insert(domain, { ...user('c'), data: { userName: 'a' } }, T0).catch((error: unknown) => {
        expect(error).toBeInstanceOf(UniqueViolation);
      });
    });
    await expect(careless).rejects.toThrow(/rolled back/);
    expect((await find(store, domain, User, null)).total).toBe(1);
  });

  it('runs again after a deadlock', async () => {
    const { store } = held;
    const domain = await newDomain(store);
    await store.resources.insertMany(domain, [user('a'), user('b')], T0);
    let runs = 0;
    let bothHold: () => void = () => {};
    const rendezvous = new Promise<void>((resolve) => {
      bothHold = resolve;
    });
    let holding = 0;
    const swap = (first: string, second: string) =>
      store.transaction(async (session) => {
        runs += 1;
        await session.resources.readWithSecret(domain, 'User', idOf(first), { lock: true });
        holding += 1;
        if (holding === 2) bothHold();
        await rendezvous;
        const change = { version: `${first}${second}`, lastModified: T0, expectedVersion: null };
        expect(await session.resources.touch(domain, 'User', idOf(second), change)).toBe(true);
      });
    await Promise.all([swap('a', 'b'), swap('b', 'a')]);
    // The one that gave way may get its row back before the other has it, and give way again.
    expect(runs).toBeGreaterThan(2);
  });

  it('counts exactly under parallel writes', async () => {
    const { store } = held;
    const domain = await newDomain(store);
    const names = Array.from({ length: 60 }, (_, index) => `w${index}`);
    await Promise.all(
      names.map((name) => store.transaction((session) => session.resources.insert(domain, user(name), T0))),
    );
    const deletes = names.slice(0, 20).flatMap((name) => [name, name]);
    const deleted = await Promise.all(deletes.map((name) => store.resources.delete(domain, 'User', idOf(name), null)));
    expect(deleted.filter(Boolean)).toHaveLength(20);
    expect((await find(store, domain, User, null)).total).toBe(40);
    expect((await find(store, domain, User, 'active eq true', { limit: 0 })).total).toBe(40);
  });

  it('lets one of two writers of the same version through', async () => {
    const { store } = held;
    const domain = await newDomain(store);
    await store.resources.insert(domain, user('a'), T0);
    const writes = ['v2', 'v3', 'v4'].map((version) => store.resources.update(domain, { ...user('a'), version }, 'v1'));
    expect((await Promise.all(writes)).filter(Boolean)).toHaveLength(1);
  });
});
