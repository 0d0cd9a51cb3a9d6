import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { MY_SCOPES, newClient } from '../oauth/token/assertion-fixture.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';

const ORACLE = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const PATH = '/admin/v1/DynamicResourceGroups';
const RULE = "ALL {resource.type = 'fnfunc', resource.compartment.id = 'ocid1.compartment.oc1..a'}";

let domain: TestDomain;

beforeEach(async () => {
  domain = await testDomain();
});

const body = (displayName: string, matchingRule: unknown = RULE, more: JsonObject = {}) =>
  ({ schemas: [`${ORACLE}DynamicResourceGroup`], displayName, matchingRule, ...more }) as JsonObject;
const post = (...given: Parameters<typeof body>) => domain.send('POST', PATH, { body: body(...given) });
const patch = (id: string, path: string, value: string, token?: string) =>
  domain.send('PATCH', `${PATH}/${id}`, {
    body: { schemas: [PATCH_OP], Operations: [{ op: 'replace', path, value }] },
    ...(token === undefined ? {} : { token }),
  });

/** Grants an AppRole of the domain. @returns the Grant's id */
async function grant(type: 'App' | 'DynamicResourceGroup', value: string, role: string): Promise<string> {
  const found = await domain.send('GET', `/admin/v1/AppRoles?filter=displayName eq "${role}"`);
  const made = await domain.send('POST', '/admin/v1/Grants', {
    body: {
      schemas: [`${ORACLE}Grant`],
      grantee: { type, value },
      app: { value: 'IDCSAppId' },
      entitlement: { attributeName: 'appRoles', attributeValue: found.body.Resources[0].id },
      grantMechanism: type === 'App' ? 'ADMINISTRATOR_TO_APP' : 'ADMINISTRATOR_TO_DYNAMIC_RESOURCE_GROUP',
    },
  });
  expect(made.status, made.text).toBe(201);
  return made.body.id;
}

describe('DynamicResourceGroups', () => {
  it('are made, read back, changed and deleted', async () => {
    const tags = { freeformTags: [{ key: 'team', value: 'ops' }] };
    const made = await post('Functions', RULE, { description: 'text', [`${ORACLE}extension:OCITags`]: tags });
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({ displayName: 'Functions', description: 'text' });
    expect(made.body.ocid).toMatch(/^ocid1\.dynamicgroup\./);
    expect(made.body).not.toHaveProperty('matchingRule');
    const path = `${PATH}/${made.body.ocid}`;
    const whole = await domain.send('GET', `${path}?attributeSets=all`);
    expect(whole.body).toMatchObject({ matchingRule: RULE, [`${ORACLE}extension:OCITags`]: tags });

    const other = "Any {instance.id = 'ocid1.instance.oc1..x'}";
    const put = await domain.send('PUT', `${path}?attributes=matchingRule`, { body: body('Renamed', other) });
    expect(put.body).toMatchObject({ id: made.body.id, displayName: 'Renamed', matchingRule: other });
    expect((await patch(made.body.id, 'description', 'new')).body).toMatchObject({ description: 'new' });
    const found = await domain.send('GET', `${PATH}?filter=displayName eq "renamed"`);
    expect(found.body.totalResults).toBe(1);

    expect((await domain.send('DELETE', path)).status).toBe(204);
    expect((await domain.send('GET', path)).status).toBe(404);
  });

  it('refuse a rule that is none, naming the position, and a name that is taken', async () => {
    const refused = await post('Functions', "ALL {resource.name = 'x'}");
    expect(refused.status).toBe(400);
    expect(refused.body.detail).toContain('DynamicResourceGroup.matchingRule must have');
    expect(refused.body.detail).toContain('at position 6.');
    expect((await post('Functions')).status).toBe(201);
    expect((await post('FUNCTIONS')).status).toBe(409);
    expect((await post('Others', 7)).status).toBe(400);
    const nothing = { schemas: [`${ORACLE}DynamicResourceGroup`], displayName: 'No rule' };
    expect((await domain.send('POST', PATH, { body: nothing })).status).toBe(400);
    const [{ id }] = (await domain.send('GET', PATH)).body.Resources;
    expect((await patch(id, 'matchingRule', 'ANY {')).status).toBe(400);
    expect((await patch('nothing', 'description', 'x')).status).toBe(404);
  });

  it('hold AppRoles by Grants, which go with them by force only', async () => {
    const { id } = (await post('Functions')).body;
    const grantId = await grant('DynamicResourceGroup', id, 'User Administrator');
    const roles = 'dynamicGroupAppRoles.value,dynamicGroupAppRoles.display,dynamicGroupAppRoles.adminRole';
    const shown = await domain.send('GET', `${PATH}/${id}?attributes=grants,${roles}`);
    expect(shown.body.grants).toEqual([
      expect.objectContaining({
        value: grantId,
        appId: 'IDCSAppId',
        grantMechanism: 'ADMINISTRATOR_TO_DYNAMIC_RESOURCE_GROUP',
      }),
    ]);
    const [role] = shown.body.dynamicGroupAppRoles;
    expect(role).toMatchObject({ display: 'User Administrator', adminRole: true });
    expect(role).not.toHaveProperty('type');
    const having = await domain.send('GET', `${PATH}?filter=dynamicGroupAppRoles.value eq "${role.value}"`);
    expect(having.body.totalResults).toBe(1);
    const refused = await domain.send('DELETE', `${PATH}/${id}`);
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('error.common.validation.referencedResource');
    expect((await domain.send('DELETE', `${PATH}/${id}?forceDelete=true`)).status).toBe(204);
    expect((await domain.send('GET', `/admin/v1/Grants/${grantId}`)).status).toBe(404);
  });

  it('are for Identity Domain Administrators', async () => {
    const { id } = (await post('Functions')).body;
    const client = await newClient(domain, 'security');
    await grant('App', client.appId, 'Security Administrator');
    const form = { grant_type: 'client_credentials', scope: MY_SCOPES };
    const token = (await domain.tokenRequest(form, client)).body.access_token;
    expect((await patch(id, 'description', 'x', token)).status).toBe(401);
    expect((await domain.send('GET', PATH, { token })).status).toBe(401);
  });
});
