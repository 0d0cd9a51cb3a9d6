import { beforeAll, describe, expect, test } from 'vitest';
import { listResources } from '../../src/resources/pipeline/list.ts';
import { resourceType } from '../../src/schemas/registry.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { CONTEXT_STORE_NAME } from '../support/context.ts';
import { recordStatements } from '../support/statements.ts';
import { newTestDomain, type TestDomain } from './domain-context.ts';

const USER_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User';

let domain: TestDomain;
beforeAll(async () => {
  domain = await newTestDomain();
});

let count = 0;

async function newUser(): Promise<string> {
  const userName = `member${++count}@example.com`;
  const body = { userName, name: { familyName: 'M' }, emails: [{ value: userName, type: 'work', primary: true }] };
  return String((await domain.create('User', body))['id']);
}

async function newGroup(...members: string[]): Promise<string> {
  const body = { displayName: `G${++count}`, members: members.map((value) => ({ value, type: 'User' })) };
  return String((await domain.create('Group', body))['id']);
}

async function newApp(): Promise<string> {
  const body = { displayName: `A${++count}`, basedOnTemplate: { value: 'CustomWebAppTemplateId' }, active: true };
  return String((await domain.create('App', body))['id']);
}

async function give(type: 'User' | 'Group', grantee: string, app: string, role?: string): Promise<string> {
  const made = await domain.create('Grant', {
    grantee: { type, value: grantee },
    app: { value: app },
    grantMechanism: `ADMINISTRATOR_TO_${type.toUpperCase()}`,
    ...(role === undefined ? {} : { entitlement: { attributeName: 'appRoles', attributeValue: role } }),
  });
  return String(made['id']);
}

async function newRole(app: string): Promise<string> {
  return String((await domain.create('AppRole', { displayName: `R${++count}`, app: { value: app } }))['id']);
}

const partyOf = (one: JsonObject, attribute: string) => (one[attribute] as JsonObject)['value'];

