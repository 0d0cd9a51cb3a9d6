import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readUserSecret } from '../../src/resources/user-secret.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { ADMINISTRATOR, closeTestStore, type TestContext, testContext } from '../support/context.ts';
import { pipelineOf, userBody } from '../support/pipeline.ts';

const USER = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User';
const STATE = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:userState:User';
const PASSWORD_STATE = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:passwordState:User';
const CAPABILITIES = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:capabilities:User';

let context: TestContext;
let users: ReturnType<typeof pipelineOf>;

beforeEach(async () => {
  context = await testContext();
  users = pipelineOf(context, 'User');
});
afterAll(closeTestStore);

async function secretOf(id: string) {
  return readUserSecret((await context.store.resources.readWithSecret(context.domain.id, 'User', id))!.secret);
}

describe('POST of a user', () => {
  it('answers as the CNC Console guide prints it (3.2)', async () => {
    const { status, body, etag, location } = await users.create(userBody('user@oracle.com'));
    expect(status).toBe(201);
    const author = {
      type: 'User',
      value: ADMINISTRATOR.id,
      display: 'Test User',
      ocid: ADMINISTRATOR.ocid,
      $ref: `http://127.0.0.1:8080/admin/v1/Users/${ADMINISTRATOR.id}`,
    };
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/),
      ocid: expect.stringMatching(/^ocid1\.user\.oc1\.\.[a-z2-7]{60}$/),
      userName: 'user@oracle.com',
      active: true,
      name: { givenName: 'user', familyName: 'test', formatted: 'user test' },
      displayName: 'user test',
      emails: [
        { value: 'user@oracle.com', type: 'work', primary: true, secondary: false, verified: false },
        { value: 'user@oracle.com', type: 'recovery', primary: false, secondary: false, verified: false },
      ],
      [USER]: { isFederatedUser: false, preferredUiLandingPage: 'MyApps' },
      [STATE]: { locked: { on: false } },
      [CAPABILITIES]: {
        canUseApiKeys: true,
        canUseAuthTokens: true,
        canUseConsolePassword: true,
        canUseCustomerSecretKeys: true,
        canUseOAuth2ClientCredentials: true,
        canUseSmtpCredentials: true,
        canUseDbCredentials: true,
      },
      idcsCreatedBy: author,
      idcsLastModifiedBy: author,
      meta: {
        resourceType: 'User',
        created: '2026-01-01T00:00:00.000Z',
        lastModified: '2026-01-01T00:00:00.000Z',
        version: expect.stringMatching(/^[0-9a-f]{32}$/),
        location: `http://127.0.0.1:8080/admin/v1/Users/${body.id}`,
      },
      domainOcid: context.domain.ocid,
      compartmentOcid: context.domain.compartmentOcid,
      tenancyOcid: context.domain.tenancyOcid,
      schemas: expect.anything(),
    });
    expect(new Set(body.schemas)).toEqual(new Set(['urn:ietf:params:scim:schemas:core:2.0:User', USER, STATE]));
    expect(etag).toBe(`"${body.meta.version}"`);
    expect(location).toBe(body.meta.location);
  });

  it('shows an App as creator without a type of user', async () => {
    const app = { type: 'App', id: 'a'.repeat(32), ocid: null, display: 'idcssm', roles: new Set<string>() } as const;
    const { body } = await pipelineOf({ ...context, caller: { ...app, clientId: 'x' } }, 'User').create(userBody('a'));
    expect(body.idcsCreatedBy).toEqual({
      type: 'App',
      value: app.id,
      display: 'idcssm',
      $ref: `http://127.0.0.1:8080/admin/v1/Apps/${app.id}`,
    });
  });

  it.each([
    ['no mail', { emails: [] }, 'error.identity.user.primaryEmailNotSpecified', 'The primary email must be specified.'],
    [
      'no primary mail',
      { emails: [{ value: 'a@b.c', type: 'work' }] },
      'error.identity.user.primaryEmailNotSpecified',
      'The primary email must be specified.',
    ],
    [
      'a malformed mail address',
      { emails: [{ value: 'nobody', type: 'work', primary: true }] },
      'error.common.validation.invalidEmailFormat',
      '"nobody" is an invalid format for an email address . The format must be compliant with RFC 5322.',
    ],
    [
      'no family name',
      { name: { givenName: 'a' } },
      'error.common.validation.missingReqAttributes',
      'Missing required attribute(s): name.familyName.',
    ],
  ])('with %s is refused', async (_, more, messageId, detail) => {
    const { status, body } = await users.create(userBody('a', more as JsonObject));
    expect([status, body]).toEqual([400, { detail, messageId }]);
  });

  it('names all required attributes that are missing', async () => {
    const { status, body } = await users.create({ name: { familyName: 'x' } });
    expect([status, body.messageId]).toEqual([400, 'error.common.validation.missingReqAttributes']);
    expect(body.detail).toContain('userName');
  });

  it('needs no mail where the settings say so', async () => {
    const settings = pipelineOf(context, 'IdentitySettings');
    await settings.patch('IdentitySettings', [{ op: 'replace', path: 'primaryEmailRequired', value: false }]);
    const domain = (await context.store.domains.findByName(context.domain.name))!;
    const relaxed = pipelineOf({ ...context, domain }, 'User');
    expect((await relaxed.create(userBody('a', { emails: [] }))).status).toBe(201);
  });

  it('with a user name that is taken, in any case, is a 409 that names it', async () => {
    await users.create(userBody('jdoe'));
    const { status, body } = await users.create(userBody('JDoe'));
    expect(status).toBe(409);
    expect(body.detail).toBe("A User with userName 'JDoe' already exists.");
  });

  it('keeps nothing of a refused user', async () => {
    await users.create(userBody('a', { emails: [] }));
    expect((await users.list()).body.totalResults).toBe(0);
  });

  it('ignores readOnly attributes', async () => {
    const { status, body } = await users.create(
      userBody('a', { id: 'mine', meta: { version: 'x' }, groups: [{ value: 'g' }] }),
    );
    expect(status).toBe(201);
    expect(body.id).not.toBe('mine');
  });
});

