import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { MessageRow, SigningKeyRow } from '../../src/store/store.ts';
import { App, AppRole, group, idOf, newDomain, storeOfItsOwn, T0, user, useStore, write } from './store-fixture.ts';

const held = useStore();

describe('signing keys', () => {
  const key = (kid: string, created: number): SigningKeyRow => ({
    kid,
    privateKey: `sealed ${kid}`,
    publicJwk: { kty: 'RSA', n: kid },
    created,
    active: true,
  });

  it('are listed newest first', async () => {
    const domain = await newDomain(held.store);
    await held.store.keys.insert(domain, key('old', T0));
    await held.store.keys.insert(domain, key('new', T0 + 1));
    expect(await held.store.keys.list(domain)).toEqual([key('new', T0 + 1), key('old', T0)]);
  });

  it('made ahead go to one domain each, however many ask at once', async () => {
    // In a database of its own: the pool belongs to the installation, and the run's other emulators fill and use it too.
    const store = await storeOfItsOwn();
    for (let index = 0; index < 3; index++) await store.keys.insert(null, key(`pool-${randomUUID()}`, 0));
    expect(await store.keys.poolSize()).toBe(3);
    const domains = await Promise.all(Array.from({ length: 3 }, () => newDomain(store)));
    const taken = await Promise.all(domains.map((domain) => store.keys.takeFromPool(domain, 'SIGNING_KEY', T0)));
    expect(new Set(taken.map((one) => one?.privateKey)).size).toBe(3);
    expect(taken[0]).toMatchObject({ kid: 'SIGNING_KEY', created: T0, active: true });
    expect(await store.keys.list(domains[0]!)).toEqual([taken[0]]);
    expect(await store.keys.takeFromPool(domains[0]!, 'x', T0)).toBeNull();
  });

  it('are certified once', async () => {
    const domain = await newDomain(held.store);
    await held.store.keys.insert(domain, key('k', T0));
    await held.store.keys.certify(domain, 'k', { x5c: ['first'] });
    await held.store.keys.certify(domain, 'k', { x5c: ['second'] });
    expect((await held.store.keys.list(domain))[0]?.publicJwk).toEqual({ x5c: ['first'] });
  });
});

