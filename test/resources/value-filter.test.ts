import { describe, expect, it } from 'vitest';
import { isPlainKeyFilter, keysOfFilter, withIds } from '../../src/resources/value-filter.ts';
import { resourceType } from '../../src/schemas/registry.ts';
import { parseValueFilter } from '../../src/scim/filter.ts';
import { matches } from '../../src/scim/match.ts';

const members = resourceType('Group').core('members')!;
const filter = (text: string) => parseValueFilter(text, members);

describe('keys of a value filter', () => {
  it.each([
    ['value eq "a"', ['a']],
    ['ocid eq "ocid1.user.x"', ['ocid1.user.x']],
    ['type eq "User" and value eq "a"', ['a']],
    ['value eq "a" or value eq "b"', ['a', 'b']],
    ['value eq "a" or type eq "User"', null],
    ['type eq "User"', null],
    ['not (value eq "a")', null],
    ['value ne "a"', null],
    ['value sw "a"', null],
    ['value eq null', null],
  ])('of %s are %j', (text, keys) => {
    expect(keysOfFilter(filter(text))).toEqual(keys);
  });

  it('are all that a plain filter says', () => {
    expect(isPlainKeyFilter(filter('value eq "a" or value eq "b"'))).toBe(true);
    expect(isPlainKeyFilter(filter('value eq "a" and type eq "User"'))).toBe(false);
  });

  it('are OCIDs replaced by ids before elements are matched', () => {
    const asked = filter('type eq "User" and value eq "ocid1.user.x"');
    const element = { value: 'abc', type: 'User' };
    expect(matches(asked, element)).toBe(false);
    expect(matches(withIds(asked, new Map([['ocid1.user.x', 'abc']])), element)).toBe(true);
  });
});
