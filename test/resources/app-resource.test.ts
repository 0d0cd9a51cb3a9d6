import { beforeAll, describe, expect, it } from 'vitest';
import { PolicyWorld, written } from './policy-world.ts';

const SCHEMA = 'urn:ietf:params:scim:schemas:oracle:idcs:AppResource';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:enterpriseApp:App';

let world: PolicyWorld;
let app: string;

beforeAll(async () => {
  world = await PolicyWorld.make();
  app = (await enterpriseApp()).id;
});

async function enterpriseApp() {
  const template = { basedOnTemplate: { value: 'CustomEnterpriseAppTemplateId' } };
  const made = await world.app({ ...template, isOAuthClient: false, clientType: null, isEnterpriseApp: true });
  expect(made.status, made.text).toBe(201);
  return made.body;
}

describe('AppResources', () => {
  it('are read as they were written, replaced, changed and deleted', async () => {
    const body = { schemas: [SCHEMA], name: 'reports', resourceURL: '/reports/', description: 'text', isRegex: false };
    const made = await world.post('AppResource', { ...body, app: { value: app } });
    expect(made.status, made.text).toBe(201);
    const { displayName } = (await world.get(`Apps/${app}`)).body;
    const reference = { value: app, display: displayName, $ref: `${world.domain.url}/admin/v1/Apps/${app}` };
    expect(written(made)).toEqual({ ...body, app: reference });
    const path = `AppResources/${made.body.id}`;
    const put = await world.put('AppResource', made.body.id, { ...body, resourceURL: '/all', app: { value: app } });
    expect(written(put)).toEqual({ ...body, resourceURL: '/all', app: reference });
    const patched = await world.patch(path, { op: 'replace', path: 'isRegex', value: true });
    expect(patched.body.isRegex).toBe(true);
    expect((await world.get(`AppResources?filter=app.value eq "${app}"`)).body.totalResults).toBe(1);
    expect((await world.delete(path)).status).toBe(204);
    expect((await world.get(path)).status).toBe(404);
  });

  it.each([
    [{ resourceURL: '/a(', isRegex: true }, 'resourceURL'],
    [{ resourceURL: 'a b' }, 'resourceURL'],
    [{ resourceURL: 'javascript:alert(1)' }, 'resourceURL'],
    [{ resourceURL: null }, 'resourceURL'],
    [{ name: null }, 'name'],
    [{ app: null }, 'app'],
    [{ app: { value: 'nothing' } }, 'AppResource.app'],
  ])('%j is refused', async (changes, named) => {
    const answer = await world.post('AppResource', {
      name: 'x',
      resourceURL: '/x',
      app: { value: app },
      ...changes,
    });
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toContain(named);
  });

  it('belong to one application, list there, and go with it', async () => {
    const other = await enterpriseApp();
    const make = async (name: string) =>
      (await world.post('AppResource', { name, resourceURL: `/${name}`, app: { value: other.id } })).body.id;
    const [one, two] = [await make('one'), await make('two')];
    const path = `${ENTERPRISE}:appResources`;
    const foreign = await world.patch(`Apps/${app}`, { op: 'replace', path, value: [{ value: one }] });
    expect(foreign.status).toBe(400);
    expect(foreign.body.detail).toContain('App.appResources');
    const listed = await world.patch(`Apps/${other.id}`, { op: 'replace', path, value: [{ value: one }] });
    expect(listed.body[ENTERPRISE].appResources, listed.text).toEqual([
      { value: one, $ref: `${world.domain.url}/admin/v1/AppResources/${one}` },
    ]);
    expect((await world.delete(`AppResources/${one}`)).status).toBe(400);
    expect((await world.delete(`Apps/${other.id}`)).status).toBe(204);
    for (const id of [one, two]) expect((await world.get(`AppResources/${id}`)).status).toBe(404);
  });
});

describe('an enterprise application', () => {
  it('is made with its two authorization policies, which go with it', async () => {
    const body = await enterpriseApp();
    expect(body.schemas).toContain(ENTERPRISE);
    const policies = [
      [body[ENTERPRISE].allowAuthzPolicy, 'Allow Authorization policy', 'AllowAuthz'],
      [body[ENTERPRISE].denyAuthzPolicy, 'Deny Authorization policy', 'DenyAuthz'],
    ];
    for (const [{ value, $ref }, name, type] of policies) {
      expect($ref).toBe(`${world.domain.url}/admin/v1/Policies/${value}`);
      const policy = await world.get(`Policies/${value}`);
      expect(policy.body).toMatchObject({ name, active: false, policyType: { value: type } });
      expect(policy.body.ocid).toMatch(/^ocid1\.domainpolicy\./);
    }
    expect((await world.delete(`Apps/${body.id}`)).status).toBe(204);
    for (const [{ value }] of policies) expect((await world.get(`Policies/${value}`)).status).toBe(404);
  });

  it('gets rules as the documentation shows it (B7)', async () => {
    const body = await enterpriseApp();
    const policy = body[ENTERPRISE].allowAuthzPolicy.value;
    const perimeter = await world.post('NetworkPerimeter', { name: 'b7', ipAddresses: [{ value: '10.0.0.0/8' }] });
    const roles = 'user.urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User:appRoles[*].adminRole';
    const conditions = [
      { attributeName: 'user.groups[*].value', operator: 'coany', attributeValue: '["group"]' },
      { attributeName: 'user.userName', operator: 'nin', attributeValue: '["user"]' },
      { attributeName: roles, operator: 'co', attributeValue: '["true"]' },
      { attributeName: 'subject.ip', operator: 'eq', attributeValue: `#inIPRange("${perimeter.body.id}")` },
    ];
    const references = [];
    for (const each of conditions) references.push({ value: await world.condition(each), type: 'Condition' });
    const group = await world.group(...references);
    const rule = await world.rule({
      policyType: { value: 'AllowAuthz' },
      conditionGroup: { value: group, type: 'ConditionGroup' },
      return: [
        { name: 'effect', value: 'ALLOW' },
        { name: 'setHeader', value: 'USER_NAME=$(user.userName),USER_ID=$(user.id)' },
      ],
    });
    const change = { op: 'replace', path: 'rules', value: [{ value: rule, sequence: 1 }] };
    const patched = await world.patch(`Policies/${policy}`, change);
    expect(patched.status, patched.text).toBe(200);
    expect(patched.body).not.toHaveProperty('rules');
    const path = `${ENTERPRISE}:allowAuthzPolicy.value`;
    const named = await world.patch(`Apps/${body.id}`, { op: 'replace', path, value: policy });
    expect(named.body[ENTERPRISE].allowAuthzPolicy.value).toBe(policy);
    const wrong = await world.patch(`Apps/${body.id}`, { op: 'replace', path, value: 'DefaultSignOnPolicy' });
    expect(wrong.status).toBe(400);
    expect(wrong.body.detail).toContain('allowAuthzPolicy');
  });
});
