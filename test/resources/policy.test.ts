import { beforeAll, describe, expect, it } from 'vitest';
import { MY_SCOPES, newClient } from '../oauth/token/assertion-fixture.ts';
import { PolicyWorld, written } from './policy-world.ts';

const SCHEMA = 'urn:ietf:params:scim:schemas:oracle:idcs:Policy';

let world: PolicyWorld;

beforeAll(async () => {
  world = await PolicyWorld.make();
});

describe('Policies', () => {
  it('are read as they were written, replaced, changed and deleted; rules come on request', async () => {
    const rules = [{ value: await world.rule(), sequence: 10 }];
    const body = {
      schemas: [SCHEMA],
      name: 'Sign-on of staff',
      description: 'text',
      externalId: 'p-1',
      active: true,
      policyGroovy: 'policyGroovy',
      policyType: { value: 'SignOn' },
    };
    const made = await world.post('Policy', { ...body, rules }, 'Policies');
    expect(made.status, made.text).toBe(201);
    const { url } = world.domain;
    const shown = { ...body, policyType: { value: 'SignOn', $ref: `${url}/admin/v1/PolicyTypes/SignOn` } };
    expect(written(made)).toEqual(shown);
    const path = `Policies/${made.body.id}`;
    expect(written(await world.get(path))).toEqual(shown);
    const asked = await world.get(`${path}?attributes=rules`);
    const $ref = `${url}/admin/v1/Rules/${rules[0]!.value}`;
    expect(asked.body).toEqual({ id: made.body.id, name: body.name, rules: [{ ...rules[0], $ref }] });
    const put = await world.put('Policy', made.body.id, { ...body, active: false }, 'Policies');
    expect(written(put)).toEqual({ ...shown, active: false });
    expect((await world.get(`${path}?attributes=rules.value`)).body.rules).toEqual([{ value: rules[0]!.value }]);
    const second = { value: await world.rule(), sequence: 5 };
    const patched = await world.patch(path, { op: 'add', path: 'rules', value: [second] });
    expect(written(patched)).toEqual({ ...shown, active: false });
    const all = await world.get(`${path}?attributeSets=all`);
    expect(all.body.rules).toMatchObject([rules[0]!, { ...second, name: expect.stringMatching(/^rule/) }]);
    const found = await world.get(`Policies?filter=rules.value eq "${second.value}"`);
    expect(found.body.Resources.map(({ id }: { id: string }) => id)).toEqual([made.body.id]);
    expect((await world.delete(path)).status).toBe(204);
    expect((await world.get(path)).status).toBe(404);
    expect((await world.get(`Rules/${second.value}`)).status).toBe(200);
  });

  it('have rules of their own type, each once and with its own sequence', async () => {
    const [one, two, other] = [
      await world.rule(),
      await world.rule(),
      await world.rule({ policyType: { value: 'IdentityProvider' }, return: [{ name: 'userChoice', value: 'true' }] }),
    ];
    const refused = async (...rules: { value: string; sequence: number }[]) => {
      const answer = await world.post('Policy', { name: 'bad', policyType: { value: 'SignOn' }, rules }, 'Policies');
      expect(answer.status, JSON.stringify(rules)).toBe(400);
      expect(answer.body.detail).toContain('rules');
    };
    await refused({ value: one, sequence: 1 }, { value: two, sequence: 1 });
    await refused({ value: one, sequence: 1 }, { value: one, sequence: 2 });
    await refused({ value: other, sequence: 1 });
    await refused({ value: 'nothing', sequence: 1 });
    await refused({ value: one, sequence: -1 });
    const policy = await world.policy({ rules: [{ value: one, sequence: 1 }] });
    const add = (value: string, sequence: number) =>
      world.patch(`Policies/${policy}`, { op: 'add', path: 'rules', value: [{ value, sequence }] });
    expect((await add(two, 1)).status).toBe(400);
    expect((await add(other, 2)).status).toBe(400);
    expect((await add(two, 2)).status).toBe(200);
  });

  it('need a name and a type that exists and does not change', async () => {
    const post = (body: Record<string, unknown>) => world.post('Policy', body as never, 'Policies');
    expect((await post({ policyType: { value: 'SignOn' } })).status).toBe(400);
    expect((await post({ name: 'x' })).status).toBe(400);
    expect((await post({ name: 'x', policyType: { value: 'NoSuchType' } })).status).toBe(400);
    const policy = await world.policy();
    const change = { op: 'replace', path: 'policyType.value', value: 'IdentityProvider' };
    expect((await world.patch(`Policies/${policy}`, change)).status).toBe(400);
  });

  it('are not deleted while an application has them', async () => {
    const policy = await world.policy();
    const app = await world.app({ appSignonPolicy: { value: policy } });
    expect(app.body.appSignonPolicy, app.text).toEqual({
      value: policy,
      $ref: `${world.domain.url}/admin/v1/Policies/${policy}`,
    });
    expect((await world.delete(`Policies/${policy}`)).status).toBe(400);
    expect((await world.delete(`Policies/${policy}?forceDelete=true`)).status).toBe(204);
    expect((await world.get(`Apps/${app.body.id}`)).body).not.toHaveProperty('appSignonPolicy');
  });

  it('of applications exist and have the type that fits', async () => {
    for (const [name, value] of [
      ['signonPolicy', 'nothing'],
      ['signonPolicy', 'DefaultIDPPolicy'],
      ['appSignonPolicy', 'DefaultIDPPolicy'],
      ['idpPolicy', 'DefaultSignOnPolicy'],
      ['radiusPolicy', 'nothing'],
    ] as const) {
      const answer = await world.app({ [name]: { value } });
      expect(answer.status, name).toBe(400);
      expect(answer.body.detail).toContain(`App.${name}`);
    }
    const app = await world.app({ idpPolicy: { value: 'DefaultIDPPolicy' } });
    expect(app.status, app.text).toBe(201);
    const change = { op: 'replace', path: 'idpPolicy', value: { value: 'DefaultSignOnPolicy' } };
    expect((await world.patch(`Apps/${app.body.id}`, change)).status).toBe(400);
  });

  it('can be set back to what ships by Bulk', async () => {
    // flows.md B8: the migration tool's reset.
    const condition = { name: 'Default Sign-On Condition', attributeName: 'target.action', operator: 'eq' };
    const Operations = [
      {
        method: 'PUT',
        path: '/Conditions/DefaultSignOnCondition',
        data: {
          schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:Condition'],
          ...condition,
          attributeValue: '"Login"',
        },
      },
      {
        method: 'PATCH',
        path: '/Rules/DefaultSignOnRule',
        data: {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
          Operations: [
            {
              op: 'replace',
              path: 'conditionGroup',
              value: { value: 'DefaultSignOnCondition', type: 'Condition' },
            },
            { op: 'replace', path: 'return', value: [{ name: 'effect', value: 'ALLOW' }] },
          ],
        },
      },
      {
        method: 'PUT',
        path: '/Policies/DefaultSignOnPolicy',
        data: {
          schemas: [SCHEMA],
          name: 'Default Sign-On Policy',
          active: true,
          policyType: { value: 'SignOn' },
          rules: [{ value: 'DefaultSignOnRule', sequence: 1 }],
        },
      },
    ];
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'];
    const answer = await world.domain.send('POST', '/admin/v1/Bulk', { body: { schemas, Operations } });
    const statuses = answer.body.Operations.map(({ status }: { status: string }) => status);
    expect(statuses, answer.text).toEqual(['200', '200', '200']);
  });

  it('and their rules may be made in one Bulk, by bulkId', async () => {
    const rule = world.ruleBody({ conditionGroup: { value: 'bulkId:c', type: 'Condition' } });
    const urn = 'urn:ietf:params:scim:schemas:oracle:idcs:';
    const condition = { name: 'of bulk', attributeName: 'a', operator: 'eq', attributeValue: 'b' };
    const Operations = [
      { method: 'POST', path: '/Conditions', bulkId: 'c', data: { schemas: [`${urn}Condition`], ...condition } },
      { method: 'POST', path: '/Rules', bulkId: 'r', data: { schemas: [`${urn}Rule`], ...rule } },
      {
        method: 'POST',
        path: '/Policies',
        bulkId: 'p',
        data: {
          schemas: [SCHEMA],
          name: 'of bulk',
          policyType: { value: 'SignOn' },
          rules: [{ value: 'bulkId:r', sequence: 1 }],
        },
      },
    ];
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'];
    const answer = await world.domain.send('POST', '/admin/v1/Bulk', { body: { schemas, Operations } });
    const statuses = answer.body.Operations.map(({ status }: { status: string }) => status);
    expect(statuses, answer.text).toEqual(['201', '201', '201']);
  });
});

