import { beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/scim/json.ts';
import { type TestDomain, testDomain } from '../../support/emulator.ts';
import { newUser } from '../../support/new-user.ts';
import { claimsOf } from '../../support/token-claims.ts';
import { create, MY_SCOPES } from './assertion-fixture.ts';

/* The claims about groups and AppRoles follow what was granted, however it was granted. */

const DYNAMIC = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:dynamic:Group';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const PASSWORD = 'Correct-Horse-42';

let domain: TestDomain;
let app: JsonObject;
beforeAll(async () => {
  domain = await testDomain();
  app = await create(domain, 'App', 'Apps', {
    displayName: 'Ledger',
    basedOnTemplate: { value: 'CustomWebAppTemplateId' },
    isOAuthClient: true,
    clientType: 'confidential',
    allowedGrants: ['password', 'client_credentials'],
    active: true,
  });
});

const basic = () => ({ id: String(app['name']), secret: String(app['clientSecret']) });
const names = (claim: unknown) => ((claim ?? []) as JsonObject[]).map(({ name }) => name);
const newRole = async (displayName: string): Promise<string> =>
  (await create(domain, 'AppRole', 'AppRoles', { displayName, app: { value: app['id']! } })).id;

async function give(type: string, value: string, role: string, ofApp = app['id']!): Promise<string> {
  const body = {
    grantee: { type, value },
    app: { value: ofApp },
    grantMechanism: `ADMINISTRATOR_TO_${type.toUpperCase()}`,
    entitlement: { attributeName: 'appRoles', attributeValue: role },
  };
  return (await create(domain, 'Grant', 'Grants', body)).id;
}

describe('claims', () => {
  test('appRoles and groups: of the user, of groups, of dynamic groups and of everybody, as long as they are', async () => {
    const { id } = await newUser(domain, 'clerk', PASSWORD, { title: 'Clerk' });
    const fixed = (await domain.createGroup('Fixed', [id])).id;
    const ruled = await create(domain, 'Group', 'Groups', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
      displayName: 'Clerks',
      [DYNAMIC]: { membershipType: 'dynamic', membershipRule: 'title eq "clerk"' },
    });
    const grants = [
      await give('User', id, await newRole('Own')),
      await give('Group', fixed, await newRole('By group')),
      await give('Group', ruled.id, await newRole('By rule')),
      await give('Group', 'AllUsersId', await newRole('Everybody')),
    ];
    const claims = async (): Promise<JsonObject> => {
      const form = { grant_type: 'password', username: 'clerk', password: PASSWORD, scope: 'openid groups approles' };
      const { status, body, text } = await domain.tokenRequest(form, basic());
      expect(status, text).toBe(200);
      const claimed = claimsOf(body.id_token);
      const info = await domain.send('GET', '/oauth2/v1/userinfo', { token: body.access_token });
      expect([names(info.body.groups), names(info.body.appRoles)]).toEqual([
        names(claimed['groups']),
        names(claimed['appRoles']),
      ]);
      return claimed;
    };
    const all = await claims();
    expect(names(all['groups'])).toEqual(['Clerks', 'Fixed']);
    expect(names(all['appRoles'])).toEqual(['By group', 'By rule', 'Everybody', 'Own']);
    expect((all['appRoles'] as JsonObject[])[0]).toMatchObject({
      appId: app['id'],
      appName: app['name'],
      adminRole: false,
    });
    const patch = (path: string, operation: JsonObject) =>
      domain.send('PATCH', `/admin/v1/${path}`, { body: { schemas: [PATCH_OP], Operations: [operation] } });
    await patch(`Users/${id}`, { op: 'replace', path: 'title', value: 'Head' });
    expect(names((await claims())['appRoles'])).toEqual(['By group', 'Everybody', 'Own']);
    await patch(`Groups/${fixed}`, { op: 'remove', path: `members[value eq "${id}"]` });
    const left = await claims();
    expect([names(left['groups']), names(left['appRoles'])]).toEqual([[], ['Everybody', 'Own']]);
    for (const grant of [grants[0], grants[3]]) await domain.send('DELETE', `/admin/v1/Grants/${grant}`);
    expect((await claims())['appRoles'] ?? []).toEqual([]);
  });

  test('clientAppRoles: of the client itself, as long as they are', async () => {
    const filter = encodeURIComponent('displayName eq "User Administrator" and app.value eq "IDCSAppId"');
    const role = (await domain.send('GET', `/admin/v1/AppRoles?filter=${filter}`)).body.Resources[0].id;
    const held = async () => {
      const { body } = await domain.tokenRequest({ grant_type: 'client_credentials', scope: MY_SCOPES }, basic());
      return claimsOf(body.access_token)['clientAppRoles'];
    };
    expect(await held()).toEqual(['Authenticated Client']);
    const grant = await give('App', String(app['id']), role, 'IDCSAppId');
    expect(await held()).toEqual(['Authenticated Client', 'User Administrator']);
    await domain.send('DELETE', `/admin/v1/Grants/${grant}`);
    expect(await held()).toEqual(['Authenticated Client']);
  });
});
