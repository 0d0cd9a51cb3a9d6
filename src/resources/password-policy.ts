import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import type { Filter } from '../scim/filter-ast.ts';
import type { JsonObject } from '../scim/json.ts';
import { DEFAULT_PASSWORD_POLICY_ID, groupIds } from './applicable-password-policy.ts';
import type { Behaviour } from './behaviour.ts';
import { configuredRules, LONGEST_PASSWORD, PASSWORD_RULE_KEYS } from './password-rules.ts';
import type { RequestContext } from './request-context.ts';

/** Everything in a policy that a Simple or Standard one does not let change. */
const SETTINGS: readonly string[] = [
  ...PASSWORD_RULE_KEYS,
  'minPasswordAge',
  'passwordExpiresAfter',
  'passwordExpireWarning',
  'maxIncorrectAttempts',
  'lockoutDuration',
  'numPasswordsInHistory',
];

/** Minimums that a password must have room for, all together. */
const CHARACTER_CLASSES: readonly string[] = ['minUpperCase', 'minLowerCase', 'minNumerals', 'minSpecialChars'];

const LETTERS_AND_OTHERS: readonly string[] = ['minAlphas', 'minNumerals', 'minSpecialChars'];

/** PasswordPolicy: the rules of passwords, their age, and what wrong ones lead to. */
export const passwordPolicyBehaviour: Behaviour = {
  type: 'PasswordPolicy',

  async prepareCreate(context, draft) {
    draft.data['passwordStrength'] ??= 'Custom';
    checkSettings(draft.data);
    await checkGroups(context, draft.id, draft.data);
    if (draft.transient.get('forcePasswordReset') === true) draft.secret = { resetRequiredAt: context.clock.now() };
  },

  async prepareUpdate(context, before, draft) {
    checkStrength(before.data, draft.data);
    checkSettings(draft.data);
    await checkGroups(context, draft.id, draft.data);
    // IDCS: all users of the policy choose a new password at their next sign-in ("Set the Password Policy").
    if (draft.transient.get('forcePasswordReset') === true) {
      draft.secret = { ...before.secret, resetRequiredAt: context.clock.now() };
    }
  },

  async afterWrite(context, session) {
    // Every process keeps the policies of an epoch.
    await session.domains.bumpEpoch(context.domain.id);
  },

  computed: {
    configuredPasswordPolicyRules: {
      async load(_context, _session, resources) {
        return new Map(resources.map(({ id, data }) => [id, configuredRules(data)]));
      },
    },
  },
};

/** IDCS: the types Simple and Standard can't be modified, only Custom ("Understand Password Policies"). */
function checkStrength(before: JsonObject, after: JsonObject): void {
  const strength = after['passwordStrength'];
  if (strength === undefined || strength === 'Custom' || strength !== before['passwordStrength']) return;
  for (const name of SETTINGS) {
    if (JSON.stringify(before[name]) === JSON.stringify(after[name])) continue;
    throw badRequest(`PasswordPolicy.${name} of a ${String(strength)} policy cannot be changed; make it Custom first.`);
  }
}

/**
 * Refuses what no password, or no clock, could satisfy.
 * @throws ScimError 400 naming the attribute
 */
function checkSettings(data: JsonObject): void {
  for (const [name, value] of Object.entries(data)) {
    if (typeof value === 'number' && value < 0) throw badRequest(`PasswordPolicy.${name} cannot be negative.`);
  }
  const longest = number(data, 'maxLength') || LONGEST_PASSWORD;
  // IDCS: "A password can't exceed 500 characters" ("Modify the Custom Password Policy").
  if (longest > LONGEST_PASSWORD) throw badRequest(`PasswordPolicy.maxLength cannot be more than ${LONGEST_PASSWORD}.`);
  atMost(data, 'minLength', longest, 'maxLength');
  for (const name of [...CHARACTER_CLASSES, 'minAlphas', 'minAlphaNumerals', 'minUniqueChars', 'distinctCharacters']) {
    atMost(data, name, longest, 'maxLength');
  }
  if (CHARACTER_CLASSES.reduce((sum, name) => sum + number(data, name), 0) > longest) {
    throw badRequest(`PasswordPolicy: ${CHARACTER_CLASSES.join(', ')} together exceed maxLength.`);
  }
  // Letters, digits and special characters are no part of each other.
  for (const apart of [LETTERS_AND_OTHERS, ['minAlphaNumerals', 'minSpecialChars']]) {
    if (apart.reduce((sum, name) => sum + number(data, name), 0) > longest) {
      throw badRequest(`PasswordPolicy: ${apart.join(', ')} together exceed maxLength.`);
    }
  }
  const mostSpecial = number(data, 'maxSpecialChars');
  if (mostSpecial > 0) atMost(data, 'minSpecialChars', mostSpecial, 'maxSpecialChars');
  checkTimes(data);
  checkCharacters(data);
}

