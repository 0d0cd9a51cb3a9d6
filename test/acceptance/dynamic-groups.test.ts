import { beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { create, MY_SCOPES } from '../oauth/token/assertion-fixture.ts';
import { type Answer, clientFor, startTestEmulator, type TestDomain, testDomain } from '../support/emulator.ts';
import { newUser } from '../support/new-user.ts';
import { claimsOf } from '../support/token-claims.ts';

/* Groups whose members a rule chooses, by HTTP: what a rule is, whom it follows, and all that follows from membership. */

const CORE = 'urn:ietf:params:scim:schemas:core:2.0';
const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs';
const DYNAMIC = `${IDCS}:extension:dynamic:Group`;
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const USER = `${IDCS}:extension:user:User`;
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const PASSWORD = 'Correct-Horse-42';

let domain: TestDomain;
let count = 0;
beforeAll(async () => {
  domain = await testDomain();
});

/** A title that nothing else in the domain has. */
const title = () => `title ${++count}`;

const ruled = (membershipRule: JsonObject[string], more: JsonObject = {}) => ({
  schemas: [`${CORE}:Group`, DYNAMIC],
  displayName: `dynamic ${++count}`,
  [DYNAMIC]: { membershipType: 'dynamic', membershipRule },
  ...more,
});
const post = (endpoint: string, body: JsonObject, on = domain) => on.send('POST', `/admin/v1/${endpoint}`, { body });
const patch = (path: string, ...Operations: JsonObject[]) =>
  domain.send('PATCH', `/admin/v1/${path}`, { body: { schemas: [PATCH_OP], Operations } });
const replace = (path: string, value: JsonObject[string]) => ({ op: 'replace', path, value });

async function dynamicGroup(rule: string): Promise<string> {
  const { status, body, text } = await post('Groups', ruled(rule));
  expect(status, text).toBe(201);
  return body.id;
}

const user = async (more: JsonObject = {}): Promise<string> => (await domain.createUser(`user${++count}`, more)).id;

async function members(group: string, on = domain): Promise<string[]> {
  const { body } = await on.send('GET', `/admin/v1/Groups/${group}?attributes=members`);
  return (body.members ?? []).map(({ value }: JsonObject) => value);
}

async function groupsOf(id: string): Promise<JsonObject[]> {
  const { body } = await domain.send('GET', `/admin/v1/Users/${id}?attributes=groups,groups.type`);
  return (body.groups ?? []).map(({ value, type }: JsonObject) => ({ value, type }));
}

describe('a rule', () => {
  test.each<[what: string, rule: (of: string) => string, matches: (of: string) => JsonObject, other: JsonObject]>([
    ['of equality, in any case', (t) => `title eq "${t.toUpperCase()}"`, (t) => ({ title: t }), {}],
    ['with and, or, not', (t) => `title eq "${t}" and not (userType eq "Temp")`, (t) => ({ title: t }), {}],
    ['with sw, co', (t) => `title sw "${t}" and title co "tle"`, (t) => ({ title: `${t}x` }), {}],
    ['with pr', (t) => `title eq "${t}" and nickName pr`, (t) => ({ title: t, nickName: 'n' }), {}],
    [
      'about an extension',
      (t) => `${ENTERPRISE}:department eq "${t}"`,
      (t) => ({ [ENTERPRISE]: { department: t } }),
      {},
    ],
    [
      'about one element',
      (t) => `addresses[type eq "work" and locality eq "${t}"]`,
      (t) => ({ addresses: [{ type: 'work', locality: t, formatted: 'x' }] }),
      { addresses: [{ type: 'home', locality: 'elsewhere', formatted: 'x' }] },
    ],
    ['about the state', (t) => `title eq "${t}" and active eq true`, (t) => ({ title: t }), { active: false }],
  ])('%s chooses those who are there and those who come', async (_what, rule, matches, other) => {
    const of = title();
    const before = await user(matches(of));
    await user(other);
    const group = await dynamicGroup(rule(of));
    expect(await members(group)).toEqual([before]);
    const after = await user(matches(of));
    await user(other);
    expect(await members(group)).toEqual([before, after]);
  });

  test('follows its users: PATCH, PUT, status, and a manager who is deleted', async () => {
    const of = title();
    const byTitle = await dynamicGroup(`title eq "${of}" and active eq true`);
    const id = await user();
    expect(await members(byTitle)).toEqual([]);
    await patch(`Users/${id}`, replace('title', of));
    expect(await members(byTitle)).toEqual([id]);
    await domain.send('PUT', `/admin/v1/UserStatusChanger/${id}`, {
      body: { schemas: [`${IDCS}:UserStatusChanger`], active: false },
    });
    expect(await members(byTitle)).toEqual([]);
    await domain.send('PUT', `/admin/v1/UserStatusChanger/${id}`, {
      body: { schemas: [`${IDCS}:UserStatusChanger`], active: true },
    });
    expect(await members(byTitle)).toEqual([id]);
    const { body } = await domain.send('GET', `/admin/v1/Users/${id}`);
    const { title: _, ...rest } = body;
    expect((await domain.send('PUT', `/admin/v1/Users/${id}`, { body: rest })).status).toBe(200);
    expect(await members(byTitle)).toEqual([]);

    const boss = await user();
    const reports = await dynamicGroup(`${ENTERPRISE}:manager.value eq "${boss}"`);
    await patch(`Users/${id}`, replace(`${ENTERPRISE}:manager`, { value: boss }));
    expect(await members(reports)).toEqual([id]);
    expect((await domain.send('DELETE', `/admin/v1/Users/${boss}?forceDelete=true`)).status).toBe(204);
    expect(await members(reports)).toEqual([]);
  });

  test('that is changed chooses anew; a group that becomes static keeps its members', async () => {
    const [first, second] = [title(), title()];
    const [a, b] = [await user({ title: first }), await user({ title: second })];
    const group = (await domain.createGroup(`was static ${++count}`, [b])).id;
    const { status, text } = await patch(`Groups/${group}`, {
      op: 'replace',
      path: DYNAMIC,
      value: { membershipType: 'dynamic', membershipRule: `title eq "${first}"` },
    });
    expect(status, text).toBe(200);
    expect(await members(group)).toEqual([a]);
    await patch(`Groups/${group}`, replace(`${DYNAMIC}:membershipRule`, `title eq "${second}" or title eq "${first}"`));
    expect(await members(group)).toEqual([a, b]);
    await patch(`Groups/${group}`, replace(`${DYNAMIC}:membershipType`, 'static'));
    expect(await members(group)).toEqual([a, b]);
    expect(await groupsOf(a)).toEqual([{ value: group, type: 'direct' }]);
    await patch(`Users/${a}`, replace('title', 'other'));
    expect(await members(group)).toEqual([a, b]);
    expect((await patch(`Groups/${group}`, { op: 'remove', path: `members[value eq "${a}"]` })).status).toBe(200);
    expect(await members(group)).toEqual([b]);
  });

  test('takes its member along when the user is deleted, without force', async () => {
    const of = title();
    const group = await dynamicGroup(`title eq "${of}"`);
    const id = await user({ title: of });
    expect((await domain.send('DELETE', `/admin/v1/Users/${id}`)).status).toBe(204);
    expect(await members(group)).toEqual([]);
    const other = await user({ title: of });
    expect((await domain.send('DELETE', `/admin/v1/Groups/${group}`)).status).toBe(204);
    expect(await groupsOf(other)).toEqual([]);
  });

  test('may name the domain’s custom attributes', async () => {
    const CUSTOM = 'urn:ietf:params:scim:schemas:idcs:extension:custom:User';
    const own = await testDomain();
    const attribute = { name: 'badge', type: 'string', idcsSearchable: true, mutability: 'readWrite' };
    const added = await own.send('PATCH', `/admin/v1/Schemas/${CUSTOM}`, {
      body: { schemas: [PATCH_OP], Operations: [{ op: 'add', path: 'attributes', value: [attribute] }] },
    });
    expect(added.status, added.text).toBe(200);
    const { body: group, text } = await post('Groups', ruled(`${CUSTOM}:badge eq "gold"`), own);
    expect(group.id, text).toBeDefined();
    const { id } = await own.createUser('badger', { [CUSTOM]: { badge: 'gold' } });
    await own.createUser('other', { [CUSTOM]: { badge: 'GOLD' } });
    expect(await members(group.id, own)).toEqual([id]);
  });

  test('counts at once within one Bulk request', async () => {
    const own = await testDomain();
    const person = (userName: string) => ({
      schemas: [`${CORE}:User`],
      userName,
      title: 'bulk',
      name: { familyName: 'B' },
      emails: [{ value: `${userName}@example.com`, type: 'work', primary: true }],
    });
    const bulk = await post(
      'Bulk',
      {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: [
          { method: 'POST', path: '/Users', bulkId: 'a', data: person('a') },
          { method: 'POST', path: '/Groups', bulkId: 'g', data: ruled('title eq "bulk"') },
          { method: 'POST', path: '/Users', bulkId: 'b', data: person('b') },
        ],
      },
      own,
    );
    const statuses = bulk.body.Operations.map(({ status }: JsonObject) => status);
    expect(statuses, bulk.text).toEqual(['201', '201', '201']);
    const { body } = await own.send('GET', '/admin/v1/Groups?filter=displayName+sw+"dynamic"&attributes=members');
    expect(body.Resources[0].members).toHaveLength(2);
  });

  test('misses nobody while users come, change and go on two processes', async () => {
    const other = await startTestEmulator();
    try {
      const own = await testDomain();
      const there = await clientFor(own.name, (await other.domain(own.name)).url);
      const group = (await post('Groups', ruled('title eq "x"'), own)).body.id;
      const ids = await Promise.all(
        Array.from({ length: 16 }, async (_, index) => {
          const on = index % 2 === 0 ? own : there;
          return (await on.createUser(`p${index}`, { title: index % 4 === 0 ? 'x' : 'y' })).id as string;
        }),
      );
      const change = (on: TestDomain, path: string, operation: JsonObject) =>
        on.send('PATCH', `/admin/v1/${path}`, { body: { schemas: [PATCH_OP], Operations: [operation] } });
      const answers = await Promise.all([
        ...ids.map((id, index) =>
          change(index % 2 === 0 ? there : own, `Users/${id}`, replace('title', index < 8 ? 'z' : 'x')),
        ),
        change(own, `Groups/${group}`, replace(`${DYNAMIC}:membershipRule`, 'title eq "z"')),
        ...Array.from({ length: 4 }, (_, index) => there.createUser(`late${index}`, { title: 'z' })),
      ]);
      for (const answer of answers as Answer[]) if (answer.status !== undefined) expect(answer.status).toBe(200);
      const { body } = await there.send('GET', '/admin/v1/Users?filter=title+eq+"z"&attributes=id&count=100');
      expect(body.totalResults).toBe(12);
      const chosen = body.Resources.map(({ id }: JsonObject) => id);
      expect(new Set(await members(group, there))).toEqual(new Set(chosen));
    } finally {
      await other.stop();
    }
  });
});

describe('what can’t be a rule is a 400 that names it', () => {
  test.each<[rule: JsonObject[string], part: string]>([
    ['title eq', 'position'],
    ['title eq "a" and', 'position'],
    ['(title eq "a"', 'position'],
    ['', 'membershipRule'],
    ['shoeSize eq 44', 'shoeSize'],
    ['title like "a"', 'position'],
    ['active gt true', 'active'],
    ['password eq "x"', 'password'],
    ['groups.value eq "x"', 'groups'],
    ['groups[value eq "x"]', 'groups'],
    [`${USER}:appRoles.value eq "x"`, 'appRoles'],
    [`${USER}:grants pr`, 'grants'],
    ['meta.lastModified gt "2020-01-01T00:00:00Z"', 'meta.lastModified'],
    [`${IDCS}:extension:userState:User:locked.on eq true`, 'locked.on'],
    [`${IDCS}:extension:mfa:User:mfaStatus eq "ENROLLED"`, 'mfaStatus'],
    [`title eq "a\u0000"`, 'NUL'],
    [42, 'membershipRule'],
  ])('%j', async (rule, part) => {
    const body = ruled(rule);
    const refused = await post('Groups', body);
    expect([refused.status, refused.body.schemas[0]]).toEqual([400, 'urn:ietf:params:scim:api:messages:2.0:Error']);
    expect(refused.body.detail).toContain(part);
    if (part !== 'NUL') expect(refused.body.detail).toContain('membershipRule');
    const filter = encodeURIComponent(`displayName eq "${body.displayName}"`);
    expect((await domain.send('GET', `/admin/v1/Groups?filter=${filter}`)).body.totalResults).toBe(0);
  });

  test('and what is set instead of it', async () => {
    const of = title();
    const [inside, outside] = [await user({ title: of }), await user()];
    const group = await dynamicGroup(`title eq "${of}"`);
    const none = await post('Groups', { ...ruled('x'), [DYNAMIC]: { membershipType: 'dynamic' } });
    expect([none.status, none.body.detail]).toEqual([400, expect.stringContaining(`${DYNAMIC}:membershipRule`)]);
    const given = await post('Groups', ruled('title pr', { members: [{ value: outside, type: 'User' }] }));
    expect([given.status, given.body.detail]).toEqual([400, expect.stringContaining('members')]);
    for (const operation of [
      { op: 'add', path: 'members', value: [{ value: outside, type: 'User' }] },
      { op: 'remove', path: `members[value eq "${inside}"]` },
      { op: 'remove', path: 'members' },
    ]) {
      const refused = await patch(`Groups/${group}`, operation);
      expect([refused.status, refused.body.detail]).toEqual([400, expect.stringContaining('Group.members')]);
    }
    const all = await patch(
      'Groups/AllUsersId',
      replace(DYNAMIC, { membershipType: 'dynamic', membershipRule: 'title pr' }),
    );
    expect([all.status, all.body.detail]).toEqual([400, expect.stringContaining('membershipType')]);
    const shown = (await domain.send('GET', `/admin/v1/Groups/${group}`)).body;
    expect((await domain.send('PUT', `/admin/v1/Groups/${group}`, { body: shown })).status).toBe(200);
    expect(await members(group)).toEqual([inside]);
  });
});

describe('what follows from membership', () => {
  test('users show such groups as indirect, and are found by that', async () => {
    const of = title();
    const group = await dynamicGroup(`title eq "${of}"`);
    const id = await user({ title: of });
    const fixed = (await domain.createGroup(`fixed ${++count}`, [id])).id;
    expect(await groupsOf(id)).toEqual([
      { value: group, type: 'indirect' },
      { value: fixed, type: 'direct' },
    ]);
    const found = async (filter: string) =>
      (
        await domain.send('GET', `/admin/v1/Users?filter=${encodeURIComponent(filter)}&attributes=id`)
      ).body.Resources.map((one: JsonObject) => one['id']);
    expect(await found(`groups[value eq "${group}" and type eq "indirect"]`)).toEqual([id]);
    expect(await found(`groups[value eq "${group}" and type eq "direct"]`)).toEqual([]);
    expect(await found(`groups[value eq "${fixed}" and type eq "direct"]`)).toEqual([id]);
    expect(await found(`groups.value eq "${group}"`)).toEqual([id]);
  });

  test('the authenticator, policies, grants, AppRoles and tokens see them', async () => {
    const of = title();
    const group = await dynamicGroup(`title eq "${of}"`);
    const { displayName } = (await domain.send('GET', `/admin/v1/Groups/${group}`)).body;
    const userName = `holder${++count}`;
    const { id } = await newUser(domain, userName, PASSWORD);
    const app = await create(domain, 'App', 'Apps', {
      displayName: `app ${++count}`,
      basedOnTemplate: { value: 'CustomWebAppTemplateId' },
      active: true,
      allowAccessControl: true,
    });
    const grant = await create(domain, 'Grant', 'Grants', {
      grantee: { type: 'Group', value: group },
      app: { value: app.id },
      grantMechanism: 'ADMINISTRATOR_TO_GROUP',
    });
    const roles = await domain.send(
      'GET',
      `/admin/v1/AppRoles?filter=${encodeURIComponent('displayName eq "Identity Domain Administrator" and app.value eq "IDCSAppId"')}`,
    );
    await create(domain, 'Grant', 'Grants', {
      grantee: { type: 'Group', value: group },
      app: { value: 'IDCSAppId' },
      grantMechanism: 'ADMINISTRATOR_TO_GROUP',
      entitlement: { attributeName: 'appRoles', attributeValue: roles.body.Resources[0].id },
    });
    const condition = await create(domain, 'Condition', 'Conditions', {
      name: `in ${displayName}`,
      attributeName: 'user.groups[*].value',
      operator: 'coany',
      attributeValue: JSON.stringify([group]),
    });
    const rule = await create(domain, 'Rule', 'Rules', {
      name: `for ${displayName}`,
      policyType: { value: 'SignOn' },
      conditionGroup: { value: condition.id, type: 'Condition' },
      return: [{ name: 'effect', value: 'ALLOW' }],
    });
    const policy = await create(domain, 'Policy', 'Policies', {
      name: `of ${displayName}`,
      active: true,
      policyType: { value: 'SignOn' },
      rules: [{ value: rule.id, sequence: 1 }],
    });

    /** Everything that tells of the membership. */
    const seen = async () => {
      const schemas = [`${IDCS}:PasswordAuthenticator`];
      const authenticated = await post('PasswordAuthenticator?attributes=groups,groups.type', {
        schemas,
        mappingAttribute: 'userName',
        mappingAttributeValue: userName,
        password: PASSWORD,
      });
      const decided = await domain.send('POST', '/_emulator/policies/evaluate', {
        body: { policy: policy.id, user: id },
      });
      const token = await domain.tokenRequest({
        grant_type: 'password',
        username: userName,
        password: PASSWORD,
        scope: `openid groups approles ${MY_SCOPES}`,
      });
      const access = token.body.access_token;
      const grants = await domain.send(
        'GET',
        `/admin/v1/Grants?filter=${encodeURIComponent(`grantee.value eq "${id}" and app.value eq "${app.id}"`)}`,
      );
      return {
        authenticator: (authenticated.body.groups ?? [])
          .filter((one: JsonObject) => one['value'] === group)
          .map((one: JsonObject) => one['type']),
        effect: decided.body.effect,
        claim: JSON.stringify(claimsOf(token.body.id_token)).includes(displayName),
        roles: JSON.stringify(claimsOf(access)['userAppRoles'] ?? '').includes('Identity Domain Administrator'),
        rights: (await domain.send('GET', '/admin/v1/Users?count=0', { token: access })).status,
        grants: grants.body.totalResults,
        apps: (await domain.send('GET', '/admin/v1/MyApps', { token: access })).text.includes(app.id),
      };
    };
    const outside = await seen();
    expect(outside).toMatchObject({
      authenticator: [],
      effect: 'DENY',
      claim: false,
      roles: false,
      grants: 0,
      apps: false,
    });
    expect((await patch(`Users/${id}`, replace('title', of))).status).toBe(200);
    expect(await seen()).toEqual({
      authenticator: ['indirect'],
      effect: 'ALLOW',
      claim: true,
      roles: true,
      rights: 200,
      grants: 1,
      apps: true,
    });
    await patch(`Users/${id}`, replace('title', 'other'));
    expect(await seen()).toEqual(outside);
    await patch(`Users/${id}`, replace('title', of));
    await domain.send('DELETE', `/admin/v1/Grants/${grant.id}`);
    expect(await seen()).toMatchObject({ grants: 0, apps: false, roles: true });
  });

  test('nobody becomes an administrator by a title that somebody else may set', async () => {
    const of = title();
    const group = await dynamicGroup(`title eq "${of}"`);
    const roleOf = async (name: string): Promise<string> => {
      const filter = encodeURIComponent(`displayName eq "${name}" and app.value eq "IDCSAppId"`);
      return (await domain.send('GET', `/admin/v1/AppRoles?filter=${filter}`)).body.Resources[0].id;
    };
    const give = async (type: string, grantee: string, role: string) =>
      create(domain, 'Grant', 'Grants', {
        grantee: { type, value: grantee },
        app: { value: 'IDCSAppId' },
        grantMechanism: `ADMINISTRATOR_TO_${type.toUpperCase()}`,
        entitlement: { attributeName: 'appRoles', attributeValue: await roleOf(role) },
      });
    await give('Group', group, 'Identity Domain Administrator');
    const userName = `climber${++count}`;
    const { id } = await newUser(domain, userName, PASSWORD);
    await give('User', id, 'User Administrator');
    const form = { grant_type: 'password', username: userName, password: PASSWORD, scope: MY_SCOPES };
    const token = (await domain.tokenRequest(form)).body.access_token;
    const climb = { schemas: [PATCH_OP], Operations: [replace('title', of)] };
    for (const path of [`/admin/v1/Users/${id}`, '/admin/v1/Me']) {
      const refused = await domain.send('PATCH', path, { body: climb, token });
      expect([refused.status, refused.body.detail]).toEqual([
        401,
        expect.stringContaining('Identity Domain Administrator'),
      ]);
    }
    expect(await members(group)).toEqual([]);
    expect((await domain.send('PATCH', `/admin/v1/Users/${id}`, { body: climb })).status).toBe(200);
    expect(await members(group)).toEqual([id]);
  });
});
