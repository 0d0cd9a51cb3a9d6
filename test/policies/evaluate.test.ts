import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { PolicyWorld } from '../resources/policy-world.ts';
import type { Answer } from '../support/emulator.ts';

const USER = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User';

let world: PolicyWorld;
let jane: string;
let staff: string;
let office: string;

beforeAll(async () => {
  world = await PolicyWorld.make();
  const user = await world.domain.createUser('Jane', {
    title: 'Engineer',
    emails: [
      { value: 'jane@example.com', type: 'work', primary: true },
      { value: 'jane@home.example', type: 'recovery' },
    ],
  });
  jane = user.id;
  staff = (await world.domain.createGroup('Staff', [jane])).id;
  const perimeter = await world.post('NetworkPerimeter', {
    name: 'The office',
    ipAddresses: [{ value: '192.0.2.0/24' }, { value: '2001:db8::1-2001:db8::ff' }],
  });
  expect(perimeter.status, perimeter.text).toBe(201);
  office = perimeter.body.id;
});

function evaluate(body: JsonObject): Promise<Answer> {
  return world.domain.send('POST', '/_emulator/policies/evaluate', { body, token: null });
}

/** Whether one comparison holds for Jane: the policy's only rule has it. */
async function holds(attributeName: string, operator: string, attributeValue: string, more: JsonObject = {}) {
  const condition = await world.condition({ attributeName, operator, attributeValue });
  const rule = await world.rule({ conditionGroup: { value: condition, type: 'Condition' } });
  const policy = await world.policy({ active: true, rules: [{ value: rule, sequence: 1 }] });
  const { status, body, text } = await evaluate({ policy, user: jane, ...more });
  expect(status, text).toBe(200);
  return body.effect === 'ALLOW';
}

describe('one condition', () => {
  it.each([
    ['user.userName', 'eq', 'jane', true],
    ['user.userName', 'eq', '"JANE"', true],
    ['user.userName', 'ne', 'jane', false],
    ['user.userName', 'nin', '["jane", "joe"]', false],
    ['user.userName', 'nin', '["joe"]', true],
    ['user.userName', 'co', 'an', true],
    ['user.userName', 'sw', 'ja', true],
    ['user.userName', 'ew', 'ja', false],
    ['user.title', 'in', '["engineer"]', true],
    ['user.nickName', 'ne', 'x', true],
    ['user.nickName', 'eq', 'x', false],
    ['user.emails[primary=true].value', 'eq', 'jane@example.com', true],
    ['user.emails[type eq "recovery"].value', 'ew', 'home.example', true],
    ['user.emails[type eq "home"].value', 'ne', 'x', true],
    ['user.emails[*].value', 'in', '["jane@home.example"]', true],
    ['user.groups[*].value', 'coany', '["AllUsersId"]', true],
    ['user.groups[*].display', 'coany', '["staff"]', true],
    ['user.groups[*].display', 'coany', '["sta"]', false],
    [`user.${USER}:appRoles[*].adminRole`, 'co', '["true"]', false],
    ['user.meta.created', 'gt', '2020-01-01T00:00:00Z', true],
    ['user.meta.created', 'lt', '2020-01-01T00:00:00Z', false],
    ['user.password', 'ne', 'x', true],
    ['subject.authenticatedBy', 'in', '["UserNamePassword"]', true],
    ['subject.ip', 'eq', 'x', false],
    ['target.action', 'eq', '"Login"', true],
    ['operation', 'eq', 'SignOn', true],
    ['isAuthenticatedUser', 'eq', 'true', true],
    ['userRiskLevel', 'le', '10', false],
    ['userRiskScore', 'eq', 'Low', false],
    ['a', 'eq', 'a', true],
    ['request.timeOfDay', 'ge', '00:00', true],
    ['user.emails[bad filter', 'eq', 'x', false],
  ])('%s %s %s: %s', async (attributeName, operator, attributeValue, expected) => {
    expect(await holds(attributeName, operator, attributeValue)).toBe(expected);
  });

  it('asks for a group by its id', async () => {
    expect(await holds('user.groups[*].value', 'coany', JSON.stringify([staff]))).toBe(true);
  });

  it.each([
    ['192.0.2.77', true],
    ['::ffff:192.0.2.77', true],
    ['192.0.3.1', false],
    ['2001:db8::2', true],
    ['2001:db8::100', false],
  ])('finds %s in a perimeter: %s', async (ip, expected) => {
    expect(await holds('subject.ip', 'eq', `#inIPRange("${office}")`, { ip })).toBe(expected);
    expect(await holds('clientIp', 'eq', '#inIPRange(nowhere, The office)', { ip })).toBe(expected);
    expect(await holds('subject.ip', 'ne', `#inIPRange("${office}")`, { ip })).toBe(!expected);
  });
});

