import fc from 'fast-check';

/*
 * Random policies over a small world of people, and a naive reading of what they say, which shares nothing with src/policies.
 */

/** Somebody who asks: what conditions can see of them. */
export interface Person {
  readonly userName: string;
  readonly title: string | null;
  /** Indexes of GROUPS. */
  readonly groups: readonly number[];
  readonly ip: string;
}

export const GROUPS = ['red', 'green', 'blue'] as const;
export const NAMES = ['ann', 'bob', 'cid', 'dee'] as const;
export const TITLES = ['Engineer', 'Manager'] as const;
/** Addresses inside and outside of 192.0.2.0/24. */
export const IPS = ['192.0.2.1', '192.0.2.200', '198.51.100.1', '2001:db8::1'] as const;

/** A comparison. */
export type Comparison =
  | { readonly about: 'group'; readonly operator: 'coany'; readonly wanted: readonly number[] }
  | { readonly about: 'name'; readonly operator: 'in' | 'nin'; readonly wanted: readonly string[] }
  | { readonly about: 'title'; readonly operator: 'eq' | 'ne' | 'sw' | 'co'; readonly wanted: string }
  | { readonly about: 'ip'; readonly operator: 'eq' | 'ne' }
  | { readonly about: 'role'; readonly operator: 'co' };

/** A comparison, or several tests together. */
export type Test =
  | { readonly kind: 'condition'; readonly condition: Comparison }
  | { readonly kind: 'group'; readonly operator: 'and' | 'or'; readonly parts: readonly Test[] };

export interface RuleSpec {
  readonly active: boolean;
  readonly effect: 'ALLOW' | 'DENY';
  readonly test: Test;
  readonly sequence: number;
}

export const comparisons: fc.Arbitrary<Comparison> = fc.oneof(
  fc.record({
    about: fc.constant('group' as const),
    operator: fc.constant('coany' as const),
    wanted: fc.uniqueArray(fc.nat(GROUPS.length - 1), { minLength: 1 }),
  }),
  fc.record({
    about: fc.constant('name' as const),
    operator: fc.constantFrom('in' as const, 'nin' as const),
    wanted: fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 2 }),
  }),
  fc.record({
    about: fc.constant('title' as const),
    operator: fc.constantFrom('eq' as const, 'ne' as const, 'sw' as const, 'co' as const),
    wanted: fc.constantFrom('engineer', 'Manager', 'E', 'na'),
  }),
  fc.record({ about: fc.constant('ip' as const), operator: fc.constantFrom('eq' as const, 'ne' as const) }),
  fc.constant({ about: 'role' as const, operator: 'co' as const }),
);

const tests = (depth: number): fc.Arbitrary<Test> => {
  const one = fc.record({ kind: fc.constant('condition' as const), condition: comparisons });
  if (depth === 0) return one;
  const several = fc.record({
    kind: fc.constant('group' as const),
    operator: fc.constantFrom('and' as const, 'or' as const),
    parts: fc.array(tests(depth - 1), { minLength: 1, maxLength: 3 }),
  });
  return fc.oneof(one, several);
};

/** Rules with sequences of their own, in any order. */
export const policySpecs: fc.Arbitrary<readonly RuleSpec[]> = fc.uniqueArray(
  fc.record({
    active: fc.boolean(),
    effect: fc.constantFrom('ALLOW' as const, 'DENY' as const),
    test: tests(3),
    sequence: fc.nat(20),
  }),
  { selector: ({ sequence }) => sequence, maxLength: 4 },
);

/** @param holdsRole whether the person holds an administrator's AppRole, directly or through a group */
export function saysNaively(rules: readonly RuleSpec[], person: Person, holdsRole: boolean): 'ALLOW' | 'DENY' {
  let best: RuleSpec | null = null;
  for (const rule of rules) {
    if (rule.active && isTrue(rule.test, person, holdsRole) && (best === null || rule.sequence < best.sequence))
      best = rule;
  }
  return best === null ? 'DENY' : best.effect;
}

function isTrue(test: Test, person: Person, holdsRole: boolean): boolean {
  if (test.kind === 'condition') return compares(test.condition, person, holdsRole);
  const results = test.parts.map((part) => isTrue(part, person, holdsRole));
  return test.operator === 'and' ? !results.includes(false) : results.includes(true);
}

function compares(condition: Comparison, person: Person, holdsRole: boolean): boolean {
  switch (condition.about) {
    case 'group':
      return condition.wanted.some((group) => person.groups.includes(group));
    case 'name':
      return condition.wanted.includes(person.userName) === (condition.operator === 'in');
    case 'ip':
      return person.ip.startsWith('192.0.2.') === (condition.operator === 'eq');
    case 'role':
      return holdsRole;
    case 'title': {
      const title = person.title?.toLowerCase();
      const wanted = condition.wanted.toLowerCase();
      if (condition.operator === 'ne') return title !== wanted;
      if (title === undefined) return false;
      if (condition.operator === 'eq') return title === wanted;
      return condition.operator === 'sw' ? title.indexOf(wanted) === 0 : title.indexOf(wanted) !== -1;
    }
  }
}

const APP_ROLES = 'user.urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User:appRoles[*].adminRole';

/** The comparison as a Condition has it. */
export function conditionBody(
  condition: Comparison,
  groupIds: readonly string[],
  perimeterId: string,
): { attributeName: string; operator: string; attributeValue: string } {
  const { operator } = condition;
  switch (condition.about) {
    case 'group': {
      const ids = condition.wanted.map((index) => groupIds[index]);
      return { attributeName: 'user.groups[*].value', operator, attributeValue: JSON.stringify(ids) };
    }
    case 'name':
      return { attributeName: 'user.userName', operator, attributeValue: JSON.stringify(condition.wanted) };
    case 'title':
      return { attributeName: 'user.title', operator, attributeValue: condition.wanted };
    case 'ip':
      return { attributeName: 'subject.ip', operator, attributeValue: `#inIPRange("${perimeterId}")` };
    case 'role':
      return { attributeName: APP_ROLES, operator, attributeValue: '["true"]' };
  }
}
