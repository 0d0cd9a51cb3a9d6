import { describe, expect, it } from 'vitest';
import { resourceType } from '../../src/schemas/registry.ts';
import { UniqueViolation } from '../../src/store/store.ts';
import { find, idOf, namesOf, newDomain, T0, User, user, useStore, write } from './store-fixture.ts';

const held = useStore();

describe('reading a resource', () => {
  it('finds it by id and by OCID, in its own domain and type only', async () => {
    const { store } = held;
    const domain = await newDomain(store);
    const other = await newDomain(store);
    const seq = await store.resources.insert(domain, user('anna'), T0);
    const stored = {
      id: idOf('anna'),
      ocid: user('anna').ocid,
      type: 'User',
      seq,
      version: 'v1',
      created: T0,
      lastModified: T0,
      data: user('anna').data,
    };
    expect(await store.resources.read(domain, 'User', idOf('anna'))).toEqual(stored);
    expect(await store.resources.read(domain, 'User', user('anna').ocid!)).toEqual(stored);
    expect(await store.resources.read(domain, 'Group', idOf('anna'))).toBeNull();
    expect(await store.resources.read(other, 'User', idOf('anna'))).toBeNull();
    expect(await store.resources.read(domain, 'User', 'a\0b')).toBeNull();
  });

  it('gives data back as written, the order of its keys included', async () => {
    const { store } = held;
    const domain = await newDomain(store);
    const data = { zz: 1, a: { y: [1.5, null, '\u2028"\\', '😀'], b: true }, __proto: 'x' };
    await store.resources.insert(domain, write(User, 'order', data), T0);
    const read = await store.resources.read(domain, 'User', idOf('order'));
    expect(JSON.stringify(read?.data)).toBe(JSON.stringify(data));
  });

  it('keeps the never-returned state apart', async () => {
    const { store } = held;
    const domain = await newDomain(store);
    await store.resources.insert(domain, { ...user('carl'), secret: { hash: 'h1' } }, T0);
    expect(await store.resources.read(domain, 'User', idOf('carl'))).not.toHaveProperty('secret');
    expect((await store.resources.readWithSecret(domain, 'User', idOf('carl')))?.secret).toEqual({ hash: 'h1' });
    await store.resources.update(domain, user('carl'), null);
    expect((await store.resources.readWithSecret(domain, 'User', idOf('carl')))?.secret).toEqual({ hash: 'h1' });
    expect(await store.resources.updateSecret(domain, 'User', idOf('carl'), { hash: 'h2' })).toBe(true);
    const ids = [idOf('carl'), idOf('nobody')];
    expect(await store.resources.readSecrets(domain, 'User', ids)).toEqual(new Map([[idOf('carl'), { hash: 'h2' }]]));
    await store.resources.update(domain, { ...user('carl'), secret: null }, null);
    expect((await store.resources.readWithSecret(domain, 'User', idOf('carl')))?.secret).toBeNull();
  });

  it('finds by name without regard to case', async () => {
    const { store } = held;
    const domain = await newDomain(store);
    await store.resources.insert(domain, user('Émile@Example.com'), T0);
    expect((await store.resources.readByName(domain, 'User', 'éMILE@example.COM'))?.id).toBe(idOf('Émile@Example.com'));
    expect(await store.resources.readByName(domain, 'User', 'emile@example.com')).toBeNull();
    expect(await store.resources.readByName(domain, 'User', '\0')).toBeNull();
  });

  it('resolves references by id and OCID at once, and leaves out what is not there', async () => {
    const { store } = held;
    const domain = await newDomain(store);
    await store.resources.insertMany(domain, [user('a'), write(User, 'b', { userName: 'b' })], T0);
    const found = await store.resources.resolve(domain, [
      { type: 'User', key: idOf('a') },
      { type: 'User', key: user('b').ocid! },
      { type: 'User', key: idOf('c') },
      { type: 'Group', key: idOf('a') },
      { type: 'User', key: '\0' },
    ]);
    expect([...found.keys()].sort()).toEqual([`User:${idOf('a')}`, `User:${user('b').ocid}`].sort());
    expect(found.get(`User:${idOf('a')}`)).toMatchObject({ type: 'User', id: idOf('a'), display: 'Display a' });
    expect(found.get(`User:${user('b').ocid}`)).toMatchObject({ id: idOf('b'), display: 'b', data: { userName: 'b' } });
  });
});