function checkTimes(data: JsonObject): void {
  const lock = data['lockoutDuration'];
  // IDCS: 5 minutes to 24 hours (schema reference of lockoutDuration).
  if (typeof lock === 'number' && (lock < 5 || lock > 1440)) {
    throw badRequest('PasswordPolicy.lockoutDuration must be between 5 and 1440 minutes.');
  }
  const expires = number(data, 'passwordExpiresAfter');
  if (expires === 0) return;
  atMost(data, 'passwordExpireWarning', expires, 'passwordExpiresAfter');
  // Else a password would end before its owner may change it.
  atMost(data, 'minPasswordAge', expires, 'passwordExpiresAfter');
}

/** What a minimum asks for, and how to know it among the allowed characters. */
const KINDS: readonly (readonly [name: string, kind: RegExp])[] = [
  ['minUpperCase', /\p{Lu}/u],
  ['minLowerCase', /\p{Ll}/u],
  ['minAlphas', /\p{L}/u],
  ['minNumerals', /\p{Nd}/u],
  ['minSpecialChars', /[^\p{L}\p{Nd}]/u],
];

function checkCharacters(data: JsonObject): void {
  const refused = new Set(text(data, 'disallowedChars'));
  const allowed = new Set(text(data, 'allowedChars'));
  for (const char of text(data, 'requiredChars')) {
    if (refused.has(char))
      throw badRequest('PasswordPolicy.requiredChars and disallowedChars have a character in common.');
    if (allowed.size > 0 && !allowed.has(char)) {
      throw badRequest('PasswordPolicy.requiredChars has a character that allowedChars has not.');
    }
  }
  if (allowed.size > 0 && [...allowed].every((char) => refused.has(char))) {
    throw badRequest('PasswordPolicy.disallowedChars leaves nothing of allowedChars.');
  }
  const longest = number(data, 'maxLength') || LONGEST_PASSWORD;
  const required = new Set(text(data, 'requiredChars')).size;
  if (required > longest) throw badRequest('PasswordPolicy.requiredChars has more characters than maxLength allows.');
  if (allowed.size === 0) return;
  const left = [...allowed].filter((char) => !refused.has(char));
  for (const [name, kind] of KINDS) {
    if (number(data, name) > 0 && !left.some((char) => kind.test(char))) {
      throw badRequest(`PasswordPolicy.${name} asks for characters that allowedChars has not.`);
    }
  }
  for (const name of ['minUniqueChars', 'distinctCharacters']) {
    if (number(data, name) > left.length) {
      throw badRequest(`PasswordPolicy.${name} cannot be more than the characters of allowedChars.`);
    }
  }
}

/**
 * IDCS: a group cannot be assigned to more than one policy ("Set the Password Policies"); the default policy has no groups,
 * because it is for everybody else.
 */
async function checkGroups(context: RequestContext, id: string, data: JsonObject): Promise<void> {
  const groups = groupIds(data);
  if (groups.length === 0) return;
  if (id === DEFAULT_PASSWORD_POLICY_ID) {
    throw badRequest('PasswordPolicy.groups: the default policy counts for everybody and takes no groups.');
  }
  if (data['priority'] === undefined) {
    throw badRequest('Missing required attribute(s): priority.', 'error.common.validation.missingReqAttributes');
  }
  const type = resourceType('PasswordPolicy');
  const attribute = type.resolve('groups.value')!;
  const filter: Filter = { op: 'or', filters: groups.map((value): Filter => ({ op: 'eq', attribute, value })) };
  const query = { type, filter, sortBy: null, descending: false, offset: 0, limit: groups.length + 1 };
  for (const other of (await context.store.resources.search(context.domain.id, query)).resources) {
    if (other.id === id) continue;
    const shared = groupIds(other.data).find((group) => groups.includes(group));
    throw badRequest(
      `PasswordPolicy.groups: Group ${shared} belongs to PasswordPolicy ${String(other.data['name'])} already.`,
    );
  }
}

function atMost(data: JsonObject, name: string, most: number, than: string): void {
  if (number(data, name) > most) throw badRequest(`PasswordPolicy.${name} cannot be more than ${than}.`);
}

function number(data: JsonObject, name: string): number {
  const value = data[name];
  return typeof value === 'number' ? value : 0;
}

function text(data: JsonObject, name: string): string {
  const value = data[name];
  return typeof value === 'string' ? value : '';
}
