import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluatePolicy, type PolicyTest, type PolicyTree } from '../../src/policies/evaluate-policy.ts';
import { policyAttribute, userAsSeen } from '../../src/policies/policy-facts.ts';
import { parseConditionValue } from '../../src/resources/condition-value.ts';
import { parseIpRange } from '../../src/resources/ip-range.ts';
import {
  conditionBody,
  GROUPS,
  IPS,
  NAMES,
  type Person,
  policySpecs,
  type RuleSpec,
  saysNaively,
  type Test,
  TITLES,
} from './policy-spec.ts';

const people: fc.Arbitrary<Person> = fc.record({
  userName: fc.constantFrom(...NAMES),
  title: fc.option(fc.constantFrom(...TITLES)),
  groups: fc.uniqueArray(fc.nat(GROUPS.length - 1)),
  ip: fc.constantFrom(...IPS),
});

function testOf(test: Test): PolicyTest {
  if (test.kind === 'group') {
    return { kind: 'group', id: 'g', name: 'g', operator: test.operator, parts: test.parts.map(testOf) };
  }
  const body = conditionBody(test.condition, GROUPS, 'office');
  const value = parseConditionValue(body.operator, body.attributeValue);
  const wanted = { value, ranges: value.kind === 'call' ? [parseIpRange('192.0.2.0/24')] : [] };
  return { kind: 'condition', id: 'c', name: 'c', ...body, attribute: policyAttribute(body.attributeName), wanted };
}

function treeOf(rules: readonly RuleSpec[], changes: Partial<PolicyTree> = {}): PolicyTree {
  return {
    id: 'p',
    name: 'p',
    active: true,
    type: 'SignOn',
    firstRuleDecides: true,
    operation: 'SignOn',
    needsMemberships: true,
    rules: [...rules]
      .sort((one, other) => one.sequence - other.sequence)
      .map(({ sequence, active, effect, test }) => ({
        id: `r${sequence}`,
        name: `r${sequence}`,
        sequence,
        active,
        test: testOf(test),
        returns: [{ name: 'effect', value: effect }],
      })),
    ...changes,
  };
}

function factsOf({ userName, title, groups, ip }: Person, holdsRole: boolean) {
  const user = {
    id: userName,
    ocid: null,
    type: 'User',
    seq: 1,
    version: '',
    created: 0,
    lastModified: 0,
    data: { userName, ...(title === null ? {} : { title }) },
  };
  const role = { id: 'role', name: 'Admins', appId: 'IDCSAppId', appName: 'IDCSApp', adminRole: true };
  const memberships = {
    groups: groups.map((index) => ({ id: GROUPS[index]!, name: `group ${GROUPS[index]}` })),
    appRoles: [{ ...role, id: 'other', adminRole: false }, ...(holdsRole ? [role] : [])],
  };
  return {
    user: userAsSeen(user, memberships),
    userId: user.id,
    ip,
    authenticatedBy: ['UserNamePassword'],
    action: 'Login',
    operation: null,
    url: null,
    now: 0,
  };
}

describe('evaluatePolicy', () => {
  it('says of random policies and people what a naive reading says', () => {
    fc.assert(
      fc.property(policySpecs, people, fc.boolean(), (rules, person, holdsRole) => {
        const { effect, rule, trace } = evaluatePolicy(treeOf(rules), factsOf(person, holdsRole));
        expect(effect).toBe(saysNaively(rules, person, holdsRole));
        const held = trace.filter(({ holds }) => holds);
        expect(held.map((each) => each.rule)).toEqual(rule === null ? [] : [rule.id]);
      }),
      { numRuns: 1000 },
    );
  });

  it('of a type of which all rules count goes through all of them', () => {
    fc.assert(
      fc.property(policySpecs, people, fc.boolean(), (rules, person, holdsRole) => {
        const tree = treeOf(rules, { firstRuleDecides: false, type: 'IdentityProvider' });
        expect(evaluatePolicy(tree, factsOf(person, holdsRole)).trace).toHaveLength(rules.length);
      }),
    );
  });
});
