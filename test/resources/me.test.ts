import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { MY_SCOPES, newClient, type TestClient } from '../oauth/token/assertion-fixture.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';
import { newUser } from '../support/new-user.ts';

const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const CURRENT = `${IDCS}extension:me:User:currentPassword`;
const STATE = `${IDCS}extension:userState:User`;
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const OLD = 'Correct-Horse-42';
const NEW = 'Better-Battery-43';

let domain: TestDomain;
let client: TestClient;
let user: { id: string; ocid: string };
let token: string;

beforeEach(async () => {
  domain = await testDomain();
  client = await newClient(domain, 'cli');
  user = (await newUser(domain, 'jdoe', OLD)) as typeof user;
  token = (await signIn(OLD)).body.access_token;
});

const signIn = (password: string) =>
  domain.tokenRequest({ grant_type: 'password', username: 'jdoe', password, scope: MY_SCOPES }, client);
const me = (method: string, body?: JsonObject, path = '') =>
  domain.send(method, `/admin/v1/Me${path}`, { token, ...(body === undefined ? {} : { body }) });
const patch = (...Operations: JsonObject[]) =>
  me('PATCH', { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations });

describe('GET /Me', () => {
  it('shows the caller’s own row, under the name Me (main-0436)', async () => {
    const { status, body, text } = await me('GET');
    expect(status, text).toBe(200);
    const { body: row } = await domain.send('GET', `/admin/v1/Users/${user.id}`);
    expect(body).toEqual({
      ...row,
      meta: { ...row.meta, resourceType: 'Me', location: `${domain.url}/admin/v1/Me/${user.id}` },
    });
    expect((await me('GET', undefined, `/${user.id}`)).body).toEqual(body);
  });

  it('shows what is asked for', async () => {
    const group = await domain.createGroup('Employees', [user.id]);
    const { body, text } = await me('GET', undefined, `?attributes=groups,${STATE}:loginAttempts`);
    expect(body.groups, text).toMatchObject([{ value: group.id, display: 'Employees' }]);
    expect(body[STATE]).toEqual({ loginAttempts: 0 });
    expect(body).not.toHaveProperty('emails');
  });

  it('is for users only, and shows nobody else', async () => {
    const refused = await domain.send('GET', '/admin/v1/Me');
    expect([refused.status, refused.body.detail]).toEqual([401, expect.stringContaining('user of the token')]);
    const other = await domain.createUser('other');
    expect((await me('GET', undefined, `/${other.id}`)).status).toBe(404);
    expect((await domain.send('GET', '/admin/v1/Me', { token: null })).status).toBe(401);
  });
});

