import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { recordStatements } from '../support/statements.ts';
import { find, Group, group, idOf, newDomain, STORE_NAME, T0, User, user, useStore } from './store-fixture.ts';

const held = useStore();

async function populated(store: Store): Promise<number> {
  const domain = await newDomain(store);
  const names = Array.from({ length: 30 }, (_, index) => `n${index}`);
  await store.resources.insertMany(domain, [...names.map((name) => user(name)), group('g')], T0);
  const edges = names.map((name) => ({
    kind: 'member',
    sourceId: idOf('g'),
    targetId: idOf(name),
    targetType: 'User',
  }));
  await store.edges.add(domain, edges, T0);
  return domain;
}

const member = (name: string) => ({ kind: 'member', sourceId: idOf('g'), targetId: idOf(name), targetType: 'User' });
const ids = Array.from({ length: 30 }, (_, index) => idOf(`n${index}`));

describe('one statement each', () => {
  it.each<[string, (store: Store, domain: number) => Promise<unknown>]>([
    ['read', (store, domain) => store.resources.read(domain, 'User', idOf('n1'))],
    ['read by OCID', (store, domain) => store.resources.read(domain, 'User', user('n1').ocid!)],
    ['readByName', (store, domain) => store.resources.readByName(domain, 'User', 'n1')],
    ['insert', (store, domain) => store.resources.insert(domain, user('new'), T0)],
    ['insertMany', (store, domain) => store.resources.insertMany(domain, [user('x'), group('y')], T0)],
    ['update', (store, domain) => store.resources.update(domain, { ...user('n1'), data: { userName: 'q' } }, 'v1')],
    ['delete', (store, domain) => store.resources.delete(domain, 'User', idOf('n1'), null)],
    ['readSecrets', (store, domain) => store.resources.readSecrets(domain, 'User', ids)],
    [
      'resolve',
      (store, domain) =>
        store.resources.resolve(domain, [
          ...ids.map((key) => ({ type: 'User', key })),
          { type: 'Group', key: group('g').ocid! },
        ]),
    ],
    ['a list', (store, domain) => find(store, domain, User, null, { limit: 20 })],
    ['a deep page', (store, domain) => find(store, domain, User, null, { offset: 500, limit: 20 })],
    ['userName eq', (store, domain) => find(store, domain, User, 'userName eq "n1"')],
    ['a filter with few matches', (store, domain) => find(store, domain, User, 'displayName sw "display n1"')],
    [
      'members[value eq an OCID]',
      (store, domain) => find(store, domain, Group, `members[value eq "${user('n1').ocid}"]`),
    ],
    ['add a member', (store, domain) => store.edges.add(domain, [member('n1')], T0)],
    ['the groups of 30 users', (store, domain) => store.edges.page(domain, { kind: 'member', end: 'target', ids })],
    [
      'the members of a group',
      (store, domain) => store.edges.page(domain, { kind: 'member', end: 'source', ids: [idOf('g')] }),
    ],
    ['epochOf', (store) => store.domains.epochOf('nowhere')],
    ['findByName', (store) => store.domains.findByName('nowhere')],
    ['client', (store, domain) => store.principals.client(domain, 'nobody')],
    ['userRoles', (store, domain) => store.principals.userRoles(domain, idOf('n1'), [])],
  ])('%s', async (_, operation) => {
    const domain = await populated(held.store);
    const { statements } = await recordStatements(STORE_NAME, () => operation(held.store, domain));
    expect(statements).toHaveLength(1);
  });
});
