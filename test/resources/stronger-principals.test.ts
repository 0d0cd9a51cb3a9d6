import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Caller } from '../../src/resources/request-context.ts';
import { isObject, type JsonObject } from '../../src/scim/json.ts';
import { ADMINISTRATOR } from '../support/context.ts';
import { newTestDomain, type TestDomain } from './domain-context.ts';

const PASSWORD = 'Correct-Horse-42';
const SUPERUSER = 'Identity Domain Administrator';

let domain: TestDomain;
let count = 0;

beforeAll(async () => {
  domain = await newTestDomain();
});
beforeEach(() => {
  domain.caller = ADMINISTRATOR;
});

function as(...roles: string[]): Caller {
  return { type: 'User', id: 'somebody', ocid: null, display: 'Somebody', roles: new Set(roles), clientId: 'app' };
}

async function newUser(): Promise<string> {
  const userName = `user${++count}@example.com`;
  const body = { userName, name: { familyName: 'User' }, emails: [{ value: userName, type: 'work', primary: true }] };
  return String((await domain.create('User', body))['id']);
}

async function newGroup(): Promise<string> {
  return String((await domain.create('Group', { displayName: `Group ${++count}` }))['id']);
}

function newClient(): Promise<JsonObject> {
  return domain.create('App', {
    basedOnTemplate: { value: 'CustomWebAppTemplateId' },
    displayName: `App ${++count}`,
    isOAuthClient: true,
    clientType: 'confidential',
    allowedGrants: ['client_credentials'],
  });
}

async function grant(type: 'User' | 'Group' | 'App', grantee: string, name: string): Promise<void> {
  const [role] = await domain.find('AppRole', `app.value eq "IDCSAppId" and displayName eq "${name}"`);
  await domain.create('Grant', {
    grantee: { type, value: grantee },
    app: { value: 'IDCSAppId' },
    entitlement: { attributeName: 'appRoles', attributeValue: String(role!['id']) },
    grantMechanism: `ADMINISTRATOR_TO_${type.toUpperCase()}`,
  });
}

describe('a password', () => {
  const change = (id: string) => domain.put('UserPasswordChanger', id, { password: `${PASSWORD}-${++count}` });
  const patch = (id: string) =>
    domain.patch('User', id, { op: 'add', path: 'password', value: `${PASSWORD}-${++count}` });

  test.each([
    ['UserPasswordChanger', change],
    ['PATCH', patch],
  ])('of an administrator is not set by somebody with less (%s)', async (_way, set) => {
    const direct = await newUser();
    await grant('User', direct, SUPERUSER);
    const byGroup = await newUser();
    const group = await newGroup();
    await domain.patch('Group', group, { op: 'add', path: 'members', value: [{ value: byGroup }] });
    await grant('Group', group, SUPERUSER);
    domain.caller = as('User Administrator', 'Help Desk Administrator');
    for (const id of [direct, byGroup]) await expect(set(id)).rejects.toMatchObject({ status: 401 });
    domain.caller = as(SUPERUSER);
    await set(direct);
  });

  test('of somebody with the same administrator role, or of an ordinary user, is', async () => {
    const peer = await newUser();
    await grant('User', peer, 'User Administrator');
    const ordinary = await newUser();
    domain.caller = as('User Administrator');
    await change(peer);
    await change(ordinary);
  });

  test("of one's own is, whatever the client's rights", async () => {
    const id = await newUser();
    await grant('User', id, SUPERUSER);
    domain.caller = { ...as('Authenticated'), id };
    await change(id);
  });
});

describe('a group that holds administrator roles', () => {
  test.each(['User Administrator', 'User Manager'])('is not filled, emptied or deleted by a %s', async (role) => {
    const group = await newGroup();
    const [inside, outside] = [await newUser(), await newUser()];
    await domain.patch('Group', group, { op: 'add', path: 'members', value: [{ value: inside }] });
    await grant('Group', group, role);
    domain.caller = as(role);
    const { displayName } = await domain.get('Group', group);
    const members = [{ value: outside }];
    for (const attempt of [
      () => domain.patch('Group', group, { op: 'add', path: 'members', value: members }),
      () => domain.patch('Group', group, { op: 'remove', path: `members[value eq "${inside}"]` }),
      () => domain.put('Group', group, { displayName: displayName!, members }),
      () => domain.delete('Group', group, true),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ status: 401, message: expect.stringContaining(role) });
    }
    await domain.patch('Group', group, { op: 'replace', path: 'displayName', value: `Group ${++count}` });
  });

  test('is filled by an Identity Domain Administrator, and an ordinary group by a User Administrator', async () => {
    const [administrators, ordinary, user] = [await newGroup(), await newGroup(), await newUser()];
    await grant('Group', administrators, SUPERUSER);
    const add = (group: string) =>
      domain.patch('Group', group, { op: 'add', path: 'members', value: [{ value: user }] });
    await add(administrators);
    domain.caller = as('User Administrator');
    await add(ordinary);
  });
});

describe('an App', () => {
  async function secretOf(id: unknown): Promise<unknown> {
    return (await domain.get('App', String(id), 'clientSecret'))['clientSecret'];
  }

  test('shows its secret only to who may change it', async () => {
    const { id, clientSecret } = await newClient();
    expect(await secretOf(id)).toBe(clientSecret);
    domain.caller = as('Application Administrator');
    expect(await secretOf(id)).toBe(clientSecret);
    for (const role of ['Authenticated Client', 'User Administrator', 'Help Desk Administrator']) {
      domain.caller = as(role);
      expect(await secretOf(id)).toBeUndefined();
      const listed = await domain.find('App', `id eq "${String(id)}"`);
      expect(listed.map((app) => Object.hasOwn(app, 'clientSecret'))).toEqual([false]);
    }
  });

  test('with an administrator role is neither changed nor deleted by who lacks it, and hides its secret', async () => {
    const { id, clientSecret } = await newClient();
    const app = String(id);
    await grant('App', app, 'User Administrator');
    domain.caller = as('Application Administrator', 'Security Administrator');
    expect(await secretOf(app)).toBeUndefined();
    const allow = { op: 'add', path: 'allowedGrants', value: ['password'] };
    await expect(domain.patch('App', app, allow)).rejects.toMatchObject({ status: 401 });
    await expect(domain.delete('App', app, true)).rejects.toMatchObject({ status: 401 });
    domain.caller = as('Application Administrator', 'User Administrator');
    expect(await secretOf(app)).toBe(clientSecret);
    expect(isObject(await domain.patch('App', app, allow))).toBe(true);
  });
});
