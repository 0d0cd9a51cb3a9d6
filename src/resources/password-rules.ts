import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import { isDictionaryWord } from './dictionary-words.ts';

/*
 * The rules of a PasswordPolicy that need nothing but the password and its owner: pure. History, age and expiry are
 * elsewhere. Every place that takes a password asks here.
 *
 * Only the sentence of minLength is documented (CNC Console guide 3.6); the others follow its pattern.
 */

/** Whose password it is, as far as the rules look: a User's data, or a part of it. */
export type PasswordOwner = JsonObject;

/** No password is longer, whatever a policy says. IDCS: "A password can't exceed 500 characters" (Modify the Custom Password Policy). */
export const LONGEST_PASSWORD = 500;

/** What the rules see of a password, taken apart once. */
interface Password {
  readonly text: string;
  readonly folded: string;
  /** Unicode code points: a character is what a person counts as one. */
  readonly characters: readonly string[];
  readonly alphas: number;
  readonly numerals: number;
  readonly lower: number;
  readonly upper: number;
  readonly special: number;
  readonly distinct: number;
  /** How often the most frequent character occurs. */
  readonly mostRepeated: number;
}

/** One setting of a policy. */
interface Rule {
  readonly key: string;
  /** The requirement as a sentence; null when the policy doesn't set it. */
  requirement(policy: JsonObject): string | null;
  /** Called only when there is a requirement. */
  violated(policy: JsonObject, password: Password, owner: PasswordOwner): boolean;
}

const RULES: readonly Rule[] = [
  {
    key: 'minLength',
    // IDCS: "A password must contain at least one character", also where the policy says 0.
    requirement: (policy) => `The password must have at least ${characters(Math.max(1, limit(policy, 'minLength')))}.`,
    violated: (policy, password) => password.characters.length < Math.max(1, limit(policy, 'minLength')),
  },
  {
    key: 'maxLength',
    requirement: tooLong,
    violated: (policy, password) => password.characters.length > longest(policy),
  },
  atLeast('minAlphas', 'alphabetic character', (password) => password.alphas),
  atLeast('minNumerals', 'numeric character', (password) => password.numerals),
  atLeast('minAlphaNumerals', 'alphanumeric character', (password) => password.alphas + password.numerals),
  atLeast('minSpecialChars', 'special character', (password) => password.special),
  atMost('maxSpecialChars', 'special character', (password) => password.special),
  atLeast('minLowerCase', 'lowercase character', (password) => password.lower),
  atLeast('minUpperCase', 'uppercase character', (password) => password.upper),
  atLeast('minUniqueChars', 'unique character', (password) => password.distinct),
  atLeast('distinctCharacters', 'distinct character', (password) => password.distinct),
  {
    key: 'maxRepeatedChars',
    requirement: (policy) => {
      const most = limit(policy, 'maxRepeatedChars');
      return most === 0
        ? null
        : `The password can't repeat a character more than ${most} ${most === 1 ? 'time' : 'times'}.`;
    },
    violated: (policy, password) => password.mostRepeated > limit(policy, 'maxRepeatedChars'),
  },
  {
    key: 'startsWithAlphabet',
    requirement: (policy) => on(policy, 'startsWithAlphabet', 'The password must start with an alphabetic character.'),
    violated: (_policy, password) => !/^\p{L}/u.test(password.text),
  },
  withoutOwners('firstNameDisallowed', "The password can't contain the first name of the user.", 'name.givenName'),
  withoutOwners('lastNameDisallowed', "The password can't contain the last name of the user.", 'name.familyName'),
  withoutOwners('userNameDisallowed', "The password can't contain the user name.", 'userName'),
  {
    key: 'disallowedUserAttributeValues',
    requirement: (policy) =>
      about(
        list(policy, 'disallowedUserAttributeValues'),
        (names) => `The password can't contain the value of these user attributes: ${names}.`,
      ),
    violated: (policy, password, owner) =>
      list(policy, 'disallowedUserAttributeValues').some((path) => containsValue(password, owner, path)),
  },
  {
    key: 'requiredChars',
    requirement: (policy) =>
      about([...chars(policy, 'requiredChars')], (all) => `The password must have these characters: ${all}.`),
    violated: (policy, password) => chars(policy, 'requiredChars').some((char) => !password.characters.includes(char)),
  },
  {
    key: 'allowedChars',
    requirement: (policy) =>
      about([...chars(policy, 'allowedChars')], (all) => `The password can only have these characters: ${all}.`),
    violated: (policy, password) => {
      const allowed = new Set(chars(policy, 'allowedChars'));
      return password.characters.some((char) => !allowed.has(char));
    },
  },
  {
    key: 'disallowedChars',
    requirement: (policy) =>
      about([...chars(policy, 'disallowedChars')], (all) => `The password can't have these characters: ${all}.`),
    violated: (policy, password) => {
      const refused = new Set(chars(policy, 'disallowedChars'));
      return password.characters.some((char) => refused.has(char));
    },
  },
  {
    key: 'disallowedSubstrings',
    requirement: (policy) =>
      about(list(policy, 'disallowedSubstrings'), (all) => `The password can't contain these words: ${all}.`),
    violated: (policy, password) =>
      list(policy, 'disallowedSubstrings').some((word) => word !== '' && password.folded.includes(word.toLowerCase())),
  },
  {
    key: 'dictionaryWordDisallowed',
    requirement: (policy) => on(policy, 'dictionaryWordDisallowed', "The password can't be a dictionary word."),
    violated: (_policy, password) => isDictionaryWord(password.text),
  },
];

