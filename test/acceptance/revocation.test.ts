import { beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { create, MY_SCOPES } from '../oauth/token/assertion-fixture.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';
import { newUser } from '../support/new-user.ts';
import { claimsOf } from '../support/token-claims.ts';

const PASSWORD = 'Correct-Horse-42';
/** One that the client of the tokens has too. */
const ROLE = 'Identity Domain Administrator';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

let domain: TestDomain;
let count = 0;
beforeAll(async () => {
  domain = await testDomain();
});

interface Person {
  readonly id: string;
  readonly userName: string;
}

async function person(): Promise<Person> {
  const userName = `person${++count}`;
  return { id: (await newUser(domain, userName, PASSWORD)).id, userName };
}

async function tokenOf({ userName }: Person): Promise<string> {
  const form = { grant_type: 'password', username: userName, password: PASSWORD, scope: MY_SCOPES };
  const granted = await domain.tokenRequest(form);
  expect(granted.status, granted.text).toBe(200);
  return granted.body.access_token;
}

async function roleId(name: string): Promise<string> {
  const filter = encodeURIComponent(`displayName eq "${name}" and app.value eq "IDCSAppId"`);
  return (await domain.send('GET', `/admin/v1/AppRoles?filter=${filter}`)).body.Resources[0].id;
}

async function grant(type: string, grantee: string, app: string, role?: string): Promise<string> {
  const made = await create(domain, 'Grant', 'Grants', {
    grantee: { type, value: grantee },
    app: { value: app },
    grantMechanism: `ADMINISTRATOR_TO_${type.toUpperCase()}`,
    ...(role === undefined ? {} : { entitlement: { attributeName: 'appRoles', attributeValue: role } }),
  });
  return made.id;
}

const revoke = (id: string) => domain.send('DELETE', `/admin/v1/Grants/${id}`);
const usersFor = async (token: string) => (await domain.send('GET', '/admin/v1/Users?count=0', { token })).status;
const appsOf = async (token: string): Promise<string[]> =>
  (await domain.send('GET', '/admin/v1/MyApps', { token })).body.Resources.map(
    ({ app }: { app: JsonObject }) => app['value'],
  );
const change = (group: string, operation: JsonObject) =>
  domain.send('PATCH', `/admin/v1/Groups/${group}`, { body: { schemas: [PATCH_OP], Operations: [operation] } });

describe('what was granted ends', () => {
  test('with the last Grant: in My Apps, in tokens, and at the API for tokens that are out', async () => {
    const user = await person();
    const role = await roleId(ROLE);
    const grants = [await grant('User', user.id, 'IDCSAppId', role)];
    const group = await domain.createGroup(`admins ${++count}`, [user.id]);
    grants.push(await grant('Group', group.id, 'IDCSAppId', role));
    const token = await tokenOf(user);
    expect(claimsOf(token)['userAppRoles']).toContain(ROLE);
    expect(await usersFor(token)).toBe(200);
    await revoke(grants[0]!);
    expect(await usersFor(token)).toBe(200);
    await revoke(grants[1]!);
    expect(await usersFor(token)).toBe(401);
    expect(claimsOf(await tokenOf(user))['userAppRoles']).not.toContain(ROLE);
    // What everybody has stays: the token itself is good.
    expect((await domain.send('GET', '/admin/v1/Me', { token })).status).toBe(200);
  });

  test.each<[string, (group: string, user: string) => Promise<unknown>]>([
    ['the membership', (group, user) => change(group, { op: 'remove', path: `members[value eq "${user}"]` })],
    ['all members', (group) => change(group, { op: 'replace', path: 'members', value: [] })],
    ['the group', (group) => domain.send('DELETE', `/admin/v1/Groups/${group}?forceDelete=true`)],
  ])('with %s', async (_, end) => {
    const user = await person();
    const group = await domain.createGroup(`admins ${++count}`, [user.id]);
    await grant('Group', group.id, 'IDCSAppId', await roleId(ROLE));
    const token = await tokenOf(user);
    expect(await usersFor(token)).toBe(200);
    await end(group.id, user.id);
    expect(await usersFor(token)).toBe(401);
  });

  test('for a client too', async () => {
    const app = await create(domain, 'App', 'Apps', {
      displayName: `client ${++count}`,
      basedOnTemplate: { value: 'CustomWebAppTemplateId' },
      isOAuthClient: true,
      clientType: 'confidential',
      allowedGrants: ['client_credentials'],
      active: true,
    });
    const id = await grant('App', app.id, 'IDCSAppId', await roleId(ROLE));
    const basic = { id: String(app['name']), secret: String(app['clientSecret']) };
    const granted = await domain.tokenRequest({ grant_type: 'client_credentials', scope: MY_SCOPES }, basic);
    const token = String(granted.body.access_token);
    expect(await usersFor(token)).toBe(200);
    await revoke(id);
    expect(await usersFor(token)).toBe(401);
  });

  test('and a role that was given counts from the next token on', async () => {
    const user = await person();
    const token = await tokenOf(user);
    await grant('User', user.id, 'IDCSAppId', await roleId(ROLE));
    expect(await usersFor(token)).toBe(401);
    expect(await usersFor(await tokenOf(user))).toBe(200);
  });

  test('in My Apps and accounts at once, also of what everybody was granted', async () => {
    const user = await person();
    const token = await tokenOf(user);
    const app = await create(domain, 'App', 'Apps', {
      displayName: `app ${++count}`,
      basedOnTemplate: { value: 'CustomWebAppTemplateId' },
      active: true,
      allowAccessControl: true,
    });
    const mine = async () => (await appsOf(token)).includes(app.id);
    const accounts = async () => {
      const filter = encodeURIComponent(`owner.value eq "${user.id}" and app.value eq "${app.id}"`);
      return (await domain.send('GET', `/admin/v1/AccountMgmtInfos?filter=${filter}`)).body.totalResults;
    };
    const group = await domain.createGroup(`users ${++count}`, [user.id]);
    for (const [type, grantee] of [
      ['User', user.id],
      ['Group', group.id],
      ['Group', 'AllUsersId'],
    ] as const) {
      expect([await mine(), await accounts()]).toEqual([false, 0]);
      const id = await grant(type, grantee, app.id);
      expect([await mine(), await accounts()]).toEqual([true, 1]);
      const filter = encodeURIComponent(`grantee.value eq "${user.id}"`);
      const { body } = await domain.send('GET', `/admin/v1/Grants?filter=${filter}`);
      expect(body.Resources).toMatchObject([
        type === 'User' ? { id } : { grantMechanism: 'GROUP_MEMBERSHIP', grantor: { value: grantee, type: 'Group' } },
      ]);
      await revoke(id);
    }
    expect([await mine(), await accounts()]).toEqual([false, 0]);
  });
});
