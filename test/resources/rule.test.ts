import { beforeAll, describe, expect, it } from 'vitest';
import { PolicyWorld, written } from './policy-world.ts';

const SCHEMA = 'urn:ietf:params:scim:schemas:oracle:idcs:Rule';

let world: PolicyWorld;

beforeAll(async () => {
  world = await PolicyWorld.make();
});

describe('Rules', () => {
  it('are read as they were written, replaced, changed and deleted', async () => {
    // As the Terraform provider tests it: a sign-on rule keeps what it doesn't know.
    const body = {
      schemas: [SCHEMA],
      name: 'everything',
      description: 'text',
      externalId: 'r-1',
      active: false,
      locked: false,
      condition: 'condition',
      ruleGroovy: 'ruleGroovy',
      policyType: { value: 'SignOn' },
      conditionGroup: { value: 'AlwaysTrueCondition', type: 'Condition' },
      return: [{ name: 'name', value: 'value', returnGroovy: 'returnGroovy' }],
    };
    const made = await world.post('Rule', body);
    expect(made.status, made.text).toBe(201);
    const { url } = world.domain;
    const shown = {
      ...body,
      policyType: { value: 'SignOn', $ref: `${url}/admin/v1/PolicyTypes/SignOn` },
      conditionGroup: { ...body.conditionGroup, $ref: `${url}/admin/v1/Conditions/AlwaysTrueCondition` },
    };
    const path = `Rules/${made.body.id}`;
    expect(written(await world.get(path))).toEqual(shown);
    const put = await world.put('Rule', made.body.id, { ...body, active: true, return: [{ name: 'n2', value: 'v2' }] });
    expect(put.body, put.text).toMatchObject({ active: true, return: [{ name: 'n2', value: 'v2' }] });
    const patched = await world.patch(path, { op: 'replace', path: 'name', value: 'renamed' });
    expect(patched.body.name).toBe('renamed');
    expect((await world.get('Rules?filter=name eq "renamed"')).body.totalResults).toBe(1);
    expect((await world.delete(path)).status).toBe(204);
    expect((await world.get(path)).status).toBe(404);
  });

  it('show the name of a group of conditions, as it is now, and none of a single condition', async () => {
    const group = await world.group({ value: 'AlwaysTrueCondition' });
    const rule = await world.rule({ conditionGroup: { value: group, type: 'ConditionGroup' } });
    await world.patch(`ConditionGroups/${group}`, { op: 'replace', path: 'name', value: 'renamed' });
    const { conditionGroup } = (await world.get(`Rules/${rule}`)).body;
    expect(conditionGroup).toEqual({
      value: group,
      type: 'ConditionGroup',
      name: 'renamed',
      $ref: `${world.domain.url}/admin/v1/ConditionGroups/${group}`,
    });
    const back = await world.patch(`Rules/${rule}`, { op: 'replace', path: 'conditionGroup', value: conditionGroup });
    expect(back.body.conditionGroup).toEqual(conditionGroup);
    expect((await world.get('Rules/DefaultIDPRule')).body.conditionGroup).not.toHaveProperty('name');
  });

  it('keep their type', async () => {
    const rule = await world.rule();
    const change = { op: 'replace', path: 'policyType', value: { value: 'AllowAuthz' } };
    expect((await world.patch(`Rules/${rule}`, change)).status).toBe(400);
  });

  it.each([
    ['SignOn', [{ name: 'effect', value: 'MAYBE' }], 'effect'],
    ['SignOn', [{ name: 'reAuthenticate', value: 'yes' }], 'reAuthenticate'],
    ['SignOn', [{ name: 'trustedDevice2FAFrequency', value: 'often' }], 'trustedDevice2FAFrequency'],
    ['SignOn', [{ name: '2FAFactors', value: 'SMS' }], '2FAFactors'],
    ['SignOn', [{ name: '2FAFactors', value: '["PIGEON"]' }], '2FAFactors'],
    ['DenyAuthz', [{ name: 'effect', value: 'true' }], 'effect'],
    ['IdentityProvider', [{ name: 'userChoice', value: '1' }], 'userChoice'],
    ['IdentityProvider', [{ name: 'LocalIDPs', value: '["UserNamePassword"' }], 'LocalIDPs'],
    [
      'AuthenticationTargetApp',
      [
        { name: 'appId', value: 'IDCSAppId' },
        { name: 'identitySourceId', value: 'x' },
      ],
      'Rule.return',
    ],
    [
      'SignOn',
      [
        { name: 'effect', value: 'ALLOW' },
        { name: 'effect', value: 'DENY' },
      ],
      'return',
    ],
    ['SignOn', [{ name: 'effect' }], 'return.value'],
    ['SignOn', [], 'return'],
    ['NoSuchType', [{ name: 'effect', value: 'ALLOW' }], 'Rule.policyType'],
  ])('of the type %s do not return %j', async (value, returned, named) => {
    const answer = await world.post('Rule', world.ruleBody({ policyType: { value }, return: returned }));
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toContain(named);
  });

  it.each([
    ['SignOn', '2FAFactors', '["SMS","TOPT","FIDO"]'],
    ['SignOn', 'authenticationFactor', 'IDP+2FA'],
    ['IdentityProvider', 'LocalIDPs', '["UserNamePassword"]'],
    ['AllowAuthz', 'setHeader', 'USER_NAME=$(user.userName),USER_ID=$(user.id)'],
  ])('of the type %s return %s', async (value, name, text) => {
    const body = world.ruleBody({ policyType: { value }, return: [{ name, value: text }] });
    expect((await world.post('Rule', body)).status).toBe(201);
  });

  it('need a condition that exists', async () => {
    const body = world.ruleBody({ conditionGroup: { value: 'nothing', type: 'Condition' } });
    const answer = await world.post('Rule', body);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('error.common.validation.invalidReferenceResource');
  });

  it('are not deleted while a policy has them', async () => {
    const rule = await world.rule();
    const policy = await world.policy({ rules: [{ value: rule, sequence: 1 }] });
    const refused = await world.delete(`Rules/${rule}`);
    expect(refused.status).toBe(400);
    expect(refused.body.detail).toContain('Policy');
    expect((await world.delete(`Rules/${rule}?forceDelete=true`)).status).toBe(204);
    expect((await world.get(`Policies/${policy}?attributes=rules`)).body).not.toHaveProperty('rules');
  });

  it('that are deleted take along the conditions that nothing else has', async () => {
    const [own, shared, inGroup] = [await world.condition(), await world.condition(), await world.condition()];
    const inner = await world.group({ value: inGroup });
    const outer = await world.group({ value: own }, { value: shared }, { value: inner, type: 'ConditionGroup' });
    const rule = await world.rule({ conditionGroup: { value: outer, type: 'ConditionGroup' } });
    const other = await world.rule({ conditionGroup: { value: shared, type: 'Condition' } });
    expect((await world.delete(`Rules/${rule}`)).status).toBe(204);
    for (const gone of [`Conditions/${own}`, `Conditions/${inGroup}`, `ConditionGroups/${inner}`]) {
      expect((await world.get(gone)).status, gone).toBe(404);
    }
    expect((await world.get(`ConditionGroups/${outer}`)).status).toBe(404);
    expect((await world.get(`Conditions/${shared}`)).status).toBe(200);
    expect((await world.delete(`Rules/${other}`)).status).toBe(204);
    expect((await world.get(`Conditions/${shared}`)).status).toBe(404);
  });

  it('that are deleted leave the conditions that ship', async () => {
    expect((await world.delete(`Rules/${await world.rule()}`)).status).toBe(204);
    expect((await world.get('Conditions/AlwaysTrueCondition')).status).toBe(200);
  });
});
