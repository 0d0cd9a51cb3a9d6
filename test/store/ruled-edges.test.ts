import { describe, expect, it } from 'vitest';
import { parseFilter } from '../../src/scim/filter.ts';
import { recordStatements } from '../support/statements.ts';
import { find, group, idOf, newDomain, STORE_NAME, T0, User, user, useStore } from './store-fixture.ts';

const held = useStore();

const rule = (source: string, text: string) => ({ sourceId: idOf(source), filter: parseFilter(text, User) });
const MEMBER = { kind: 'member', type: User } as const;

describe('edges whose targets a rule chooses', () => {
  it('are settled in two statements, and follow one target in one', async () => {
    const { store } = held;
    const domain = await newDomain(store);
    const names = Array.from({ length: 30 }, (_, index) => `n${index}`);
    await store.resources.insertMany(domain, [...names.map((name) => user(name)), group('g'), group('h')], T0);
    const targets = async (source: string) => {
      const pages = await store.edges.page(domain, { kind: 'member', end: 'source', ids: [idOf(source)] });
      return pages.get(idOf(source))!.map(({ other }) => other.id);
    };
    const sent = async <T>(count: number, work: () => Promise<T>): Promise<T> => {
      const { result, statements } = await recordStatements(STORE_NAME, work);
      expect(statements).toHaveLength(count);
      return result;
    };
    const settle = (text: string) =>
      sent(2, () => store.ruledEdges.settle(domain, { ...MEMBER, ...rule('g', text) }, T0));
    expect(await settle('userName sw "n1"')).toEqual({ added: 11, removed: 0 });
    expect(await settle('userName sw "n1"')).toEqual({ added: 0, removed: 0 });
    expect(await settle('userName eq "n1" or userName sw "n2"')).toEqual({ added: 11, removed: 10 });
    expect(new Set(await targets('g'))).toEqual(new Set(['n1', 'n2', ...names.slice(20)].map(idOf)));

    const rules = [rule('g', 'userName eq "n7"'), rule('h', 'userName sw "n" and active eq true')];
    const follow = (name: string) =>
      sent(1, () => store.ruledEdges.follow(domain, { ...MEMBER, id: idOf(name) }, rules, T0));
    expect(await follow('n2')).toEqual({ added: [idOf('h')], removed: [idOf('g')] });
    expect(await follow('n2')).toEqual({ added: [], removed: [] });
    const both = await follow('n7');
    expect(new Set(both.added)).toEqual(new Set([idOf('g'), idOf('h')]));
    expect(await follow('nobody')).toEqual({ added: [], removed: [] });
    expect((await find(store, domain, User, `groups[value eq "${idOf('h')}"]`)).total).toBe(2);
  });
});
