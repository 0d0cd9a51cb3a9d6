import { beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { type TestDomain, testDomain, userBody } from '../support/emulator.ts';
import {
  activate,
  type Body,
  clientToken,
  connectorToken,
  grantDomainRole,
  MY_SCOPES,
  newApp,
  newClient,
  ok,
  patch,
} from './app-steps.ts';

/*
 * The first flows of Oracle's documentation from beginning to end: first contact, and a user who changes the own profile.
 */

const GRANT = 'urn:ietf:params:scim:schemas:oracle:idcs:Grant';
const USER = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User';
const SELF_CHANGE = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:selfChange:User';
const CHANGER = 'urn:ietf:params:scim:schemas:oracle:idcs:UserPasswordChanger';

let domain: TestDomain;

beforeAll(async () => {
  domain = await testDomain();
});

/** A user who may sign in with this password; an administrator chose it, which ends "must change". */
async function userWithPassword(userName: string, password: string): Promise<Body> {
  const user = await domain.createUser(userName);
  const body = { schemas: [CHANGER], password };
  await ok(200, domain.send('PUT', `/admin/v1/UserPasswordChanger/${user.id}`, { body }));
  return user;
}

const passwordToken = (username: string, password: string) =>
  domain.tokenRequest({ grant_type: 'password', username, password, scope: MY_SCOPES });

describe('first contact', () => {
  test('a client that is granted the administrator role and activated manages users (A1)', async () => {
    const app = await newClient(domain, 'REST client');
    expect(app.active).toBe(false);
    await grantDomainRole(domain, app.id, 'Identity Domain Administrator');
    const early = await clientToken(domain, app);
    expect([early.status, early.body.error]).toEqual([401, 'invalid_client']);
    await activate(domain, app.id);

    const granted = await ok(200, clientToken(domain, app));
    expect(granted).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 3600 });
    const token = granted.access_token;

    const listed = await ok(200, domain.send('GET', '/admin/v1/Users', { token }));
    expect(listed.Resources).toContainEqual(
      expect.objectContaining({ userName: 'admin@example.com', nickName: 'TAS_TENANT_ADMIN_USER' }),
    );

    const made = await domain.send('POST', '/admin/v1/Users', { token, body: userBody('first@example.com') });
    expect(made.status).toBe(201);
    const { ocid } = made.body;
    expect(ocid).toMatch(/^ocid1\.user\./);
    expect(made.headers.get('location')).toBe(made.body.meta.location);
    expect(made.body.idcsCreatedBy).toMatchObject({ type: 'App', value: app.id, display: 'REST client' });

    expect((await ok(200, domain.send('GET', `/admin/v1/Users/${ocid}`, { token }))).userName).toBe(
      'first@example.com',
    );
    const gone = await domain.send('DELETE', `/admin/v1/Users/${ocid}`, { token });
    expect([gone.status, gone.text]).toEqual([204, '']);
    await ok(404, domain.send('GET', `/admin/v1/Users/${ocid}`, { token }));
  });

  test('an expired token is turned away in HTML (A1)', async () => {
    const timed = await testDomain();
    const advance = { duration: 'PT2H' };
    await ok(200, timed.send('POST', '/_emulator/clock/advance', { body: advance, token: null }));
    const answer = await timed.send('GET', '/admin/v1/Users');
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
    expect(answer.text).toContain('Proper authorization is required for this area');
  });

  test('a user is created, searched, replaced, patched and listed (A2)', async () => {
    const made = await domain.send('POST', '/admin/v1/Users', {
      body: {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        userName: 'bjensen@example.com',
        name: { givenName: 'Barbara', familyName: 'Jensen' },
        emails: [{ value: 'bjensen@example.com', type: 'work', primary: true }],
      },
    });
    const user = made.body;
    expect(made.status, made.text).toBe(201);
    expect(user).toMatchObject({
      displayName: 'Barbara Jensen',
      name: { formatted: 'Barbara Jensen' },
      [USER]: { isFederatedUser: false },
      'urn:ietf:params:scim:schemas:oracle:idcs:extension:userState:User': { locked: { on: false } },
    });
    expect(user.emails.map((mail: Body) => [mail.type, mail.value])).toEqual([
      ['work', 'bjensen@example.com'],
      ['recovery', 'bjensen@example.com'],
    ]);
    expect(user.meta.version).toMatch(/^[0-9a-f]{32}$/);

    const search = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
      attributes: ['displayName', 'userName'],
      filter: 'userName sw "bje"',
      startIndex: 1,
      count: 10,
    };
    expect(await ok(200, domain.send('POST', '/admin/v1/Users/.search', { body: search }))).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      totalResults: 1,
      Resources: [{ displayName: 'Barbara Jensen', userName: 'bjensen@example.com', id: user.id }],
      startIndex: 1,
      itemsPerPage: 10,
    });

    const whole = { ...user, title: 'Tour guide' };
    const put = await ok(200, domain.send('PUT', `/admin/v1/Users/${user.id}`, { body: whole }));
    expect(put).toMatchObject({ title: 'Tour guide', emails: user.emails, displayName: 'Barbara Jensen' });

    const phone = { op: 'add', path: 'phoneNumbers', value: [{ value: '555-555-0100', type: 'home' }] };
    const patched = await ok(200, domain.send('PATCH', `/admin/v1/Users/${user.id}`, { body: patch(phone) }));
    expect(patched).toMatchObject({
      title: 'Tour guide',
      emails: user.emails,
      phoneNumbers: [{ value: '555-555-0100', type: 'home' }],
    });

    for (const name of ['dove@example.com', 'duke@example.com', 'dyer@example.com']) await domain.createUser(name);
    const listed = await ok(200, domain.send('GET', '/admin/v1/Users?filter=userName sw "d"'));
    expect(listed).toMatchObject({ totalResults: 3, itemsPerPage: 50, startIndex: 1 });

    const ecid = made.headers.get('x-oracle-dms-ecid');
    expect(ecid).toMatch(/\S/);
    // The caller is a client here; the mail to the user is an event of the same request.
    const events = encodeURIComponent(`actorName sw "idcs" and ecId eq "${ecid}^" and serviceName eq "Admin"`);
    const found = await ok(200, domain.send('GET', `/admin/v1/AuditEvents?filter=${events}`));
    expect(found.totalResults).toBe(1);
    expect(found.Resources[0]).toMatchObject({ eventId: 'admin.user.create.success', adminResourceId: user.id });
    expect(JSON.parse(found.Resources[0].adminValuesAdded)).toMatchObject({ userName: 'bjensen@example.com' });
  });

  test('groups and app roles of a user are shown when asked for (A2)', async () => {
    const user = await domain.createUser('holder@example.com');
    const group = await domain.createGroup('Holders', [user.id]);
    const app = await newApp(domain, 'Roles', {
      active: true,
      isOAuthResource: true,
      audience: 'https://roles.example.com',
    });
    const role = await ok(
      201,
      domain.send('POST', '/admin/v1/AppRoles', {
        body: {
          schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:AppRole'],
          displayName: 'Reader',
          app: { value: app.id },
        },
      }),
    );
    const toGroup = {
      schemas: [GRANT],
      grantee: { type: 'Group', value: group.id },
      app: { value: app.id },
      entitlement: { attributeName: 'appRoles', attributeValue: role.id },
      grantMechanism: 'ADMINISTRATOR_TO_GROUP',
    };
    await ok(201, domain.send('POST', '/admin/v1/Grants', { body: toGroup }));
    const read = await ok(
      200,
      domain.send('GET', `/admin/v1/Users/${user.id}?attributes=groups,${USER}:appRoles,${USER}:appRoles.type`),
    );
    expect(read.groups).toEqual([expect.objectContaining({ value: group.id, display: 'Holders' })]);
    expect(read[USER].appRoles).toEqual([
      expect.objectContaining({ value: role.id, display: 'Reader', appId: app.id, type: 'indirect' }),
    ]);
  });

  test('a connector with the role User Administrator sends its id and secret as its token (A3)', async () => {
    const app = await newClient(domain, 'Provisioning', { active: true });
    await grantDomainRole(domain, app.id, 'User Administrator');
    const token = connectorToken(app);
    const body = {
      ...userBody('provisioned@example.com'),
      [USER]: { isFederatedUser: true, bypassNotification: true },
    };
    const user = await ok(201, domain.send('POST', '/admin/v1/Users', { token, body }));
    expect(user[USER]).toMatchObject({ isFederatedUser: true });
    expect(user[USER]).not.toHaveProperty('bypassNotification');
    const off = patch({ op: 'replace', path: 'active', value: false });
    const updated = await ok(200, domain.send('PATCH', `/admin/v1/Users/${user.id}`, { token, body: off }));
    expect(updated.active).toBe(false);
    // A User Administrator changes no Apps.
    await ok(401, domain.send('DELETE', `/admin/v1/Apps/${app.id}`, { token }));
    const wrong = Buffer.from(`${app.name}:wrong`).toString('base64');
    await ok(401, domain.send('GET', '/admin/v1/Users', { token: wrong }));
  });
});

