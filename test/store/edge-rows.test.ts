import { describe, expect, it } from 'vitest';
import type { Edge, Store } from '../../src/store/store.ts';
import { find, Group, group, idOf, namesOf, newDomain, T0, User, user, useStore } from './store-fixture.ts';

const held = useStore();

function member(groupName: string, userName: string): Edge {
  return { kind: 'member', sourceId: idOf(groupName), targetId: idOf(userName), targetType: 'User' };
}

async function groupsWithMembers(store: Store): Promise<number> {
  const domain = await newDomain(store);
  await store.resources.insertMany(
    domain,
    ['g1', 'g2', 'g3'].map((name) => group(name)),
    T0,
  );
  await store.resources.insertMany(
    domain,
    ['a', 'b', 'c'].map((name) => user(name)),
    T0,
  );
  await store.edges.add(domain, [member('g1', 'b'), member('g1', 'a'), member('g2', 'a'), member('g1', 'c')], T0 + 1);
  return domain;
}

describe('edges', () => {
  it('are added once, and only to targets that are there', async () => {
    const { store } = held;
    const domain = await groupsWithMembers(store);
    expect(await store.edges.add(domain, [member('g1', 'a')], T0)).toHaveLength(0);
    expect(await store.edges.add(domain, [member('g2', 'nobody')], T0)).toHaveLength(0);
    expect(await store.edges.add(domain, [member('g2', 'b'), member('g2', 'b'), member('g2', 'a')], T0)).toHaveLength(
      1,
    );
    expect(await store.edges.add(domain, [], T0)).toHaveLength(0);
    expect(await store.edges.count(domain, 'member', 'source', idOf('g2'))).toBe(2);
    expect(await store.edges.count(domain, 'member', 'target', idOf('a'))).toBe(2);
    expect(await store.edges.count(domain, 'appRole', 'target', idOf('a'))).toBe(0);
  });

  it('come back in the order they were added, with what the other end shows', async () => {
    const { store } = held;
    const domain = await groupsWithMembers(store);
    const found = await store.edges.page(domain, {
      kind: 'member',
      end: 'source',
      ids: [idOf('g2'), idOf('g1'), idOf('g3')],
    });
    expect([...found.keys()]).toEqual([idOf('g2'), idOf('g1'), idOf('g3')]);
    expect(found.get(idOf('g1'))!.map(({ targetId }) => targetId)).toEqual([idOf('b'), idOf('a'), idOf('c')]);
    expect(found.get(idOf('g3'))).toEqual([]);
    const [edge] = found.get(idOf('g2'))!;
    expect(edge).toMatchObject({ ...member('g2', 'a'), created: T0 + 1 });
    expect(edge!.other).toMatchObject({ id: idOf('a'), ocid: user('a').ocid, display: 'Display a' });
    expect(edge!.other.data).toEqual(user('a').data);
  });

  it('are paged for each resource, from both ends, and narrowed to one other end or type', async () => {
    const { store } = held;
    const domain = await groupsWithMembers(store);
    const ids = [idOf('g1'), idOf('g2')];
    const paged = await store.edges.page(domain, { kind: 'member', end: 'source', ids, page: { offset: 1, limit: 1 } });
    expect([...paged.values()].map((edges) => edges.map(({ targetId }) => targetId))).toEqual([[idOf('a')], []]);
    const groups = await store.edges.page(domain, { kind: 'member', end: 'target', ids: [idOf('a'), idOf('c')] });
    expect(groups.get(idOf('a'))!.map(({ other }) => other.display)).toEqual(['g1', 'g2']);
    expect(groups.get(idOf('c'))!.map(({ sourceId }) => sourceId)).toEqual([idOf('g1')]);
    const one = await store.edges.page(domain, { kind: 'member', end: 'source', ids, otherId: idOf('c') });
    expect([...one.values()].map((edges) => edges.length)).toEqual([1, 0]);
    const none = await store.edges.page(domain, { kind: 'member', end: 'source', ids, targetTypes: ['App'] });
    expect([...none.values()].map((edges) => edges.length)).toEqual([0, 0]);
    expect(await store.edges.page(domain, { kind: 'member', end: 'source', ids: [] })).toEqual(new Map());
  });

  it('are removed by name, all at once, or all but some', async () => {
    const { store } = held;
    const domain = await groupsWithMembers(store);
    expect(await store.edges.remove(domain, 'member', idOf('g1'), [idOf('a'), idOf('nobody')])).toHaveLength(1);
    expect(await store.edges.keepOnly(domain, 'member', idOf('g1'), [idOf('c'), idOf('a')])).toHaveLength(1);
    expect(await store.edges.count(domain, 'member', 'source', idOf('g1'))).toBe(1);
    expect(await store.edges.remove(domain, 'member', idOf('g1'), null)).toHaveLength(1);
    expect(await store.edges.count(domain, 'member', 'source', idOf('g2'))).toBe(1);
    expect(await store.edges.keepOnly(domain, 'member', idOf('g2'), [])).toHaveLength(1);
  });

  it('go with either of their resources', async () => {
    const { store } = held;
    const domain = await groupsWithMembers(store);
    await store.resources.delete(domain, 'User', idOf('a'), null);
    expect(await store.edges.count(domain, 'member', 'source', idOf('g1'))).toBe(2);
    await store.resources.delete(domain, 'Group', idOf('g1'), null);
    expect(await store.edges.count(domain, 'member', 'target', idOf('b'))).toBe(0);
  });

  it('never outlive a resource that is deleted while they are added', async () => {
    const { store } = held;
    const domain = await groupsWithMembers(store);
    const deletion = store.transaction(async (session) => {
      await session.resources.readWithSecret(domain, 'User', idOf('b'), { lock: true });
      return session.resources.delete(domain, 'User', idOf('b'), null);
    });
    const addition = store.transaction((session) => session.edges.add(domain, [member('g3', 'b')], T0));
    await Promise.all([deletion, addition]);
    expect(await store.edges.count(domain, 'member', 'source', idOf('g3'))).toBe(0);
  });

  it('beyond 10,000 of one resource must be paged', async () => {
    const { store } = held;
    const domain = await newDomain(store);
    const names = Array.from({ length: 10_001 }, (_, index) => `m${index}`);
    await store.resources.insertMany(domain, [group('big'), ...names.map((name) => user(name))], T0);
    expect(
      await store.edges.add(
        domain,
        names.map((name) => member('big', name)),
        T0,
      ),
    ).toHaveLength(10_001);
    const query = { kind: 'member', end: 'source', ids: [idOf('big')] } as const;
    await expect(store.edges.page(domain, query)).rejects.toMatchObject({ status: 400 });
    const page = await store.edges.page(domain, { ...query, page: { offset: 10_000, limit: 10 } });
    expect(page.get(idOf('big'))!.map(({ targetId }) => targetId)).toEqual([idOf('m10000')]);
    const filter = `members[value eq "${idOf('m77')}" and type eq "User"]`;
    expect(namesOf(await find(store, domain, Group, filter))).toEqual(['big']);
    expect((await find(store, domain, User, `groups.value eq "${group('big').ocid}"`, { limit: 3 })).total).toBe(
      10_001,
    );
  });
});
