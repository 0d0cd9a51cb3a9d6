import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { PolicyWorld } from '../resources/policy-world.ts';
import {
  conditionBody,
  GROUPS,
  IPS,
  NAMES,
  type Person,
  policySpecs,
  saysNaively,
  type Test,
  TITLES,
} from './policy-spec.ts';

const POLICIES = 4;

/*
 * Random users, groups, grants and policies in a domain: what the engine says over HTTP is what a naive reading says of what was
 * asked for. Groups nest in conditions; a group of users can't have another one as its member (docs/policies.md).
 */
it('decides about random people, groups, grants and policies as a naive reading does', async () => {
  const world = await PolicyWorld.make();
  const { domain } = world;
  const seed = 20_261_126;
  const memberships = fc.sample(fc.uniqueArray(fc.nat(GROUPS.length - 1)), { numRuns: NAMES.length, seed });
  const titles = fc.sample(fc.option(fc.constantFrom(...TITLES)), { numRuns: NAMES.length, seed });
  const directly = fc.sample(fc.boolean(), { numRuns: NAMES.length, seed });
  const byGroup = [true, false, false];

  const userIds: string[] = [];
  for (const [index, name] of NAMES.entries()) {
    const title = titles[index];
    userIds.push((await domain.createUser(name, title == null ? {} : { title })).id);
  }
  const groupIds: string[] = [];
  for (const [group, name] of GROUPS.entries()) {
    const members = userIds.filter((_id, index) => memberships[index]!.includes(group));
    groupIds.push((await domain.createGroup(name, members)).id);
  }
  const perimeter = await world.post('NetworkPerimeter', { name: 'office', ipAddresses: [{ value: '192.0.2.0/24' }] });
  const { body: roles } = await world.get('AppRoles?filter=displayName eq "Audit Administrator"');
  const grant = async (type: 'User' | 'Group', value: string) => {
    const { status, text } = await world.post('Grant', {
      grantMechanism: `ADMINISTRATOR_TO_${type.toUpperCase()}`,
      app: { value: 'IDCSAppId' },
      entitlement: { attributeName: 'appRoles', attributeValue: roles.Resources[0].id },
      grantee: { type, value },
    });
    expect(status, text).toBe(201);
  };
  for (const [index, id] of userIds.entries()) if (directly[index]) await grant('User', id);
  for (const [index, id] of groupIds.entries()) if (byGroup[index]) await grant('Group', id);
  const holdsRole = NAMES.map(
    (_name, index) => directly[index]! || memberships[index]!.some((group) => byGroup[group]),
  );
  expect(new Set(holdsRole).size).toBe(2);

  const makeTest = async (test: Test): Promise<JsonObject> => {
    if (test.kind === 'condition') {
      const value = await world.condition(conditionBody(test.condition, groupIds, perimeter.body.id));
      return { value, type: 'Condition' };
    }
    const parts: JsonObject[] = [];
    for (const part of test.parts) parts.push(await makeTest(part));
    count++;
    const made = await world.post('ConditionGroup', { name: `g${count}`, operator: test.operator, conditions: parts });
    expect(made.status, made.text).toBe(201);
    return { value: made.body.id, type: 'ConditionGroup' };
  };
  let count = 0;
  for (const rules of fc.sample(policySpecs, { numRuns: POLICIES, seed })) {
    const references: JsonObject[] = [];
    for (const { test, effect, active, sequence } of rules) {
      const conditionGroup = await makeTest(test);
      const value = await world.rule({ active, conditionGroup, return: [{ name: 'effect', value: effect }] });
      references.push({ value, sequence });
    }
    const policy = await world.policy({ active: true, ...(references.length === 0 ? {} : { rules: references }) });
    for (const [index, userName] of NAMES.entries()) {
      const ip = IPS[(count + index) % IPS.length]!;
      const person: Person = { userName, title: titles[index] ?? null, groups: memberships[index]!, ip };
      const { body } = await domain.send('POST', '/_emulator/policies/evaluate', {
        body: { policy, user: userIds[index]!, ip },
      });
      expect(body.effect, JSON.stringify({ rules, person, body })).toBe(saysNaively(rules, person, holdsRole[index]!));
    }
  }
});