describe('a user who changes the own profile (C1)', () => {
  const change = (id: string, token: string, more: JsonObject) =>
    domain.send('PUT', `/admin/v1/UserPasswordChanger/${id}`, {
      token,
      body: { schemas: [CHANGER], password: 'Second#Password#2', ...more },
    });

  test('sets the own password with allowSelfChange', async () => {
    const user = await userWithPassword('self@example.com', 'First#Password#1');
    const { access_token: token } = await ok(200, passwordToken('self@example.com', 'First#Password#1'));
    await ok(401, change(user.id, token, {}));
    await ok(401, change(user.id, token, { [`${SELF_CHANGE}:allowSelfChange`]: false }));
    const answer = await ok(200, change(user.ocid, token, { [`${SELF_CHANGE}:allowSelfChange`]: true }));
    expect(answer).toMatchObject({ id: user.id, schemas: [CHANGER] });
    expect(answer).not.toHaveProperty([SELF_CHANGE]);
    await ok(200, passwordToken('self@example.com', 'Second#Password#2'));
    await ok(400, passwordToken('self@example.com', 'First#Password#1'));
  });

  test('changes the own attributes with allowSelfChange, and gets no rights by it', async () => {
    const user = await userWithPassword('profile@example.com', 'First#Password#1');
    const { access_token: token } = await ok(200, passwordToken('profile@example.com', 'First#Password#1'));
    const phone = { op: 'replace', path: 'phoneNumbers', value: [{ type: 'home', value: '555-555-0100' }] };
    const flag = { op: 'add', path: `${SELF_CHANGE}:allowSelfChange`, value: true };
    await ok(401, domain.send('PATCH', `/admin/v1/Users/${user.id}`, { token, body: patch(phone) }));
    const changed = await ok(
      200,
      domain.send('PATCH', `/admin/v1/Users/${user.id}`, { token, body: patch(phone, flag) }),
    );
    expect(changed.phoneNumbers).toEqual([expect.objectContaining({ type: 'home', value: '555-555-0100' })]);
    expect(changed).not.toHaveProperty([SELF_CHANGE]);
    expect(changed.idcsLastModifiedBy).toMatchObject({ type: 'User', value: user.id });
    for (const path of ['groups', `${USER}:appRoles`, `${USER}:serviceUser`]) {
      const value = path.endsWith('serviceUser') ? true : [{ value: 'x' }];
      const answer = await domain.send('PATCH', `/admin/v1/Users/${user.id}`, {
        token,
        body: patch(flag, { op: 'add', path, value }),
      });
      expect([400, 401], path).toContain(answer.status);
    }
    await ok(
      401,
      domain.send('DELETE', `/admin/v1/Users/${user.id}`, {
        token,
        body: { [`${SELF_CHANGE}:allowSelfChange`]: true },
      }),
    );
    await ok(401, domain.send('GET', '/admin/v1/Users', { token }));
  });

  test("can't set another user's password so", async () => {
    await userWithPassword('plain@example.com', 'First#Password#1');
    const other = await userWithPassword('other@example.com', 'Other#Password#1');
    const { access_token: token } = await ok(200, passwordToken('plain@example.com', 'First#Password#1'));
    await ok(401, change(other.id, token, { [SELF_CHANGE]: { allowSelfChange: true } }));
    await ok(200, passwordToken('other@example.com', 'Other#Password#1'));
  });
});