describe('PATCH /Me', () => {
  it('changes the row of the user, who is the author (main-0422)', async () => {
    const { status, body, text } = await patch({
      op: 'add',
      path: 'phoneNumbers',
      value: [{ value: '555-555-1212', type: 'mobile' }],
    });
    expect(status, text).toBe(200);
    expect(body).toMatchObject({
      id: user.id,
      meta: { resourceType: 'Me', location: `${domain.url}/admin/v1/Me/${user.id}` },
      idcsLastModifiedBy: { type: 'User', value: user.id, $ref: `${domain.url}/admin/v1/Users/${user.id}` },
      phoneNumbers: [
        { value: '555-555-1212', display: '555-555-1212', type: 'mobile', primary: false, verified: false },
      ],
      [STATE]: { locked: { on: false } },
      schemas: expect.arrayContaining([USER]),
    });
    const { body: row } = await domain.send('GET', `/admin/v1/Users/${user.id}`);
    expect(row.phoneNumbers).toHaveLength(1);
    const slashed = await me(
      'PATCH',
      {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', path: 'phoneNumbers', value: [{ value: '666-666-1111', type: 'home' }] }],
      },
      '/',
    );
    expect(slashed.body.phoneNumbers, slashed.text).toMatchObject([{ value: '666-666-1111' }]);
  });

  it('changes mail addresses by the present password only (main-0426)', async () => {
    const emails = {
      op: 'replace',
      path: 'emails',
      value: [{ value: 'new@example.com', type: 'work', primary: true, verified: true }],
    };
    const missing = await patch(emails);
    expect([missing.status, missing.body.detail]).toEqual([400, expect.stringContaining('currentPassword')]);
    const wrong = await patch({ op: 'replace', path: CURRENT, value: 'Wrong-Password-99' }, emails);
    expect(wrong.text).toContain('error.identity.passwordmgmt.invalidCurrentPassword');
    const changed = await patch({ op: 'replace', path: CURRENT, value: OLD }, emails);
    expect(changed.status, changed.text).toBe(200);
    expect(changed.body.emails).toEqual(
      expect.arrayContaining([expect.objectContaining({ value: 'new@example.com', type: 'work', verified: false })]),
    );
    expect(changed.text).not.toContain(OLD);
  });

  it('counts wrong present passwords as tries to sign in', async () => {
    const title = { op: 'replace', path: 'title', value: 'Ms' };
    for (let left = 5; left > 0; left--)
      await patch({ op: 'replace', path: CURRENT, value: 'Wrong-Password-99' }, title);
    expect((await signIn(OLD)).body.error_description).toContain('locked');
  });

  it('changes the password by the present one', async () => {
    const password = { op: 'replace', path: 'password', value: NEW };
    expect((await patch(password)).status).toBe(400);
    const changed = await patch({ op: 'replace', path: CURRENT, value: OLD }, password);
    expect(changed.status, changed.text).toBe(200);
    expect([(await signIn(OLD)).status, (await signIn(NEW)).status]).toEqual([400, 200]);
  });

  it.each([
    ['userName', 'boss'],
    ['active', false],
    ['roles', [{ value: 'admin' }]],
    [`${IDCS}extension:capabilities:User:canUseApiKeys`, false],
    [`${IDCS}extension:posix:User:uidNumber`, 0],
    [`${STATE}:locked`, { on: true }],
    [`${IDCS}extension:user:User:isFederatedUser`, true],
    [`${IDCS}extension:user:User:serviceUser`, true],
    ['groups', [{ value: 'x' }]],
  ])('does not change %s', async (path, value) => {
    const refused = await patch({ op: 'replace', path, value });
    expect(refused.status, refused.text).toBe(400);
    expect(refused.body.detail).toContain(path.split(':').at(-1)!);
  });
});

describe('PUT /Me', () => {
  it('replaces the profile and keeps what is the administrator’s (main-0421)', async () => {
    const body = {
      schemas: [USER],
      [CURRENT]: OLD,
      name: { givenName: 'John', familyName: 'Saladna' },
      userName: 'jdoe',
      emails: [
        { value: 'jsaladna@example.com', type: 'work', primary: true },
        { value: 'jsaladna@example.com', primary: false, type: 'recovery' },
      ],
    };
    await domain.send('PUT', `/admin/v1/UserCapabilitiesChanger/${user.id}`, {
      body: { schemas: [`${IDCS}UserCapabilitiesChanger`], canUseApiKeys: false },
    });
    const replaced = await me('PUT', body);
    expect(replaced.status, replaced.text).toBe(200);
    expect(replaced.body).toMatchObject({ id: user.id, userName: 'jdoe', displayName: 'John Saladna', active: true });
    expect(replaced.body[`${IDCS}extension:capabilities:User`].canUseApiKeys).toBe(false);
    expect((await me('PUT', { ...body, userName: 'boss' })).status).toBe(400);
    const read = await me('GET');
    const again = await me('PUT', { ...read.body, [CURRENT]: OLD });
    expect(again.body, again.text).toEqual({ ...read.body });
  });
});

