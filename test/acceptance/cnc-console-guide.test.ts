import { beforeAll, describe, expect, test } from 'vitest';
import { type TestDomain, testDomain } from '../support/emulator.ts';

/*
 * Chapter 3 of the CNC Console REST Specifications Guide (G32153-02), section by section: the requests as printed, host, ids and
 * token aside; the answers' keys as printed. docs/cnc-console.md has the same requests as curl commands.
 */

const CORE_USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const CORE_GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const USER = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User';
const USER_STATE = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:userState:User';
const CAPABILITIES = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:capabilities:User';
const GROUP = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:group:Group';
const DYNAMIC = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:dynamic:Group';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

const HEX = /^[0-9a-f]{32}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let domain: TestDomain;
/** The token that 3.1 asks for; the other sections use it. */
let token: string;

beforeAll(async () => {
  domain = await testDomain();
  // The guide's calls are made by a user, so that users show as creators.
  const answer = await domain.tokenRequest({
    grant_type: 'password',
    username: 'admin@example.com',
    password: 'Idcs-Emulator-2026',
    scope: 'urn:opc:idm:__myscopes__ offline_access',
  });
  token = answer.body.access_token as string;
});

const call: TestDomain['send'] = (method, path, options = {}) => domain.send(method, path, { token, ...options });

function newUser(userName: string) {
  return {
    schemas: [CORE_USER],
    name: { givenName: 'user', familyName: 'test' },
    userName,
    emails: [{ value: 'user@oracle.com', type: 'work', primary: true }],
  };
}

async function createUser(userName: string) {
  const answer = await call('POST', '/admin/v1/Users', { body: newUser(userName) });
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}

async function createGroup(displayName: string) {
  const answer = await call('POST', '/admin/v1/Groups', {
    body: {
      schemas: [CORE_GROUP, GROUP],
      displayName,
      externalId: '123456',
      [GROUP]: { description: 'Example Description' },
    },
  });
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}

function addMember(userId: string) {
  return {
    schemas: [PATCH_OP],
    Operations: [{ op: 'add', path: 'members', value: [{ value: userId, type: 'User' }] }],
  };
}

/** What 3.2 to 3.4 print of a user. */
function expectUser(user: Awaited<ReturnType<typeof createUser>>, userName: string) {
  expect(user).toMatchObject({
    active: true,
    displayName: 'user test',
    userName,
    name: { givenName: 'user', familyName: 'test', formatted: 'user test' },
    [USER]: { isFederatedUser: false },
    [USER_STATE]: { locked: { on: false } },
    meta: { resourceType: 'User' },
  });
  expect(user.id).toMatch(HEX);
  expect(user.ocid).toMatch(/^ocid1\.user\.oc1\.\.[a-z2-7]{60}$/);
  expect(user.meta.version).toMatch(HEX);
  expect(user.meta.created).toMatch(TIME);
  expect(user.meta.lastModified).toMatch(TIME);
  for (const by of [user.idcsCreatedBy, user.idcsLastModifiedBy]) {
    expect(Object.keys(by).sort()).toEqual(['$ref', 'display', 'ocid', 'type', 'value']);
    expect(by.type).toBe('User');
    expect(by.$ref).toBe(`${domain.url}/admin/v1/Users/${by.value}`);
  }
  expect(user[CAPABILITIES]).toEqual({
    canUseApiKeys: true,
    canUseAuthTokens: true,
    canUseConsolePassword: true,
    canUseCustomerSecretKeys: true,
    canUseOAuth2ClientCredentials: true,
    canUseSmtpCredentials: true,
    canUseDbCredentials: true,
  });
  // The guide shows the capabilities but does not list their schema.
  expect([...user.schemas].sort()).toEqual([CORE_USER, USER_STATE, USER].sort());
  for (const ocid of ['domainOcid', 'compartmentOcid', 'tenancyOcid'])
    expect(user[ocid]).toMatch(/^ocid1\.(domain|tenancy)\.oc1/);
}