describe('a service user', () => {
  const body = { userName: 'svc', [USER]: { serviceUser: true } };

  it('needs only a name', async () => {
    const created = await users.create(body);
    expect(created.status).toBe(201);
    expect(created.body[USER].serviceUser).toBe(true);
    expect(created.body.emails).toBeUndefined();
    expect((await secretOf(created.body.id)).mustChange).toBe(false);
  });

  it('has no password', async () => {
    expect((await users.create({ ...body, password: 'Welcome@12345' })).status).toBe(400);
    const { id } = (await users.create(body)).body;
    const patched = await users.patch(id, [{ op: 'replace', path: 'password', value: 'Welcome@12345' }]);
    expect([patched.status, patched.body.detail]).toEqual([400, 'A service user can not have a password.']);
  });

  it('is written by Identity Domain Administrators only', async () => {
    const { id } = (await users.create(body)).body;
    const caller = { ...ADMINISTRATOR, roles: new Set(['User Administrator']) };
    const others = pipelineOf({ ...context, caller }, 'User');
    expect((await others.create({ ...body, userName: 'svc2' })).status).toBe(401);
    expect((await others.patch(id, [{ op: 'replace', path: 'title', value: 'x' }])).status).toBe(401);
    expect((await others.remove(id)).status).toBe(401);
    expect((await users.remove(id)).status).toBe(204);
    const normal = await others.create(userBody('normal'));
    expect(normal.status).toBe(201);
    const made = await others.patch(normal.body.id, [{ op: 'add', path: `${USER}:serviceUser`, value: true }]);
    expect(made.status).toBe(401);
  });
});

describe('the password of a user', () => {
  it('that is created with one is kept as a hash and must be changed', async () => {
    const { body } = await users.create(userBody('a', { password: 'Welcome@12345' }));
    expect(JSON.stringify(body)).not.toContain('Welcome');
    const secret = await secretOf(body.id);
    expect(secret.password).toMatch(/^\$argon2id\$/);
    expect(secret.mustChange).toBe(true);
    expect(await context.passwords.verify(secret.password, 'Welcome@12345')).toBe(true);
  });

  it('that is created without one has to choose one', async () => {
    const { body } = await users.create(userBody('a'));
    expect(await secretOf(body.id)).toMatchObject({ password: null, mustChange: true });
  });

  it('is set by PATCH and PUT, and survives a PUT that does not mention it', async () => {
    const { body } = await users.create(userBody('a'));
    const patched = await users.patch(body.id, [{ op: 'replace', path: 'password', value: 'Welcome@12345' }]);
    expect(patched.status).toBe(200);
    expect(patched.body.meta.version).not.toBe(body.meta.version);
    const first = (await secretOf(body.id)).password;
    expect(await context.passwords.verify(first, 'Welcome@12345')).toBe(true);
    const replaced = await users.replace(body.id, userBody('a', { title: 'Boss' }));
    expect(replaced.body.title).toBe('Boss');
    expect((await secretOf(body.id)).password).toBe(first);
    await users.replace(body.id, userBody('a', { password: 'Another@12345' }));
    expect(await context.passwords.verify((await secretOf(body.id)).password, 'Another@12345')).toBe(true);
  });

  it('and what sign-ins count are shown only when asked for', async () => {
    const { body } = await users.create(userBody('a', { password: 'Welcome@12345' }));
    expect((await users.read(body.id)).body[PASSWORD_STATE]).toBeUndefined();
    const asked = { attributes: `${PASSWORD_STATE}:mustChange,${PASSWORD_STATE}:expired,${STATE}:loginAttempts` };
    const { body: shown } = await users.read(body.id, asked);
    expect(shown[PASSWORD_STATE]).toEqual({ mustChange: true, expired: false });
    expect(shown[STATE]).toEqual({ loginAttempts: 0 });
    const set = { attributes: `${PASSWORD_STATE}:lastSuccessfulSetDate,${PASSWORD_STATE}:applicablePasswordPolicy` };
    expect((await users.list(set)).body.Resources[0][PASSWORD_STATE]).toMatchObject({
      lastSuccessfulSetDate: '2026-01-01T00:00:00.000Z',
      applicablePasswordPolicy: {
        value: 'PasswordPolicy',
        $ref: 'http://127.0.0.1:8080/admin/v1/PasswordPolicies/PasswordPolicy',
      },
    });
  });

  it('says when something happened, but is not searched by it: sign-ins do not write the user', async () => {
    const date = '"2020-01-01T00:00:00Z"';
    for (const path of [`${PASSWORD_STATE}:lastSuccessfulValidationDate`, `${STATE}:lastSuccessfulLoginDate`]) {
      expect((await users.list({ filter: `${path} gt ${date}` })).status).toBe(400);
      expect((await users.list({ sortBy: path })).status).toBe(400);
    }
  });

  it('can not be read, sorted or filtered by', async () => {
    const { body } = await users.create(userBody('a', { password: 'Welcome@12345' }));
    for (const attributes of ['password', 'userName,password']) {
      expect((await users.read(body.id, { attributes })).body.password).toBeUndefined();
    }
    expect((await users.read(body.id, { attributeSets: 'all,never' })).body.password).toBeUndefined();
    expect((await users.list({ filter: 'password pr' })).status).toBe(400);
  });
});

