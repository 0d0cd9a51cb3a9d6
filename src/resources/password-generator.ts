import type { IdSource } from '../ids.ts';
import { badRequest } from '../scim/errors.ts';
import type { JsonObject } from '../scim/json.ts';
import { LONGEST_PASSWORD, type PasswordOwner, violations } from './password-rules.ts';

/** Left out: what is easily mistaken for another in a mail (I l 1, O 0). */
const CLASSES = {
  minUpperCase: 'ABCDEFGHJKLMNPQRSTUVWXYZ',
  minLowerCase: 'abcdefghijkmnopqrstuvwxyz',
  minNumerals: '23456789',
  minSpecialChars: '!#$%*+-=?@_',
} as const;
/** Short enough for every mail, long enough for nobody to guess: at least 71 bits. */
const USUAL_LENGTH = 16;
/** A random one seldom has what a policy forbids; one that never fits belongs to a policy that nothing fits. */
const TRIES = 200;

/**
 * A random password that a policy accepts.
 * @param policy a PasswordPolicy's data
 * @throws ScimError 400 when none was found: the policy leaves no room
 */
export function generatePassword(ids: IdSource, policy: JsonObject, owner: PasswordOwner): string {
  const length = lengthOf(policy);
  for (let left = TRIES; left > 0; left--) {
    const password = candidate(ids, policy, length);
    if (violations(policy, password, owner).length === 0) return password;
  }
  throw badRequest('The password policy leaves no password that could be generated; change the policy.');
}

function candidate(ids: IdSource, policy: JsonObject, length: number): string {
  const pools = poolsOf(policy);
  const chars = [...new Set(text(policy, 'requiredChars'))];
  for (const [name, pool] of pools) {
    const least = Math.max(number(policy, name), name === 'minSpecialChars' ? 0 : 1);
    for (let have = countOf(chars, pool); have < least && pool.length > 0; have++) chars.push(pick(ids, pool));
  }
  const most = number(policy, 'maxSpecialChars');
  const rest = pools
    .filter(([name]) => name !== 'minSpecialChars' || most === 0)
    .map(([, pool]) => pool)
    .join('');
  while (chars.length < length && rest !== '') chars.push(pick(ids, rest));
  return shuffled(ids, chars, policy['startsWithAlphabet'] === true).join('');
}

/** The characters of each kind that the policy allows. */
function poolsOf(policy: JsonObject): [keyof typeof CLASSES, string][] {
  const allowed = text(policy, 'allowedChars');
  const refused = new Set(text(policy, 'disallowedChars'));
  const kinds: Record<keyof typeof CLASSES, RegExp> = {
    minUpperCase: /\p{Lu}/u,
    minLowerCase: /\p{Ll}/u,
    minNumerals: /\p{Nd}/u,
    minSpecialChars: /[^\p{L}\p{Nd}]/u,
  };
  return (Object.keys(CLASSES) as (keyof typeof CLASSES)[]).map((name) => {
    const source = allowed === '' ? CLASSES[name] : [...allowed].filter((char) => kinds[name].test(char)).join('');
    return [name, [...source].filter((char) => !refused.has(char)).join('')];
  });
}

function lengthOf(policy: JsonObject): number {
  const least = Math.max(
    USUAL_LENGTH,
    number(policy, 'minLength'),
    number(policy, 'minUniqueChars'),
    number(policy, 'minAlphaNumerals'),
  );
  return Math.min(least, number(policy, 'maxLength') || LONGEST_PASSWORD);
}

function shuffled(ids: IdSource, chars: readonly string[], letterFirst: boolean): string[] {
  const all = [...chars];
  for (let at = all.length - 1; at > 0; at--) swap(all, at, below(ids, at + 1));
  const letter = letterFirst ? all.findIndex((char) => /\p{L}/u.test(char)) : -1;
  if (letter > 0) swap(all, 0, letter);
  return all;
}

function swap(all: string[], one: number, other: number): void {
  const kept = all[one]!;
  all[one] = all[other]!;
  all[other] = kept;
}

function countOf(chars: readonly string[], pool: string): number {
  return chars.filter((char) => pool.includes(char)).length;
}

function pick(ids: IdSource, pool: string): string {
  const all = [...pool];
  return all[below(ids, all.length)]!;
}

/** A number from 0 to `limit` - 1; of 32 bits, so that the remainder favours none by more than one in 2^25. */
function below(ids: IdSource, limit: number): number {
  return ids.bytes(4).readUInt32BE() % limit;
}

function number(policy: JsonObject, key: string): number {
  const value = policy[key];
  return typeof value === 'number' ? value : 0;
}

function text(policy: JsonObject, key: string): string {
  const value = policy[key];
  return typeof value === 'string' ? value : '';
}