describe('a policy', () => {
  it('is decided by the first rule that holds, and says why', async () => {
    const never = await world.condition({ attributeValue: 'joe' });
    const always = await world.condition({ attributeValue: 'jane' });
    const both = await world.group({ value: always, type: 'Condition' }, { value: never, type: 'Condition' });
    const first = await world.rule({ conditionGroup: { value: both, type: 'ConditionGroup' } });
    const off = await world.rule({ active: false });
    const denies = await world.rule({
      conditionGroup: { value: always, type: 'Condition' },
      return: [
        { name: 'effect', value: 'DENY' },
        { name: 'reAuthenticate', value: 'true' },
      ],
    });
    const last = await world.rule();
    const rules = [last, denies, first, off].map((value, index) => ({ value, sequence: [9, 5, 1, 3][index]! }));
    const policy = await world.policy({ active: true, rules });
    const { body } = await evaluate({ policy, user: jane });
    expect(body).toMatchObject({
      effect: 'DENY',
      policy: { id: policy },
      rule: { id: denies },
      obligations: { effect: 'DENY', reAuthenticate: 'true' },
    });
    expect(body.trace.map((each: { rule: string; holds: boolean }) => [each.rule, each.holds])).toEqual([
      [first, false],
      [off, false],
      [denies, true],
    ]);
    expect(body.trace[1].skipped).toBe('the rule is not active');
    expect(body.trace[0].test).toMatchObject({
      id: both,
      operator: 'and',
      holds: false,
      parts: [
        { id: always, holds: true, found: ['Jane'] },
        { id: never, holds: false },
      ],
    });
  });

  it('of the type SignOn denies when no rule holds; one that is not active says nothing', async () => {
    const policy = await world.policy({ active: true });
    expect((await evaluate({ policy, user: jane })).body).toEqual({
      effect: 'DENY',
      policy: { id: policy, name: expect.any(String) },
      obligations: {},
      trace: [],
    });
    await world.patch(`Policies/${policy}`, { op: 'replace', path: 'active', value: false });
    expect((await evaluate({ policy, user: jane })).body).toMatchObject({
      effect: 'NONE',
      note: 'the policy is not active',
    });
  });

  it('whose groups share parts, level by level, is decided at once', async () => {
    const condition = { value: await world.condition(), type: 'Condition' };
    let [left, right] = [await world.group(condition), await world.group(condition)];
    for (let level = 0; level < 20; level++) {
      const both = [left, right].map((value) => ({ value, type: 'ConditionGroup' }));
      [left, right] = [await world.group(...both), await world.group(...both)];
    }
    const rule = await world.rule({ conditionGroup: { value: left, type: 'ConditionGroup' } });
    const policy = await world.policy({ active: true, rules: [{ value: rule, sequence: 1 }] });
    const { body, text } = await evaluate({ policy, user: jane });
    expect(body.effect).toBe('ALLOW');
    expect(text.length).toBeLessThan(20_000);
  });

  it('is read anew after a change of anything below it', async () => {
    const condition = await world.condition();
    const group = await world.group({ value: condition, type: 'Condition' });
    const rule = await world.rule({ conditionGroup: { value: group, type: 'ConditionGroup' } });
    const policy = await world.policy({ active: true, rules: [{ value: rule, sequence: 1 }] });
    const effect = async () => (await evaluate({ policy, user: jane })).body.effect;
    expect(await effect()).toBe('ALLOW');
    await world.patch(`Conditions/${condition}`, { op: 'replace', path: 'operator', value: 'ne' });
    expect(await effect()).toBe('DENY');
    const more = { value: 'AlwaysTrueCondition', type: 'Condition' };
    await world.patch(
      `ConditionGroups/${group}`,
      { op: 'replace', path: 'operator', value: 'or' },
      { op: 'add', path: 'conditions', value: [more] },
    );
    expect(await effect()).toBe('ALLOW');
    await world.patch(`Rules/${rule}`, { op: 'replace', path: 'return', value: [{ name: 'effect', value: 'DENY' }] });
    expect(await effect()).toBe('DENY');
  });

  it('of identity providers joins what its rules return', async () => {
    const rules = [];
    for (const [sequence, ids] of [
      [1, '["a", "b"]'],
      [2, '["b", "c"]'],
    ] as const) {
      const value = await world.rule({
        policyType: { value: 'IdentityProvider' },
        return: [
          { name: 'SamlIDPs', value: ids },
          { name: 'userChoice', value: String(sequence === 1) },
        ],
      });
      rules.push({ value, sequence });
    }
    const policy = await world.policy({ active: true, policyType: { value: 'IdentityProvider' }, rules });
    const { body } = await evaluate({ policy, user: jane });
    expect(body).toMatchObject({ effect: 'NONE', obligations: { SamlIDPs: '["a","b","c"]', userChoice: 'true' } });
  });

  it.each(['DefaultSignOnPolicy', 'DefaultIDPPolicy', 'DefaultAuthenticationTargetAppPolicy'])(
    '%s of a new domain holds for everybody',
    async (policy) => {
      const { body } = await evaluate({ policy, user: jane });
      expect(body.effect).toBe(policy === 'DefaultSignOnPolicy' ? 'ALLOW' : 'NONE');
      expect(body.rule.id).toMatch(/Rule$/);
    },
  );
});

describe('evaluate', () => {
  it.each([
    [{ policy: 'DefaultSignOnPolicy' }, 400, 'user'],
    [{ policy: 'DefaultSignOnPolicy', user: 'x', ip: '300.1.1.1' }, 400, 'ip'],
    [{ policy: 'DefaultSignOnPolicy', user: 'x\0' }, 400, 'user'],
    [{ user: 'x' }, 400, 'policy'],
    [{ app: 'x', user: 'admin@example.com' }, 404, 'User'],
    [{ policy: 'x', user: 'x' }, 404, 'Policy'],
    [{ policy: 'DefaultSignOnPolicy', user: 'x' }, 404, 'User'],
    [{ policy: 'DefaultSignOnPolicy', user: 'x', more: 1 }, 400, 'more'],
  ])('refuses %j', async (body, status, named) => {
    const answer = await evaluate(body as JsonObject);
    expect(answer.status).toBe(status);
    expect(answer.body.detail).toContain(named);
  });
});
