import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { resourceType } from '../../src/schemas/registry.ts';
import { type NewDomain, type Store, UniqueViolation } from '../../src/store/store.ts';
import { find, group, idOf, newDomain, T0, User, user, useStore, write } from './store-fixture.ts';

const held = useStore();

function named(name: string): NewDomain {
  return {
    name,
    tenant: 'idcs-x',
    ocid: `ocid1.domain.oc1..${name}`,
    compartmentOcid: 'ocid1.compartment.oc1..c',
    tenancyOcid: 'ocid1.tenancy.oc1..t',
    created: T0,
  };
}

async function fill(store: Store, domain: number): Promise<void> {
  await store.resources.insertMany(
    domain,
    [group('g'), ...Array.from({ length: 25 }, (_, index) => user(`p${index}`))],
    T0,
  );
  await store.edges.add(
    domain,
    [{ kind: 'member', sourceId: idOf('g'), targetId: idOf('p1'), targetType: 'User' }],
    T0,
  );
  await store.tokens.insert(domain, { hash: 'h', kind: 'refresh', created: T0, expires: T0, data: {} });
  await store.messages.insert(domain, { id: 'm', channel: 'sms', to: '+1', subject: null, created: T0, data: {} });
  await store.keys.insert(domain, { kid: 'k', privateKey: 'p', publicJwk: {}, created: T0, active: true });
}

describe('domains', () => {
  it('are found by name in any case, with their Settings', async () => {
    const { store } = held;
    const name = `Name-${randomUUID()}`;
    const id = await store.domains.insert(named(name));
    const { created: _, ...facts } = named(name);
    const domain = { id, ...facts, epoch: 1, clock: { offsetMs: 0, frozenAtMs: null }, settings: {} };
    expect(await store.domains.findByName(name.toUpperCase())).toEqual(domain);
    expect(await store.domains.epochOf(name.toLowerCase())).toEqual({ id, epoch: 1 });
    const settings = { ...write(resourceType('Settings'), 'Settings', { issuer: 'x' }), id: 'Settings' };
    await store.resources.insert(id, settings, T0);
    expect((await store.domains.findByName(name))?.settings).toEqual({ issuer: 'x' });
    expect(await store.domains.list()).toContainEqual({ ...domain, settings: { issuer: 'x' }, created: T0 });
    expect(await store.domains.findByName('nowhere\0')).toBeNull();
    expect(await store.domains.epochOf('nowhere')).toBeNull();
  });

  it('have names of their own', async () => {
    const name = `Twice-${randomUUID()}`;
    await held.store.domains.insert(named(name));
    await expect(held.store.domains.insert(named(name.toUpperCase()))).rejects.toBeInstanceOf(UniqueViolation);
  });

  it('show a new epoch when the clock or something cached changes', async () => {
    const { store } = held;
    const name = `Clock-${randomUUID()}`;
    const id = await store.domains.insert(named(name));
    await store.domains.setClock(id, { offsetMs: -5, frozenAtMs: T0 });
    expect(await store.domains.findByName(name)).toMatchObject({ epoch: 2, clock: { offsetMs: -5, frozenAtMs: T0 } });
    await store.domains.bumpEpoch(id);
    expect(await store.domains.epochOf(name)).toEqual({ id, epoch: 3 });
  });

  it('lose their name at once when dropped, and their rows in batches', async () => {
    const { store } = held;
    const name = `Drop-${randomUUID()}`;
    const id = await store.domains.insert(named(name));
    await fill(store, id);
    const neighbour = await newDomain(store);
    await fill(store, neighbour);
    expect(await store.domains.drop(name.toLowerCase())).toBe(true);
    expect(await store.domains.drop(name)).toBe(false);
    expect(await store.domains.findByName(name)).toBeNull();
    const again = await store.domains.insert(named(name));
    expect(again).not.toBe(id);
    expect(await store.domains.purgeDropped(7)).toBeGreaterThanOrEqual(26);
    expect((await find(store, id, User, null)).total).toBe(0);
    expect(await store.resources.read(id, 'User', idOf('p1'))).toBeNull();
    expect(await store.edges.count(id, 'member', 'source', idOf('g'))).toBe(0);
    expect(await store.tokens.find(id, 'refresh', 'h')).toBeNull();
    expect(await store.messages.read(id, 'm')).toBeNull();
    expect(await store.keys.list(id)).toEqual([]);
    expect((await find(store, neighbour, User, null)).total).toBe(25);
    expect(await store.domains.epochOf(name)).toEqual({ id: again, epoch: 1 });
  });
});