describe('CNC Console guide, chapter 3', () => {
  test('3.1 generates an access token with the password grant', async () => {
    const answer = await domain.tokenRequest({
      grant_type: 'password',
      username: 'admin@example.com',
      password: 'Idcs-Emulator-2026',
      scope: 'urn:opc:idm:__myscopes__ offline_access',
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ token_type: 'Bearer', expires_in: 3600 });
    expect(answer.body.access_token.split('.')).toHaveLength(3);
    expect(answer.headers.get('content-type')).toBe('application/json;charset=UTF-8');
  });

  test('3.2 creates a user', async () => {
    const answer = await call('POST', '/admin/v1/Users', { body: newUser('user@oracle.com') });
    expect(answer.status).toBe(201);
    expectUser(answer.body, 'user@oracle.com');
    expect(answer.body[USER]).toEqual({ isFederatedUser: false, preferredUiLandingPage: 'MyApps' });
    expect(answer.body.meta.created).toBe(answer.body.meta.lastModified);
    expect(answer.body.meta.location).toBe(`${domain.url}/admin/v1/Users/${answer.body.id}`);
    expect(answer.headers.get('location')).toBe(answer.body.meta.location);
    expect(answer.headers.get('content-type')).toBe('application/json;charset=utf-8');
  });

  test('3.3 lists all users', async () => {
    const created = await createUser('listed@oracle.com');
    const answer = await call('GET', '/admin/v1/Users');
    expect(answer.status).toBe(200);
    expect(answer.body.schemas).toEqual(['urn:ietf:params:scim:api:messages:2.0:ListResponse']);
    expect(answer.body).toMatchObject({ startIndex: 1, itemsPerPage: 50 });
    expect(answer.body.totalResults).toBe(answer.body.Resources.length);
    const listed = answer.body.Resources.find((user: { id: string }) => user.id === created.id);
    expectUser(listed, 'listed@oracle.com');
  });

  test.each(['id', 'ocid'] as const)('3.4 gets a user by %s and says where it was asked for', async (key) => {
    const created = await createUser(`get-${key}@oracle.com`);
    const answer = await call('GET', `/admin/v1/Users/${created[key]}`);
    expect(answer.status).toBe(200);
    expectUser(answer.body, `get-${key}@oracle.com`);
    expect(answer.body.meta.location).toBe(`${domain.url}/admin/v1/Users/${created[key]}`);
    expect(answer.body.emails).toHaveLength(2);
    for (const email of answer.body.emails) {
      expect(Object.keys(email).sort()).toEqual(['primary', 'secondary', 'type', 'value', 'verified']);
      expect(email).toMatchObject({ value: 'user@oracle.com', secondary: false });
    }
    expect(
      answer.body.emails.map((email: { type: string; primary: boolean }) => [email.type, email.primary]).sort(),
    ).toEqual([
      ['recovery', false],
      ['work', true],
    ]);
  });

  test('3.5 deletes a user by ocid, with a JSON content type and no body', async () => {
    const created = await createUser('deleted@oracle.com');
    const answer = await call('DELETE', `/admin/v1/Users/${created.ocid}`, {
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(204);
    expect(answer.text).toBe('');
    expect((await call('GET', `/admin/v1/Users/${created.id}`)).status).toBe(404);
  });

  test('3.6 sets a password that the user can sign in with', async () => {
    const created = await createUser('password@oracle.com');
    const body = {
      password: 'Welcome@123Bro',
      schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:UserPasswordChanger'],
    };
    const answer = await call('PUT', `/admin/v1/UserPasswordChanger/${created.ocid}`, { body });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toEqual({
      schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:UserPasswordChanger'],
      id: created.id,
      meta: {
        resourceType: 'UserPasswordChanger',
        location: `${domain.url}/admin/v1/UserPasswordChanger/${created.ocid}`,
      },
      domainOcid: created.domainOcid,
      compartmentOcid: created.compartmentOcid,
      tenancyOcid: created.tenancyOcid,
      ocid: created.ocid,
    });
    const signIn = await domain.tokenRequest({
      grant_type: 'password',
      username: 'password@oracle.com',
      password: 'Welcome@123Bro',
      scope: 'urn:opc:idm:__myscopes__',
    });
    expect(signIn.status, signIn.text).toBe(200);
  });

  test('3.6 refuses a short password in the words of the policy', async () => {
    const created = await createUser('short@oracle.com');
    const body = { password: 'Welcome@1', schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:UserPasswordChanger'] };
    const answer = await call('PUT', `/admin/v1/UserPasswordChanger/${created.id}`, { body });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      schemas: [
        'urn:ietf:params:scim:api:messages:2.0:Error',
        'urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error',
      ],
      detail:
        'The password does not meet the criteria of the password policy because: [The password must have at least 12 characters.]',
      status: '400',
      'urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error': {
        messageId: 'error.identity.passwordmgmt.pwdpolicyViolation',
      },
    });
  });

  test('3.7 lists all groups of the domain', async () => {
    const created = await createGroup('SCP_WRITE');
    const answer = await call('GET', '/admin/v1/Groups');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ startIndex: 1, itemsPerPage: 50 });
    const listed = answer.body.Resources.find((group: { id: string }) => group.id === created.id);
    expect(Object.keys(listed).sort()).toEqual(
      [
        'compartmentOcid',
        'displayName',
        'domainOcid',
        'externalId',
        'id',
        'idcsCreatedBy',
        'idcsLastModifiedBy',
        'meta',
        'ocid',
        'schemas',
        'tenancyOcid',
        DYNAMIC,
        GROUP,
      ].sort(),
    );
    expect(listed).toMatchObject({
      displayName: 'SCP_WRITE',
      externalId: '123456',
      [GROUP]: { description: 'Example Description' },
      [DYNAMIC]: { membershipType: 'static' },
    });
    expect([...listed.schemas].sort()).toEqual([CORE_GROUP, GROUP].sort());
  });

  test.each(['id', 'ocid'] as const)('3.8 and 3.9 filter the groups of a user by %s', async (key) => {
    const user = await createUser(`groups-${key}@oracle.com`);
    const group = await createGroup(`SCP_READ_${key}`);
    await createGroup(`OTHER_${key}`);
    expect((await call('PATCH', `/admin/v1/Groups/${group.id}`, { body: addMember(user.id) })).status).toBe(200);
    const filter = `members[type%20eq%20%22User%22%20and%20value%20eq%20%22${user[key]}%22]`;
    const answer = await call('GET', `/admin/v1/Groups?filter=${filter}`);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.totalResults).toBe(1);
    expect(answer.body.Resources.map((each: { id: string }) => each.id)).toEqual([group.id]);
  });

  test('3.10 deletes a group', async () => {
    const group = await createGroup('ToDelete');
    expect((await call('DELETE', `/admin/v1/Groups/${group.id}`)).status).toBe(204);
    expect((await call('GET', `/admin/v1/Groups/${group.id}`)).status).toBe(404);
  });

  test('3.11 renames a group', async () => {
    const group = await createGroup('ExampleGroup');
    const answer = await call('PATCH', `/admin/v1/Groups/${group.id}`, {
      body: {
        schemas: [PATCH_OP],
        Operations: [{ op: 'replace', path: 'displayName', value: 'Employees from Example' }],
      },
    });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({
      displayName: 'Employees from Example',
      externalId: '123456',
      [GROUP]: { description: 'Example Description' },
      id: group.id,
      ocid: group.ocid,
    });
    expect(answer.body.meta.version).not.toBe(group.meta.version);
    expect([...answer.body.schemas].sort()).toEqual([CORE_GROUP, GROUP].sort());
    expect(answer.body.members).toBeUndefined();
  });

  test('3.12 assigns a group to a user', async () => {
    const user = await createUser('assigned@oracle.com');
    const group = await createGroup('Assigned');
    const answer = await call('PATCH', `/admin/v1/Groups/${group.id}`, { body: addMember(user.id) });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({ displayName: 'Assigned', id: group.id });
    const read = await call('GET', `/admin/v1/Groups/${group.id}?attributes=members`);
    expect(read.body.members).toHaveLength(1);
    expect(read.body.members[0]).toMatchObject({
      value: user.id,
      ocid: user.ocid,
      type: 'User',
      display: 'user test',
      name: 'assigned@oracle.com',
    });
    expect(read.body.members[0].$ref).toBe(`${domain.url}/admin/v1/Users/${user.id}`);
  });

  test('3.13 assigns several groups to a user in one Bulk', async () => {
    const user = await createUser('bulk@oracle.com');
    const groups = [await createGroup('Bulk1'), await createGroup('Bulk2')];
    const answer = await call('POST', '/admin/v1/Bulk', {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: groups.map((group) => ({ method: 'PATCH', path: `/Groups/${group.id}`, data: addMember(user.id) })),
      },
    });
    expect(answer.status, answer.text).toBe(201);
    expect(answer.body).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkResponse'],
      Operations: groups.map((group) => ({
        location: `${domain.url}/admin/v1/Groups/${group.id}`,
        method: 'PATCH',
        status: '200',
      })),
    });
    const read = await call('GET', `/admin/v1/Users/${user.id}?attributes=groups`);
    expect(read.body.groups.map((group: { display: string }) => group.display).sort()).toEqual(['Bulk1', 'Bulk2']);
  });
});