describe('a Grant to a group', () => {
  test('is one for each member, with the mechanism GROUP_MEMBERSHIP', async () => {
    const [a, b, outside] = [await newUser(), await newUser(), await newUser()];
    const [group, app] = [await newGroup(a, b), await newApp()];
    const role = await newRole(app);
    const id = await give('Group', group, app, role);
    const found = await domain.find('Grant', `app.value eq "${app}" and grantMechanism eq "GROUP_MEMBERSHIP"`);
    expect(found.map((grant) => partyOf(grant, 'grantee'))).toEqual([a, b]);
    expect(found[0]).toMatchObject({
      grantee: { type: 'User', value: a },
      grantor: { type: 'Group', value: group },
      app: { value: app },
      entitlement: { attributeName: 'appRoles', attributeValue: role },
      isFulfilled: true,
      meta: { resourceType: 'Grant' },
    });
    const all = await domain.find('Grant', `app.value eq "${app}"`);
    expect(all.map((grant) => grant['id'])).toEqual([id, ...found.map((grant) => grant['id'])]);
    expect(await domain.find('Grant', `grantee.value eq "${outside}"`)).toEqual([]);
    const direct = `app.value eq "${app}" and grantee.type eq "User" and grantMechanism ne "GROUP_MEMBERSHIP"`;
    expect(await domain.find('Grant', direct)).toEqual([]);
  });

  test.each([
    ['by its user', (user: string) => `grantee.value eq "${user}"`],
    ['by user and type in brackets', (user: string) => `grantee[type eq "User" and value eq "${user}"]`],
    ['by one of two users', (user: string) => `grantee.value eq "nobody" or grantee.value eq "${user}"`],
    ['by what only the whole row answers', (user: string) => `grantee.value sw "${user}" and grantor.type eq "Group"`],
    [
      'by not being of another kind',
      (user: string) => `not (grantMechanism sw "ADMIN") and grantee.value co "${user}"`,
    ],
  ])('is found %s', async (_, filter) => {
    const user = await newUser();
    const [group, app] = [await newGroup(user), await newApp()];
    await give('Group', group, app);
    const found = await domain.find('Grant', filter(user));
    expect(found.map((grant) => [partyOf(grant, 'grantee'), partyOf(grant, 'app')])).toEqual([[user, app]]);
    expect(await domain.get('Grant', String(found[0]!['id']))).toMatchObject({ grantMechanism: 'GROUP_MEMBERSHIP' });
    expect(await domain.find('Grant', `id eq "${String(found[0]!['id'])}"`)).toHaveLength(1);
  });

  test("follows the membership, and goes with the group's Grant", async () => {
    const [user, later] = [await newUser(), await newUser()];
    const [group, app] = [await newGroup(user), await newApp()];
    const id = await give('Group', group, app);
    const held = async (who: string) => (await domain.find('Grant', `grantee.value eq "${who}"`)).length;
    expect([await held(user), await held(later)]).toEqual([1, 0]);
    await domain.patch('Group', group, { op: 'add', path: 'members', value: [{ value: later, type: 'User' }] });
    expect([await held(user), await held(later)]).toEqual([1, 1]);
    await domain.patch('Group', group, { op: 'remove', path: `members[value eq "${user}"]` });
    expect([await held(user), await held(later)]).toEqual([0, 1]);
    await domain.delete('Grant', id);
    expect(await held(later)).toBe(0);
  });

  test('cannot be changed or revoked member by member', async () => {
    const user = await newUser();
    await give('Group', await newGroup(user), await newApp());
    const [found] = await domain.find('Grant', `grantee.value eq "${user}"`);
    const refusal = { status: 400, message: expect.stringContaining('follows from other resources') };
    await expect(domain.delete('Grant', String(found!['id']))).rejects.toMatchObject(refusal);
    const tag = { op: 'add', path: 'tags', value: [{ key: 'a', value: 'b' }] };
    await expect(domain.patch('Grant', String(found!['id']), tag)).rejects.toMatchObject(refusal);
    const unknown = '00000000000080008000000000000000';
    await expect(domain.get('Grant', unknown)).rejects.toMatchObject({ status: 404 });
    await expect(domain.delete('Grant', unknown)).rejects.toMatchObject({ status: 404 });
  });

  test('does not keep a role that was revoked directly, nor the other way round', async () => {
    const user = await newUser();
    const [group, app] = [await newGroup(user), await newApp()];
    const role = await newRole(app);
    const direct = await give('User', user, app, role);
    const byGroup = await give('Group', group, app, role);
    const members = async () => ((await domain.get('AppRole', role, 'members'))['members'] ?? []) as JsonObject[];
    expect((await members()).map(({ value }) => value)).toEqual([user, group]);
    await domain.delete('Grant', direct);
    expect((await members()).map(({ value }) => value)).toEqual([group]);
    await domain.delete('Grant', byGroup);
    expect(await members()).toEqual([]);
    await domain.delete('AppRole', role);
  });

  test('costs what a Grant to one costs, whatever the group has, and so does revoking', async () => {
    const members = await Promise.all(Array.from({ length: 40 }, newUser));
    const app = await newApp();
    const costs: unknown[] = [];
    for (const group of [await newGroup(members[0]!), await newGroup(...members)]) {
      const given = await recordStatements(CONTEXT_STORE_NAME, () => give('Group', group, app));
      expect(given.statements.filter((text) => /^BEGIN/i.test(text))).toHaveLength(1);
      const revoked = await recordStatements(CONTEXT_STORE_NAME, () => domain.delete('Grant', given.result));
      costs.push([given.statements.length, revoked.statements.length]);
    }
    expect(costs[1]).toEqual(costs[0]);
  });

  test('shows in the grants of user and App, each in one statement', async () => {
    const user = await newUser();
    const [group, app] = [await newGroup(user), await newApp()];
    await give('Group', group, app);
    const list = await domain.find('Grant', `grantee.value eq "${user}"`);
    const shown = (await domain.get('User', user, `${USER_URN}:grants`))[USER_URN] as JsonObject;
    expect(shown['grants']).toMatchObject([
      { value: list[0]!['id'], appId: app, grantMechanism: 'GROUP_MEMBERSHIP', grantorId: group },
    ]);
    expect((await domain.get('App', app, 'grants'))['grants']).toMatchObject([
      { granteeId: group, granteeType: 'Group', grantMechanism: 'ADMINISTRATOR_TO_GROUP' },
      { granteeId: user, granteeType: 'User', grantMechanism: 'GROUP_MEMBERSHIP' },
    ]);
    await domain.context();
    const { statements } = await recordStatements(CONTEXT_STORE_NAME, () =>
      domain.find('Grant', `grantee.value eq "${user}"`),
    );
    // The other one is the test's own, for the domain.
    expect(statements).toHaveLength(2);
  });
});