describe('a change of a user', () => {
  it('keeps formatted and displayed name in step', async () => {
    const { body } = await users.create(userBody('a'));
    const { body: after } = await users.patch(body.id, [{ op: 'replace', path: 'name.familyName', value: 'Changed' }]);
    expect(after.name).toEqual({ givenName: 'user', familyName: 'Changed', formatted: 'user Changed' });
    expect(after.displayName).toBe('user Changed');
    const { body: named } = await users.patch(body.id, [{ op: 'replace', path: 'displayName', value: 'Mine' }]);
    expect([named.displayName, named.name.formatted]).toEqual(['Mine', 'user Changed']);
    const { body: again } = await users.patch(body.id, [{ op: 'replace', path: 'name.givenName', value: 'G' }]);
    expect([again.displayName, again.name.formatted]).toEqual(['Mine', 'G Changed']);
  });

  it('can not take the last primary mail away', async () => {
    const { body } = await users.create(userBody('a'));
    const { status, body: error } = await users.patch(body.id, [{ op: 'remove', path: 'emails' }]);
    expect([status, error.messageId]).toEqual([400, 'error.identity.user.primaryEmailNotSpecified']);
  });

  it('replaces a user as the recorded PUT does', async () => {
    const { body } = await users.create(userBody('bjensen@example.com'));
    const { status, body: after } = await users.replace(body.id, {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      name: { givenName: 'Barbara', familyName: 'Jensen' },
      userName: 'bjensen@example.com',
      active: true,
      emails: [
        { value: 'bjensen@example.com', primary: true, type: 'home', verified: true },
        { value: 'bjensen@example.org', type: 'work' },
      ],
    });
    expect(status).toBe(200);
    expect(after.displayName).toBe('Barbara Jensen');
    expect(after.emails.map((email: JsonObject) => [email['type'], email['primary'], email['verified']])).toEqual([
      ['home', true, true],
      ['work', false, false],
      ['recovery', false, false],
    ]);
  });

  it('does not unlock a locked user by a PUT that says nothing about the lock', async () => {
    const { body } = await users.create(userBody('a', { [STATE]: { locked: { on: true, reason: 1 } } }));
    const { status, body: after } = await users.replace(body.id, userBody('a', { title: 'Dr' }));
    expect([status, after.title, after[STATE]]).toEqual([200, 'Dr', body[STATE]]);
    const { body: unlocked } = await users.replace(body.id, userBody('a', { [STATE]: { locked: { on: false } } }));
    expect(unlocked[STATE].locked.on).toBe(false);
  });

  it.each<[string, JsonObject]>([
    ['remove', { op: 'remove', path: 'active' }],
    ['replace with null', { op: 'replace', path: 'active', value: null }],
  ])('gives a removed value its default back: %s', async (_, operation) => {
    const { body } = await users.create(userBody('a', { active: false, [STATE]: { locked: { on: true } } }));
    const lock = { op: 'remove', path: `${STATE}:locked` };
    const { status, body: after } = await users.patch(body.id, [operation, lock]);
    expect([status, after.active, after[STATE]]).toEqual([200, true, { locked: { on: false } }]);
    expect((await users.list({ filter: `active eq true and ${STATE}:locked.on eq false` })).body.totalResults).toBe(1);
  });

  it('refuses a userName that another has', async () => {
    await users.create(userBody('a'));
    const { body } = await users.create(userBody('b'));
    expect((await users.patch(body.id, [{ op: 'replace', path: 'userName', value: 'A' }])).status).toBe(409);
  });
});