describe('what users may change', () => {
  const FLAG = `${IDCS}extension:selfChange:User:allowSelfChange`;
  const self = (...Operations: JsonObject[]) =>
    domain.send('PATCH', `/admin/v1/Users/${user.id}`, {
      token,
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'add', path: FLAG, value: true }, ...Operations],
      },
    });
  const rule = (name: string, value: string) =>
    domain.send('PATCH', '/admin/v1/UserAttributesSettings/UserAttributesSettings', {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', path: `attributeSettings[name eq "${name}"].endUserMutability`, value }],
      },
    });

  it('is the same by /Me and by allowSelfChange', async () => {
    for (const [path, value] of [
      ['userName', 'boss'],
      ['active', false],
      ['externalId', 'x1'],
      [`${IDCS}extension:user:User:isFederatedUser`, true],
      [`${STATE}:locked`, { on: true }],
      ['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department', 'IT'],
    ] as const) {
      for (const change of [patch, self]) {
        const refused = await change({ op: 'replace', path, value });
        expect(refused.status, `${path} ${refused.text}`).toBe(400);
        expect(refused.body.detail).toContain(path.split(':').at(-1)!);
      }
    }
    const emails = { op: 'replace', path: 'emails', value: [{ value: 'n@example.com', type: 'work', primary: true }] };
    expect((await self(emails)).text).toContain('currentPassword');
    const changed = await self(
      emails,
      { op: 'add', path: CURRENT, value: OLD },
      { op: 'add', path: 'title', value: 'Dr' },
    );
    expect(changed.body, changed.text).toMatchObject({ title: 'Dr', meta: { resourceType: 'User' } });
    expect((await self()).status).toBe(200);
    const { body: read } = await domain.send('GET', `/admin/v1/Users/${user.id}`);
    const put = (more: JsonObject) =>
      domain.send('PUT', `/admin/v1/Users/${user.ocid}`, { token, body: { ...read, [FLAG]: true, ...more } });
    expect((await put({ title: 'Prof' })).body).toMatchObject({ title: 'Prof', userName: 'jdoe', active: true });
    expect((await put({ userName: 'boss' })).status).toBe(400);
  });

  it('is what UserAttributesSettings says', async () => {
    const title = { op: 'replace', path: 'title', value: 'Dr' };
    expect((await rule('title', 'readOnly')).status).toBe(200);
    for (const change of [patch, self]) expect((await change(title)).body.detail).toContain('title');
    expect((await rule('title', 'readWrite')).status).toBe(200);
    expect((await patch(title)).body.title).toBe('Dr');
    expect((await rule('title', 'hidden')).status).toBe(200);
    expect((await me('GET')).body).not.toHaveProperty('title');
    expect((await me('GET', undefined, '?attributes=title')).body).not.toHaveProperty('title');
    const { body } = await me('GET');
    expect((await me('PUT', { ...body, nickName: 'Jo' })).body).toMatchObject({ nickName: 'Jo' });
    expect((await domain.send('GET', `/admin/v1/Users/${user.id}`)).body.title).toBe('Dr');
    expect((await rule('userName', 'readWrite')).status).toBe(200);
    expect((await patch({ op: 'replace', path: 'userName', value: 'john' })).body.userName).toBe('john');
  });
});

describe('what else Me has', () => {
  it('answers 405 to what the real service lacks', async () => {
    expect((await me('DELETE', undefined, `/${user.id}`)).status).toBe(405);
  });
});

describe('MyGroups', () => {
  it('lists the caller’s groups, by filter, and nobody else’s', async () => {
    await domain.createGroup('Employees', [user.id]);
    await domain.createGroup('Readers', [user.id]);
    await domain.createGroup('Others');
    const names = async (path: string) =>
      ((await domain.send('GET', path, { token })).body.Resources as JsonObject[]).map((group) => group['displayName']);
    expect(await names('/admin/v1/MyGroups')).toEqual(['Employees', 'Readers']);
    expect(await names('/admin/v1/MyGroups?filter=displayName sw "R" or displayName sw "O"')).toEqual(['Readers']);
    const search = await domain.send('POST', '/admin/v1/MyGroups/.search', {
      token,
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
        sortBy: 'displayName',
        sortOrder: 'descending',
        count: 1,
      },
    });
    expect(search.body, search.text).toMatchObject({
      totalResults: 2,
      Resources: [{ displayName: 'Readers', meta: { resourceType: 'MyGroup' } }],
    });
    expect((await domain.send('GET', '/admin/v1/MyGroups')).status).toBe(401);
  });
});