describe('tokens', () => {
  it('are kept by kind and hash, and used once', async () => {
    const domain = await newDomain(held.store);
    const token = { hash: 'abc', kind: 'refresh', created: T0, expires: T0 + 10, data: { sub: 'x' } };
    await held.store.tokens.insert(domain, token);
    expect(await held.store.tokens.find(domain, 'refresh', 'abc')).toEqual(token);
    expect(await held.store.tokens.find(domain, 'code', 'abc')).toBeNull();
    const uses = await Promise.all([1, 2, 3].map(() => held.store.tokens.delete(domain, 'refresh', 'abc')));
    expect(uses.filter(Boolean)).toHaveLength(1);
  });

  it('remember a value once', async () => {
    const domain = await newDomain(held.store);
    expect(await held.store.tokens.remember(domain, 'jti', 'one', T0)).toBe(true);
    expect(await held.store.tokens.remember(domain, 'jti', 'one', T0)).toBe(false);
    expect(await held.store.tokens.remember(await newDomain(held.store), 'jti', 'one', T0)).toBe(true);
  });

  it('are taken by one of those that try', async () => {
    const domain = await newDomain(held.store);
    const token = { hash: 'abc', kind: 'code', created: T0, expires: T0 + 10, data: { sub: 'x' } };
    await held.store.tokens.insert(domain, token);
    const takes = await Promise.all([1, 2, 3].map(() => held.store.tokens.take(domain, 'code', 'abc')));
    expect(takes.filter((taken) => taken !== null)).toEqual([token]);
    expect(await held.store.tokens.find(domain, 'code', 'abc')).toBeNull();
  });

  it('are turned into another kind by one of those that try', async () => {
    const { tokens } = held.store;
    const domain = await newDomain(held.store);
    await tokens.insert(domain, { hash: 'abc', kind: 'code', created: T0, expires: T0 + 10, data: { sub: 'x' } });
    const used = { hash: 'abc', kind: 'used', created: T0 + 1, expires: T0 + 20, data: { by: 'y' } };
    const turns = await Promise.all([1, 2, 3].map(() => tokens.turn(domain, 'code', used)));
    expect(turns.filter((turned) => turned)).toHaveLength(1);
    expect(await tokens.find(domain, 'code', 'abc')).toBeNull();
    expect(await tokens.find(domain, 'used', 'abc')).toEqual(used);
    expect(await tokens.turn(await newDomain(held.store), 'code', used)).toBe(false);
  });

  it('are changed in place, with their expiry only when that is given', async () => {
    const { tokens } = held.store;
    const domain = await newDomain(held.store);
    await tokens.insert(domain, { hash: 'h', kind: 'session', created: T0, expires: T0 + 10, data: { n: 1 } });
    expect(await tokens.update(domain, 'session', 'h', { data: { n: 2 } })).toBe(true);
    expect(await tokens.find(domain, 'session', 'h')).toMatchObject({ expires: T0 + 10, data: { n: 2 } });
    expect(await tokens.update(domain, 'session', 'h', { data: { n: 3 }, expires: T0 + 20 })).toBe(true);
    expect(await tokens.find(domain, 'session', 'h')).toMatchObject({ expires: T0 + 20, data: { n: 3 } });
    expect(await tokens.update(domain, 'session', 'missing', { data: {} })).toBe(false);
  });

  it('that are held in a transaction wait for each other', async () => {
    const { store } = held;
    const domain = await newDomain(store);
    await store.tokens.insert(domain, { hash: 'h', kind: 'count', created: T0, expires: T0 + 10, data: { n: 0 } });
    const add = () =>
      store.transaction(async ({ tokens }) => {
        const row = await tokens.find(domain, 'count', 'h', { lock: true });
        await tokens.update(domain, 'count', 'h', { data: { n: Number(row!.data['n']) + 1 } });
      });
    await Promise.all(Array.from({ length: 5 }, add));
    expect((await store.tokens.find(domain, 'count', 'h'))!.data).toEqual({ n: 5 });
  });

  it('say which of many are there', async () => {
    const domain = await newDomain(held.store);
    for (const hash of ['a', 'b']) await held.store.tokens.remember(domain, 'revoked', hash, T0);
    expect(await held.store.tokens.existing(domain, 'revoked', ['a', 'b', 'c'])).toEqual(new Set(['a', 'b']));
    expect(await held.store.tokens.existing(domain, 'other', ['a'])).toEqual(new Set());
    expect(await held.store.tokens.existing(domain, 'revoked', [])).toEqual(new Set());
  });

  it("are purged by their domain's clock", async () => {
    const { store } = held;
    const [usual, ahead, frozen] = [await newDomain(store), await newDomain(store), await newDomain(store)];
    await store.domains.setClock(ahead, { offsetMs: 1_000, frozenAtMs: null });
    await store.domains.setClock(frozen, { offsetMs: 0, frozenAtMs: T0 - 1_000 });
    for (const domain of [usual, ahead, frozen]) {
      await store.tokens.insert(domain, { hash: 'h', kind: 'k', created: 0, expires: T0 + 500, data: {} });
      await store.tokens.insert(domain, { hash: 'past', kind: 'k', created: 0, expires: T0 - 1, data: {} });
    }
    expect(await store.tokens.purge(T0)).toBeGreaterThanOrEqual(3);
    const left = async (domain: number, hash: string) => (await store.tokens.find(domain, 'k', hash)) !== null;
    expect([await left(usual, 'h'), await left(ahead, 'h'), await left(frozen, 'h')]).toEqual([true, false, true]);
    expect([await left(usual, 'past'), await left(ahead, 'past'), await left(frozen, 'past')]).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe('messages', () => {
  const message = (id: string, more: Partial<MessageRow> = {}): MessageRow => ({
    id,
    channel: 'email',
    to: 'a@example.com',
    subject: 'Hello',
    created: T0,
    data: { text: id },
    ...more,
  });

  it('are listed newest first, by receiver, channel and time, with their number', async () => {
    const { store } = held;
    const domain = await newDomain(store);
    const all = [
      message('m1'),
      message('m2', { to: 'b_example.com', created: T0 + 1 }),
      message('m3', { channel: 'sms', to: '+1', subject: null, created: T0 + 2 }),
    ];
    for (const one of all) await store.messages.insert(domain, one);
    const ids = async (query: { to?: string; channel?: string; after?: number }) => {
      const { total, messages } = await store.messages.list(domain, { ...query, limit: 2, offset: 0 });
      return [total, ...messages.map(({ id }) => id)];
    };
    expect(await ids({})).toEqual([3, 'm3', 'm2']);
    expect(await ids({ to: 'a@example.com' })).toEqual([1, 'm1']);
    expect(await ids({ channel: 'email' })).toEqual([2, 'm2', 'm1']);
    expect(await ids({ after: T0 })).toEqual([2, 'm3', 'm2']);
    expect(await store.messages.read(domain, 'm3')).toEqual(all[2]);
    expect(await store.messages.read(await newDomain(store), 'm3')).toBeNull();
    expect(await store.messages.delete(domain, 'm1')).toBe(1);
    expect(await store.messages.delete(domain, null)).toBe(2);
  });
});

describe('values of the installation', () => {
  it('stay what they were first set to', async () => {
    const name = `test-${randomUUID()}`;
    expect(await held.store.installation.get(name)).toBeNull();
    const set = await Promise.all(['a', 'b', 'c'].map((value) => held.store.installation.putIfAbsent(name, value)));
    expect(new Set(set).size).toBe(1);
    expect(await held.store.installation.get(name)).toBe(set[0]);
  });
});

describe('token subjects', () => {
  it('come with the AppRoles they hold', async () => {
    const { store } = held;
    const domain = await newDomain(store);
    const role = (name: string, appId: string) =>
      write(AppRole, name, { displayName: name, uniqueName: name, app: { value: appId } });
    const client = { ...write(App, 'client', { name: 'Client-1', displayName: 'The client' }), secret: { hash: 'x' } };
    await store.resources.insertMany(
      domain,
      [
        client,
        write(App, 'bare', { name: 'bare' }),
        role('Admin', 'IDCSAppId'),
        role('Own', 'app7'),
        user('u'),
        user('v'),
        group('g'),
        group('everyone'),
      ],
      T0,
    );
    const edge = (kind: string, source: string, target: string, targetType: string) => ({
      kind,
      sourceId: idOf(source),
      targetId: idOf(target),
      targetType,
    });
    await store.edges.add(
      domain,
      [
        edge('appRole', 'Own', 'client', 'App'),
        edge('appRole', 'Admin', 'client', 'App'),
        edge('member', 'g', 'u', 'User'),
        edge('appRole', 'Own', 'g', 'Group'),
        edge('appRole', 'Own', 'u', 'User'),
        edge('appRole', 'Admin', 'everyone', 'Group'),
      ],
      T0,
    );
    const own = { displayName: 'Own', appId: 'app7' };
    const admin = { displayName: 'Admin', appId: 'IDCSAppId' };
    const found = await store.principals.client(domain, 'CLIENT-1');
    expect(found).toMatchObject({
      app: { id: client.id, secret: { hash: 'x' }, data: client.data },
      roles: [own, admin],
    });
    expect((await store.principals.client(domain, 'bare'))?.roles).toEqual([]);
    expect(await store.principals.client(domain, 'nobody\0')).toBeNull();
    expect(await store.principals.userRoles(domain, idOf('u'), [])).toEqual([own]);
    expect(await store.principals.userRoles(domain, idOf('u'), [idOf('everyone')])).toEqual([admin, own]);
    expect(await store.principals.userRoles(domain, idOf('v'), [])).toEqual([]);
  });
});
