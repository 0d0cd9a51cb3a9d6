import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultPasswordPolicy } from '../../src/resources/domain-defaults.ts';
import { configuredRules, PASSWORD_RULE_KEYS, violations } from '../../src/resources/password-rules.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { HANG_MS } from '../support/hang.ts';

const DEFAULT = defaultPasswordPolicy().data;
const ADA: JsonObject = {
  userName: 'ada.lovelace',
  name: { givenName: 'Ada', familyName: 'Lovelace' },
  emails: [{ value: 'countess@example.com', type: 'work' }],
};

/** policy, a password that is good, one that is not, and the sentence it gets. */
const RULES: readonly [policy: JsonObject, good: string, bad: string, sentence: string][] = [
  [{ minLength: 12 }, 'abcdefghijkl', 'abcdefghijk', 'The password must have at least 12 characters.'],
  [{ minLength: 2 }, '\u{1F600}\u{1F600}', '\u{1F600}', 'The password must have at least 2 characters.'],
  [{ minLength: 0 }, 'a', '', 'The password must have at least 1 character.'],
  [{ maxLength: 4 }, 'abcd', 'abcde', "The password can't have more than 4 characters."],
  [{ maxLength: 0 }, 'a'.repeat(500), 'a'.repeat(501), "The password can't have more than 500 characters."],
  [{ minAlphas: 2 }, 'ab1', 'a11', 'The password must have at least 2 alphabetic characters.'],
  [{ minNumerals: 1 }, 'a1', 'ab', 'The password must have at least 1 numeric character.'],
  [{ minAlphaNumerals: 3 }, 'a1b!', 'a1!!', 'The password must have at least 3 alphanumeric characters.'],
  [{ minSpecialChars: 1 }, 'a b', 'ab1', 'The password must have at least 1 special character.'],
  [{ maxSpecialChars: 1 }, 'a!', 'a!?', "The password can't have more than 1 special character."],
  [{ minLowerCase: 1 }, 'Aé', 'A1', 'The password must have at least 1 lowercase character.'],
  [{ minUpperCase: 2 }, 'ÄBc', 'Abc', 'The password must have at least 2 uppercase characters.'],
  [{ minUniqueChars: 3 }, 'abca', 'abab', 'The password must have at least 3 unique characters.'],
  [{ distinctCharacters: 3 }, 'abca', 'abab', 'The password must have at least 3 distinct characters.'],
  [{ maxRepeatedChars: 2 }, 'aabb', 'aaba', "The password can't repeat a character more than 2 times."],
  [{ startsWithAlphabet: true }, 'a1', '1a', 'The password must start with an alphabetic character.'],
  [{ dictionaryWordDisallowed: true }, 'passworded', 'P@ssw0rd2026!', "The password can't be a dictionary word."],
  [{ firstNameDisallowed: true }, 'xyz', 'xADAz', "The password can't contain the first name of the user."],
  [{ lastNameDisallowed: true }, 'xyz', '1lovelace', "The password can't contain the last name of the user."],
  [{ userNameDisallowed: true }, 'ada', '!Ada.Lovelace!', "The password can't contain the user name."],
  [
    { disallowedUserAttributeValues: ['emails.value', 'name.givenName'] },
    'countess',
    'xcountess@example.comx',
    "The password can't contain the value of these user attributes: emails.value name.givenName.",
  ],
  [{ requiredChars: '#!' }, 'a!#', 'a!', 'The password must have these characters: # !.'],
  [{ allowedChars: 'ab' }, 'abba', 'abc', 'The password can only have these characters: a b.'],
  [{ disallowedChars: '<>' }, 'ab', 'a<b', "The password can't have these characters: < >."],
  [{ disallowedSubstrings: ['word'] }, 'wo rd', 'passWORD', "The password can't contain these words: word."],
];

describe('password rules', () => {
  test.each(RULES)('%j takes %j and refuses %j', (policy, good, bad, sentence) => {
    expect(violations(policy, good, ADA)).toEqual([]);
    expect(violations(policy, bad, ADA)).toContain(sentence);
  });

  test('every rule is tried by an example above', () => {
    expect(new Set(RULES.flatMap(([policy]) => Object.keys(policy)))).toEqual(new Set(PASSWORD_RULE_KEYS));
  });

  test('the default policy takes the password of the guide and names what a short one lacks', () => {
    expect(violations(DEFAULT, 'Welcome@123Bro', ADA)).toEqual([]);
    expect(violations(DEFAULT, 'Welcome@123', ADA)).toEqual(['The password must have at least 12 characters.']);
    expect(violations(DEFAULT, 'adaaaa', ADA)).toHaveLength(5);
  });

  test('rules about names pass for an owner that has none', () => {
    expect(violations(DEFAULT, 'Welcome@123Bro', {})).toEqual([]);
    expect(violations(DEFAULT, 'Welcome@123Bro', { userName: '', name: { givenName: '' } })).toEqual([]);
  });

  test('the rules that a policy sets are told, and no others', () => {
    const rules = configuredRules({ minLength: 8, minUpperCase: 0, userNameDisallowed: false, requiredChars: '!' });
    expect(rules).toEqual([
      { key: 'minLength', value: 'The password must have at least 8 characters.' },
      { key: 'requiredChars', value: 'The password must have these characters: !.' },
    ]);
  });

  test('a password that breaks no rule of a policy breaks none of a looser one', () => {
    const minimum = fc.nat({ max: 6 });
    const policy = fc.record({
      minLength: minimum,
      minUpperCase: minimum,
      minNumerals: minimum,
      minUniqueChars: minimum,
    });
    fc.assert(
      fc.property(policy, policy, fc.string({ maxLength: 20, unit: 'grapheme' }), (one, other, password) => {
        const loose = Object.fromEntries(
          Object.entries(one).map(([name, value]) => [name, Math.min(value, other[name as keyof typeof other])]),
        );
        return violations(one, password, {}).length > 0 || violations(loose, password, {}).length === 0;
      }),
    );
  });

  test('whoever contains a name of the owner is found, whatever stands around it', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (before, after) => {
        const found = violations({ lastNameDisallowed: true }, `${before}LoveLace${after}`, ADA);
        return found.includes("The password can't contain the last name of the user.");
      }),
    );
  });

  test('a megabyte is judged within milliseconds', () => {
    const started = performance.now();
    expect(violations(DEFAULT, 'aB1!'.repeat(250_000), ADA)).toEqual([
      "The password can't have more than 100 characters.",
    ]);
    expect(performance.now() - started).toBeLessThan(HANG_MS);
  });
});