/** The settings of a policy that say what a password must look like. */
export const PASSWORD_RULE_KEYS: readonly string[] = RULES.map((rule) => rule.key);

/**
 * The requirements that a password does not meet, as sentences, in the policy's order; none: it is good.
 * @param policy a PasswordPolicy's data
 * @param owner the User's data; rules about names pass where it has none
 */
export function violations(policy: JsonObject, password: string, owner: PasswordOwner): string[] {
  return failedRules(policy, password, owner).map(({ value }) => value);
}

/** The same with the setting that each comes from, for failedPasswordPolicyRules. */
export function failedRules(
  policy: JsonObject,
  password: string,
  owner: PasswordOwner,
): { readonly key: string; readonly value: string }[] {
  // Surely too long (a character has at most two code units): a megabyte is not worth taking apart.
  if (password.length > 2 * LONGEST_PASSWORD) return [{ key: 'maxLength', value: tooLong(policy) }];
  const taken = takeApart(password);
  const found: { key: string; value: string }[] = [];
  for (const rule of RULES) {
    const requirement = rule.requirement(policy);
    if (requirement !== null && rule.violated(policy, taken, owner)) found.push({ key: rule.key, value: requirement });
  }
  return found;
}

/** The requirements that a policy sets, for configuredPasswordPolicyRules. */
export function configuredRules(policy: JsonObject): { key: string; value: string }[] {
  const set: { key: string; value: string }[] = [];
  for (const rule of RULES) {
    const value = Object.hasOwn(policy, rule.key) ? rule.requirement(policy) : null;
    if (value !== null) set.push({ key: rule.key, value });
  }
  return set;
}

function atLeast(key: string, noun: string, count: (password: Password) => number): Rule {
  return {
    key,
    requirement: (policy) => {
      const least = limit(policy, key);
      return least === 0 ? null : `The password must have at least ${plural(least, noun)}.`;
    },
    violated: (policy, password) => count(password) < limit(policy, key),
  };
}

/** 0 means no limit, as it is documented for maxLength. */
function atMost(key: string, noun: string, count: (password: Password) => number): Rule {
  return {
    key,
    requirement: (policy) => {
      const most = limit(policy, key);
      return most === 0 ? null : `The password can't have more than ${plural(most, noun)}.`;
    },
    violated: (policy, password) => count(password) > limit(policy, key),
  };
}

function withoutOwners(key: string, sentence: string, path: string): Rule {
  return {
    key,
    requirement: (policy) => on(policy, key, sentence),
    violated: (_policy, password, owner) => containsValue(password, owner, path),
  };
}

function takeApart(text: string): Password {
  const all = [...text];
  const counts = new Map<string, number>();
  let mostRepeated = 0;
  for (const char of all) {
    const seen = (counts.get(char) ?? 0) + 1;
    counts.set(char, seen);
    mostRepeated = Math.max(mostRepeated, seen);
  }
  const alphas = count(all, /\p{L}/u);
  const numerals = count(all, /\p{Nd}/u);
  return {
    text,
    folded: text.toLowerCase(),
    characters: all,
    alphas,
    numerals,
    lower: count(all, /\p{Ll}/u),
    upper: count(all, /\p{Lu}/u),
    special: all.length - alphas - numerals,
    distinct: counts.size,
    mostRepeated,
  };
}

function count(all: readonly string[], kind: RegExp): number {
  return all.reduce((sum, char) => sum + (kind.test(char) ? 1 : 0), 0);
}

/** Whether the password contains a value of the owner's attribute (`userName`, `name.givenName`, `emails.value`), in any case. */
function containsValue(password: Password, owner: PasswordOwner, path: string): boolean {
  return valuesAt(owner, path.split('.')).some(
    (value) => value !== '' && password.folded.includes(value.toLowerCase()),
  );
}

function valuesAt(value: JsonValue | undefined, path: readonly string[]): string[] {
  if (Array.isArray(value)) return value.flatMap((element) => valuesAt(element, path));
  const [name, ...rest] = path;
  if (name === undefined) return typeof value === 'string' ? [value] : [];
  return isObject(value) && Object.hasOwn(value, name) ? valuesAt(value[name], rest) : [];
}

function limit(policy: JsonObject, key: string): number {
  const value = policy[key];
  return typeof value === 'number' ? value : 0;
}

/** A maxLength of 0 means no limit of the policy's own. */
function longest(policy: JsonObject): number {
  return Math.min(limit(policy, 'maxLength') || LONGEST_PASSWORD, LONGEST_PASSWORD);
}

function tooLong(policy: JsonObject): string {
  return `The password can't have more than ${characters(longest(policy))}.`;
}

function on(policy: JsonObject, key: string, sentence: string): string | null {
  return policy[key] === true ? sentence : null;
}

function list(policy: JsonObject, key: string): string[] {
  const value = policy[key];
  return Array.isArray(value) ? value.filter((element) => typeof element === 'string') : [];
}

function chars(policy: JsonObject, key: string): string[] {
  const value = policy[key];
  return typeof value === 'string' ? [...new Set(value)] : [];
}

function about(values: readonly string[], sentence: (all: string) => string): string | null {
  return values.length === 0 ? null : sentence(values.join(' '));
}

function characters(number: number): string {
  return plural(number, 'character');
}

function plural(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