describe('accounts', () => {
  test('are one for each user and App, however many Grants stand behind it', async () => {
    const user = await newUser();
    const [one, two, app] = [await newGroup(user), await newGroup(user), await newApp()];
    const grants = [await give('User', user, app), await give('Group', one, app), await give('Group', two, app)];
    const find = () => domain.find('AccountMgmtInfo', `owner.value eq "${user}" and app.value eq "${app}"`);
    const [account, ...more] = await find();
    expect(more).toEqual([]);
    expect(account).toMatchObject({
      name: `member${count - 3}@example.com`,
      active: true,
      app: { value: app },
      owner: { value: user },
    });
    const id = String(account!['id']);
    expect((await domain.get('AccountMgmtInfo', id))['owner']).toMatchObject({ value: user });
    expect((await domain.get('User', user, `${USER_URN}:accounts`))[USER_URN]).toMatchObject({
      accounts: [{ value: id, appId: app, active: true }],
    });
    expect((await domain.get('App', app, 'accounts'))['accounts']).toMatchObject([{ value: id, ownerId: user }]);
    for (const grant of grants) {
      expect((await find()).map((each) => each['id'])).toEqual([id]);
      await domain.delete('Grant', grant);
    }
    expect(await find()).toEqual([]);
    await expect(domain.get('AccountMgmtInfo', id)).rejects.toMatchObject({ status: 404 });
  });

  test.each([
    'name eq "NAME"',
    'owner.userName sw "NAME"',
    'owner.email eq "NAME"',
    'app.display eq "APP"',
    'active eq true and app.showInMyApps eq true',
    'isAccount eq false and favorite eq false',
    'app.loginMechanism eq "OIDC"',
    'not (active eq false)',
    'meta.created gt "2000-01-01T00:00:00Z"',
  ])('are found by %s', async (filter) => {
    const user = await newUser();
    const userName = `member${count}@example.com`;
    const app = await newApp();
    const { displayName } = await domain.get('App', app);
    await give('User', user, app);
    const asked = filter.replaceAll('NAME', userName).replaceAll('APP', String(displayName));
    const found = await domain.find('AccountMgmtInfo', `${asked} and owner.value eq "${user}"`);
    expect(found).toHaveLength(1);
    expect((await domain.find('AccountMgmtInfo', asked)).map((each) => each['id'])).toContain(found[0]!['id']);
  });

  test('of an App have pages, in the same order every time, each account once', async () => {
    const users = [];
    for (let n = 0; n < 5; n++) users.push(await newUser());
    const [app, other] = [await newApp(), await newApp()];
    await give('Group', await newGroup(...users.slice(0, 3)), app);
    await give('Group', await newGroup(...users.slice(2)), app);
    await give('User', users[0]!, other);
    const context = await domain.context();
    const type = resourceType('AccountMgmtInfo');
    for (const more of ['', ' and name co "member"', ` and owner.value ne "nobody"`]) {
      for (const sortOrder of ['ascending', 'descending']) {
        const seen: JsonObject[] = [];
        for (let startIndex = 1; startIndex <= 5; startIndex += 2) {
          const asked = { filter: `app.value eq "${app}"${more}`, count: 2, startIndex, sortOrder };
          const { body } = await listResources(context, type, asked, 'list');
          expect(body).toMatchObject({ totalResults: 5 });
          seen.push(...(body!['Resources'] as JsonObject[]));
        }
        expect(seen.map((account) => String(partyOf(account, 'owner'))).sort()).toEqual([...users].sort());
        const [first] = seen;
        expect((await domain.get('AccountMgmtInfo', String(first!['id'])))['owner']).toEqual(first!['owner']);
      }
    }
  });
});
