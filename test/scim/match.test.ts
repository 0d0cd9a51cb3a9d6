import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resourceType } from '../../src/schemas/registry.ts';
import { parseFilter, parseValueFilter } from '../../src/scim/filter.ts';
import type { JsonObject, JsonValue } from '../../src/scim/json.ts';
import { matches } from '../../src/scim/match.ts';

const user = resourceType('User');
const group = resourceType('Group');
const app = resourceType('App');
const STATE = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:userState:User';
const POSIX = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:posix:User';

const jensen: JsonObject = {
  id: '0123456789ab4cde8f0123456789abcd',
  userName: 'BJensen@Example.com',
  active: true,
  title: '',
  name: { familyName: 'Jensen', givenName: 'Barbara' },
  emails: [
    { value: 'work@example.com', type: 'work', primary: true },
    { value: 'home@example.com', type: 'home' },
  ],
  groups: [{ value: 'AbC' }],
  meta: { created: '2024-04-23T04:56:22.000Z' },
  [STATE]: { locked: { on: false } },
  [POSIX]: { uidNumber: 1000 },
};

describe('matches a resource', () => {
  it.each([
    ['userName eq "bjensen@example.COM"', true],
    ['userName ne "bjensen@example.com"', false],
    ['userName co "JENSEN"', true],
    ['userName sw "bj"', true],
    ['userName ew ".com"', true],
    ['userName ew ".org"', false],
    ['userName gt "bjensen"', true],
    ['userName lt "a"', false],
    ['name.familyName eq "jensen"', true],
    ['name[familyName eq "Jensen" and givenName sw "b"]', true],
    ['active eq true', true],
    ['active ne true', false],
    ['active eq null', false],
    [`${STATE}:locked.on eq false`, true],
    [`${POSIX}:uidNumber ge 1000`, true],
    [`${POSIX}:uidNumber lt 1000`, false],
    [`${POSIX}:uidNumber eq "1000"`, true],
    ['groups.value eq "AbC"', true],
    ['groups.value eq "abc"', false],
    ['emails.type eq "home"', true],
    ['emails.type ne "home"', false],
    ['emails.type ne "other"', true],
    ['emails[type eq "work" and value sw "home"]', false],
    ['emails.type eq "work" and emails.value sw "home"', true],
    ['emails[type eq "work"].value sw "work"', true],
    ['emails[type eq "work"].value sw "home"', false],
    ['emails[primary ne true]', true],
    ['emails[not (type pr)]', false],
    ['meta.created eq "2024-04-23T06:56:22+02:00"', true],
    ['meta.created gt "2024-04-23T04:56:21.999Z"', true],
    ['meta.created lt "2024-04-23"', false],
  ])('%s is %s', (text, expected) => {
    expect(matches(parseFilter(text, user), jensen)).toBe(expected);
  });
});

describe('matches what is not there', () => {
  it.each([
    ['nickName pr', false],
    ['title pr', false],
    ['emails pr', true],
    ['phoneNumbers pr', false],
    ['nickName eq "x"', false],
    ['nickName ne "x"', true],
    ['nickName eq null', true],
    ['nickName ne null', false],
    ['userName ne null', true],
    ['nickName co ""', false],
    ['nickName lt "z"', false],
    ['not (nickName eq "x")', true],
    ['phoneNumbers[type ne "work"]', false],
    ['phoneNumbers.type ne "work"', true],
  ])('%s is %s', (text, expected) => {
    expect(matches(parseFilter(text, user), jensen)).toBe(expected);
  });

  it('by own properties only', () => {
    const bare = Object.create({ userName: 'inherited' }) as JsonObject;
    expect(matches(parseFilter('userName pr', user), bare)).toBe(false);
  });

  it.each<[string, JsonValue]>([
    ['a string where an object belongs', { emails: 'x', name: 'y', meta: 7, [STATE]: null }],
    ['nulls', { userName: null, emails: null, meta: null }],
    ['no object at all', 'text'],
  ])('without throwing: %s', (_, value) => {
    for (const text of [
      'emails.value eq "x"',
      'name.familyName pr',
      'meta.created gt "2024-01-01"',
      `${STATE}:locked.on eq true`,
    ]) {
      expect(matches(parseFilter(text, user), value)).toBe(false);
    }
  });
});

describe('matches an element', () => {
  it('of a complex attribute, by its sub-attributes', () => {
    const filter = parseValueFilter('type eq "User" and value eq "1"', group.core('members')!);
    expect(matches(filter, { type: 'User', value: '1' })).toBe(true);
    expect(matches(filter, { type: 'user', value: '1' })).toBe(false);
    expect(matches(filter, { type: 'User', value: '2' })).toBe(false);
  });

  it('of a simple attribute, by itself', () => {
    const grants = app.core('allowedGrants')!;
    expect(matches(parseValueFilter('value sw "pass"', grants), 'password')).toBe(true);
    expect(matches(parseValueFilter('not (value eq "password")', grants), 'password')).toBe(false);
    expect(matches(parseFilter('allowedGrants[value ne "password"]', app), { allowedGrants: ['password', 'x'] })).toBe(
      true,
    );
    expect(matches(parseFilter('allowedGrants ne "password"', app), { allowedGrants: ['password', 'x'] })).toBe(false);
  });

  it('when the filter was put together anew from its parts', () => {
    const filter = parseValueFilter('type eq "User" or value eq "1"', group.core('members')!);
    const parts = filter.op === 'or' ? filter.filters : [];
    expect(matches({ op: 'and', filters: parts }, { type: 'User', value: '1' })).toBe(true);
    expect(matches({ op: 'and', filters: parts }, { type: 'User', value: '2' })).toBe(false);
  });
});

describe('matches keeps the laws', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 12 });
  const quoted = (value: string) => JSON.stringify(value);

  it('eq and ne are opposites, for single and multi-valued attributes', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 3 }), text, text, (values, name, wanted) => {
        const resource: JsonObject = { nickName: name, emails: values.map((value) => ({ value })) };
        for (const path of ['nickName', 'emails.value']) {
          const equal = matches(parseFilter(`${path} eq ${quoted(wanted)}`, user), resource);
          expect(matches(parseFilter(`${path} ne ${quoted(wanted)}`, user), resource)).toBe(!equal);
          expect(matches(parseFilter(`not (${path} eq ${quoted(wanted)})`, user), resource)).toBe(!equal);
        }
      }),
    );
  });

  it('a value matches itself, its beginning, its end and its middle, in any case', () => {
    fc.assert(
      fc.property(text, fc.nat(11), (value, at) => {
        const resource = { nickName: value };
        const cut = [...value].slice(0, at).join('').length;
        expect(matches(parseFilter(`nickName eq ${quoted(value.toLowerCase())}`, user), resource)).toBe(true);
        expect(matches(parseFilter(`nickName co ${quoted(value)}`, user), resource)).toBe(true);
        expect(matches(parseFilter(`nickName sw ${quoted(value.slice(0, cut))}`, user), resource)).toBe(true);
        expect(matches(parseFilter(`nickName ew ${quoted(value.slice(cut))}`, user), resource)).toBe(true);
      }),
    );
  });

  it('exactly one of lt, eq and gt holds for two numbers', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (stored, wanted) => {
        const holding = ['lt', 'eq', 'gt'].filter((op) =>
          matches(parseFilter(`${POSIX}:uidNumber ${op} ${wanted}`, user), { [POSIX]: { uidNumber: stored } }),
        );
        expect(holding).toHaveLength(1);
      }),
    );
  });
});