describe('who may', () => {
  const PATHS = ['Policies', 'Rules', 'Conditions', 'ConditionGroups', 'NetworkPerimeters'];

  it('read and change policies is a matter of AppRoles', async () => {
    const security = await tokenWith('Security Administrator');
    const nobody = await tokenWith('User Administrator');
    const send = (method: string, path: string, token: string | null) =>
      world.domain.send(method, `/admin/v1/${path}`, method === 'POST' ? { token, body: {} } : { token });
    for (const path of PATHS) {
      expect((await send('GET', path, null)).status, path).toBe(401);
      expect((await send('GET', path, nobody)).status, path).toBe(401);
      expect((await send('POST', path, nobody)).status, path).toBe(401);
      expect((await send('GET', path, security)).status, path).toBe(200);
      expect((await send('POST', path, security)).status, path).toBe(400);
    }
    expect((await send('GET', 'PolicyTypes', nobody)).status).toBe(200);
    // In no table: for Identity Domain Administrators (rulings).
    expect((await send('GET', 'AppResources', security)).status).toBe(401);
  });
});

/** A token of a client that has one AppRole of the domain. */
async function tokenWith(role: string): Promise<string> {
  const { domain } = world;
  const holder = await newClient(domain, `has_${role.replace(/ /g, '_')}`);
  const found = await domain.send('GET', `/admin/v1/AppRoles?filter=displayName eq "${role}"`);
  const grant = {
    grantee: { type: 'App', value: holder.appId },
    app: { value: 'IDCSAppId' },
    entitlement: { attributeName: 'appRoles', attributeValue: found.body.Resources[0].id },
    grantMechanism: 'ADMINISTRATOR_TO_APP',
  };
  expect((await world.post('Grant', grant)).status).toBe(201);
  const form = { grant_type: 'client_credentials', scope: MY_SCOPES };
  return (await domain.tokenRequest(form, holder)).body.access_token;
}