describe('unique values', () => {
  it('are refused a second time in a domain, without regard to case, with the attribute and the value named', async () => {
    const { store } = held;
    const domain = await newDomain(store);
    await store.resources.insert(domain, user('anna'), T0);
    const again = write(User, 'other', { userName: 'ANNA' });
    await expect(store.resources.insert(domain, again, T0)).rejects.toEqual(new UniqueViolation('userName', 'ANNA'));
    await expect(store.resources.insertMany(domain, [user('x'), again], T0)).rejects.toMatchObject({ value: 'ANNA' });
    await store.resources.insert(await newDomain(store), again, T0);
    expect((await find(store, domain, User, null)).total).toBe(1);
  });

  it('hold for numbers and for values in extensions', async () => {
    const { store } = held;
    const domain = await newDomain(store);
    const posix = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:posix:User';
    await store.resources.insert(domain, user('a', { [posix]: { uidNumber: 7 } }), T0);
    await expect(store.resources.insert(domain, user('b', { [posix]: { uidNumber: 7 } }), T0)).rejects.toEqual(
      new UniqueViolation(`${posix}:uidNumber`, '7'),
    );
  });

  it('are freed and taken by an update, and freed by a delete', async () => {
    const { store } = held;
    const domain = await newDomain(store);
    await store.resources.insertMany(domain, [user('a'), user('b')], T0);
    const rename = (name: string, to: string) =>
      store.resources.update(domain, { ...user(name), data: { userName: to } }, null);
    await expect(rename('b', 'A')).rejects.toBeInstanceOf(UniqueViolation);
    expect(await rename('a', 'A')).toBe(true);
    expect(await rename('a', 'c')).toBe(true);
    expect(await rename('b', 'a')).toBe(true);
    expect(await store.resources.delete(domain, 'User', idOf('a'), null)).toBe(true);
    expect(await rename('b', 'C')).toBe(true);
  });

  it('name an id that is there already', async () => {
    const { store } = held;
    const domain = await newDomain(store);
    await store.resources.insert(domain, user('a'), T0);
    const same = { ...user('b'), id: idOf('a') };
    await expect(store.resources.insert(domain, same, T0)).rejects.toEqual(new UniqueViolation('id', idOf('a')));
  });
});

describe('versions', () => {
  it('a write that expects another version changes nothing', async () => {
    const { store } = held;
    const domain = await newDomain(store);
    await store.resources.insert(domain, user('a'), T0);
    const next = { ...user('a'), version: 'v2', lastModified: T0 + 5, data: { userName: 'renamed' } };
    expect(await store.resources.update(domain, next, 'v0')).toBe(false);
    const change = { version: 'v3', lastModified: T0 + 9 };
    expect(await store.resources.touch(domain, 'User', idOf('a'), { ...change, expectedVersion: 'v0' })).toBe(false);
    expect(await store.resources.delete(domain, 'User', idOf('a'), 'v0')).toBe(false);
    expect(await store.resources.read(domain, 'User', idOf('a'))).toMatchObject({ version: 'v1', lastModified: T0 });
    expect(await store.resources.update(domain, next, 'v1')).toBe(true);
    expect(await store.resources.touch(domain, 'User', idOf('a'), { ...change, expectedVersion: 'v2' })).toBe(true);
    const after = { version: 'v3', lastModified: T0 + 9, created: T0, data: { userName: 'renamed' } };
    expect(await store.resources.read(domain, 'User', idOf('a'))).toMatchObject(after);
    expect(await store.resources.delete(domain, 'User', idOf('a'), 'v3')).toBe(true);
    expect(await store.resources.delete(domain, 'User', idOf('a'), null)).toBe(false);
    expect(await store.resources.update(domain, next, null)).toBe(false);
  });
});

describe('many rows', () => {
  it('are inserted in their order, counted and searchable', async () => {
    const { store } = held;
    const domain = await newDomain(store);
    const names = Array.from({ length: 1203 }, (_, index) => `u${String(index).padStart(4, '0')}`);
    await store.resources.insertMany(
      domain,
      names.map((name) => user(name)),
      T0,
    );
    const page = await find(store, domain, User, null, { offset: 1000, limit: 500 });
    expect(page.total).toBe(1203);
    expect(namesOf(page)).toEqual(names.slice(1000));
  });
});

describe('values that cannot be kept', () => {
  it.each([
    ['NUL', 'a\0b'],
    ['half a surrogate pair', 'a\ud800'],
  ])('%s is a 400', async (_, text) => {
    const domain = await newDomain(held.store);
    await expect(held.store.resources.insert(domain, user('a', { title: text }), T0)).rejects.toMatchObject({
      status: 400,
    });
    await expect(find(held.store, domain, User, `title eq ${JSON.stringify(text)}`)).rejects.toMatchObject({
      status: 400,
    });
  });

  it('a promoted or unique value that no index can hold is a 400 that names the attribute', async () => {
    const domain = await newDomain(held.store);
    const long = user('a', { displayName: 'ü'.repeat(1001) });
    await expect(held.store.resources.insert(domain, long, T0)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('displayName') as string,
    });
    await held.store.resources.insert(domain, user('b', { displayName: 'ü'.repeat(1000) }), T0);
  });
});

describe('rows of several types that have a value', () => {
  it('are found in one statement, in their own domain', async () => {
    const { store } = held;
    const [domain, other] = [await newDomain(store), await newDomain(store)];
    const token = resourceType('AuthToken');
    const key = resourceType('ApiKey');
    const where = [token, key].map((type) => ({ type, attribute: type.resolve('user.value')! }));
    const of = (value: string) => ({ user: { value } });
    for (const id of [domain, other]) {
      await store.resources.insert(id, write(token, 'anna1', of('anna')), T0);
      await store.resources.insert(id, write(key, 'anna2', of('anna')), T0);
      await store.resources.insert(id, write(key, 'carl1', of('carl')), T0);
    }
    const found = await store.resources.having(domain, where, 'anna', 10);
    expect(new Set(found.map(({ type, id }) => `${type} ${id}`))).toEqual(
      new Set([`AuthToken ${idOf('anna1')}`, `ApiKey ${idOf('anna2')}`]),
    );
    expect(await store.resources.having(domain, where, 'anna', 1)).toHaveLength(1);
    expect(await store.resources.having(domain, [], 'anna', 10)).toEqual([]);
  });
});
