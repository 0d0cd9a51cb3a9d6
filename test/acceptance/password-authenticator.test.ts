import { beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { advanceClock } from '../support/domain-clock.ts';
import { type Answer, type TestDomain, testDomain } from '../support/emulator.ts';
import { newUser } from '../support/new-user.ts';
import { claimsOf } from '../support/token-claims.ts';
import { newApp, newClient, patch } from './app-steps.ts';

/*
 * The examples of the page "Check Password of Specified User or App", in its order: requests as printed, answers with exactly the
 * printed keys, and the printed values where they don't depend on the domain. mappingAttribute may stand in a user's answer (rulings).
 */

const SCHEMA = 'urn:ietf:params:scim:schemas:oracle:idcs:PasswordAuthenticator';
const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const ERROR_EXTENSION = 'urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error';
const PASSWORD = 'Welc0me@1-and-more';
const HOME = { locale: 'en', preferredLanguage: 'en', timezone: 'America/Chicago' };
const OPC_SERVICE = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:opcService:App';
const INSTANCE = '0436F9D6C3F04E6ABD0E5F19492565EA';

let domain: TestDomain;
// biome-ignore lint/suspicious/noExplicitAny: answers are read by path
let world: Record<'admin' | 'app1' | 'app2' | 'role1' | 'role2' | 'client', any>;

beforeAll(async () => {
  domain = await testDomain();
  const admin = await newUser(domain, 'opc@example.com', PASSWORD, { displayName: 'admin opc', ...HOME });
  const app1 = await opcApp(1, { [OPC_SERVICE]: { serviceInstanceIdentifier: INSTANCE } });
  const app2 = await opcApp(2, {});
  const [role1, role2] = [await legacyRole(1, app1), await legacyRole(2, app2)];
  const client = await newClient(domain, 'TestAPP1', { name: 'TestAPP1_APPID', active: true });
  for (const [role, app] of [
    [role1, app1],
    [role2, app2],
  ]) {
    await newGrant({ type: 'User', value: admin.id }, app.id, role.id);
    await newGrant({ type: 'App', value: client.id }, app.id, role.id);
  }
  world = { admin, app1, app2, role1, role2, client };
});

async function newGrant(grantee: JsonObject, appId: string, roleId: string): Promise<void> {
  const body = {
    schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:Grant'],
    grantee,
    app: { value: appId },
    entitlement: { attributeName: 'appRoles', attributeValue: roleId },
    grantMechanism: `ADMINISTRATOR_TO_${String(grantee['type']).toUpperCase()}`,
  };
  const made = await domain.send('POST', '/admin/v1/Grants', { body });
  expect(made.status, made.text).toBe(201);
}

function opcApp(number: number, more: JsonObject) {
  return newApp(domain, `OPCApp${number}`, {
    name: `OPCAPP${number}_APPID`,
    isOAuthClient: true,
    clientType: 'confidential',
    allowedGrants: ['client_credentials'],
    active: true,
    ...more,
  });
}

async function legacyRole(number: number, app: { id: string }) {
  const body = {
    schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:AppRole'],
    displayName: `Administrator for OPCApp${number}`,
    legacyGroupName: `OPCAPP${number}.Administrator for OPCApp${number}`,
    adminRole: true,
    availableToClients: true,
    availableToUsers: true,
    app: { value: app.id },
  };
  const made = await domain.send('POST', '/admin/v1/AppRoles', { body });
  expect(made.status, made.text).toBe(201);
  return made.body;
}

function tenantOf({ token }: TestDomain): string {
  return String(claimsOf(token)['tenant']);
}

function authenticate(body: JsonObject, query = ''): Promise<Answer> {
  return domain.send('POST', `/admin/v1/PasswordAuthenticator${query}`, { body: { ...body, schemas: [SCHEMA] } });
}

/** A user's answer without what rulings call optional. */
function shownOf(answer: Answer): JsonObject {
  expect(answer.status, answer.text).toBe(201);
  const { mappingAttribute, ...shown } = answer.body;
  expect(mappingAttribute).toBe('userName');
  return shown;
}

function printedUser(more: JsonObject = {}): JsonObject {
  return {
    id: world.admin.id,
    userEmail: 'opc@example.com',
    userDisplayName: 'admin opc',
    ...HOME,
    csr: false,
    tenantName: tenantOf(domain),
    type: 'User',
    mappingAttributeValue: 'opc@example.com',
    schemas: [SCHEMA],
    ...more,
  };
}

function printedRole(number: 1 | 2, more: JsonObject = {}): JsonObject {
  const role = number === 1 ? world.role1 : world.role2;
  const app = number === 1 ? world.app1 : world.app2;
  return {
    value: role.id,
    adminRole: true,
    legacyGroupName: `OPCAPP${number}.Administrator for OPCApp${number}`,
    appId: app.id,
    appName: `OPCAPP${number}_APPID`,
    display: `Administrator for OPCApp${number}`,
    $ref: `${domain.url}/admin/v1/AppRoles/${role.id}`,
    ...more,
  };
}

function printedGroup(number: 1 | 2, more: JsonObject = {}): JsonObject {
  const { id } = number === 1 ? world.role1 : world.role2;
  const display = `OPCAPP${number}.Administrator for OPCApp${number}`;
  return { display, value: id, $ref: `${domain.url}/admin/v1/IDSGroups/${id}`, ...more };
}

const both = (of: (number: 1 | 2, more?: JsonObject) => JsonObject, more?: JsonObject) =>
  expect.toSatisfy((list: JsonObject[]) => {
    expect(list).toHaveLength(2);
    expect(list).toEqual(expect.arrayContaining([of(1, more), of(2, more)]));
    return true;
  });

describe('user examples', () => {
  const credentials = { mappingAttributeValue: 'opc@example.com', password: PASSWORD };

  test('the password of a user', async () => {
    expect(shownOf(await authenticate({ mappingAttribute: 'userName', ...credentials }))).toEqual(printedUser());
  });

  test('with AppRoles assigned', async () => {
    expect(shownOf(await authenticate({ ...credentials, includeMemberships: true }))).toEqual(
      printedUser({ groups: both(printedGroup), appRoles: both(printedRole) }),
    );
  });

  test.each([
    ['appServiceInstanceIdentifier', () => INSTANCE],
    ['appName', () => 'OPCAPP1_APPID'],
    ['appId', () => world.app1.id],
    ['appDisplayName', () => 'opcapp1'],
  ])('with the filter %s', async (filter, value) => {
    expect(shownOf(await authenticate({ ...credentials, includeMemberships: true, [filter]: value() }))).toEqual(
      printedUser({ groups: [printedGroup(1)], appRoles: [printedRole(1)] }),
    );
  });

  test.each([
    ['appName', 'IDCSApp'],
    ['appDisplayName', 'Identity Domain Administrator'],
  ])('with the built-in App by %s', async (filter, value) => {
    const user = await newUser(domain, `${filter}@example.com`, PASSWORD, { displayName: 'admin opc', ...HOME });
    const { body: roles } = await domain.send(
      'GET',
      `/admin/v1/AppRoles?filter=${encodeURIComponent('displayName eq "Identity Domain Administrator"')}`,
    );
    const role = roles.Resources[0].id;
    await newGrant({ type: 'User', value: user.id }, 'IDCSAppId', role);
    await newGrant({ type: 'User', value: user.id }, world.app1.id, world.role1.id);
    const group = await domain.createGroup(`TenantAdminGroup ${filter}`, [user.id]);
    const answer = await authenticate({
      mappingAttributeValue: `${filter}@example.com`,
      password: PASSWORD,
      includeMemberships: true,
      [filter]: value,
    });
    expect(shownOf(answer)).toEqual(
      printedUser({
        id: user.id,
        userEmail: `${filter}@example.com`,
        mappingAttributeValue: `${filter}@example.com`,
        groups: [
          {
            display: `TenantAdminGroup ${filter}`,
            value: group.id,
            $ref: `${domain.url}/admin/v1/IDSGroups/${group.id}`,
          },
        ],
        appRoles: [
          {
            value: role,
            $ref: `${domain.url}/admin/v1/AppRoles/${role}`,
            appName: 'IDCSApp',
            display: 'Identity Domain Administrator',
            appId: 'IDCSAppId',
            adminRole: true,
          },
        ],
      }),
    );
  });
});

describe('failures of users', () => {
  const John = { displayName: 'John Doe', ...HOME };

  function printed(detail: string, id?: string): JsonObject {
    const person = id === undefined ? {} : { id, ...John };
    return {
      schemas: [ERROR, ERROR_EXTENSION],
      detail,
      status: '400',
      [ERROR_EXTENSION]: { additionalData: { csr: false, tenantName: tenantOf(domain), ...person } },
    };
  }

  async function failing(userName: string, password: string): Promise<Answer> {
    const answer = await authenticate({
      mappingAttribute: 'userName',
      mappingAttributeValue: userName,
      password,
    });
    expect(answer.status).toBe(400);
    return answer.body;
  }

  test('invalid credentials', async () => {
    const { id } = await newUser(domain, 'wrong', PASSWORD, John);
    expect(await failing('wrong', 'Password123')).toEqual(printed('INVALID_CREDENTIALS', id));
  });

  test('a disabled user', async () => {
    const { id } = await newUser(domain, 'disabled', PASSWORD, John);
    await domain.send('PATCH', `/admin/v1/Users/${id}`, {
      body: patch({ op: 'replace', path: 'active', value: false }),
    });
    expect(await failing('disabled', PASSWORD)).toEqual(printed('USER_DISABLED_RESPONSE', id));
    // Who doesn't know the password learns nothing.
    expect(await failing('disabled', 'Password123')).toEqual(printed('INVALID_CREDENTIALS', id));
  });

  test('a user that is not found', async () => {
    expect(await failing('nobody', PASSWORD)).toEqual(printed('USER_NOT_FOUND'));
  });

  test('a locked user', async () => {
    const { id } = await newUser(domain, 'locked', PASSWORD, John);
    for (let left = 5; left > 0; left--) {
      expect(await failing('locked', 'Password123')).toEqual(printed('INVALID_CREDENTIALS', id));
    }
    expect(await failing('locked', PASSWORD)).toEqual(printed('USER_LOCKED_RESPONSE', id));
  });

  test('a password that must be changed', async () => {
    const { id } = await domain.createUser('must', { ...John, password: PASSWORD });
    expect(await failing('must', PASSWORD)).toEqual(printed('PASSWORD_MUST_CHANGE_RESPONSE', id));
  });

  test('an expired password, and a lock that runs out', async () => {
    const other = await testDomain();
    const { id } = await newUser(other, 'old', PASSWORD, John);
    const attempt = async (password: string) => {
      const form = { grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' };
      const { body: granted } = await other.tokenRequest(form);
      const body = { mappingAttributeValue: 'old', password, schemas: [SCHEMA] };
      return other.send('POST', '/admin/v1/PasswordAuthenticator', { body, token: granted.access_token });
    };
    for (let left = 5; left > 0; left--) await attempt('Password123');
    await advanceClock(other, 30 * 60 + 1);
    expect((await attempt(PASSWORD)).status).toBe(201);
    await advanceClock(other, 120 * 24 * 60 * 60);
    const answer = await attempt(PASSWORD);
    expect(answer.body).toEqual({
      ...printed('PASSWORD_EXPIRED_RESPONSE', id),
      [ERROR_EXTENSION]: { additionalData: { csr: false, tenantName: tenantOf(other), id, ...John } },
    });
  });
});

describe('App examples', () => {
  const printedApp = (more: JsonObject): JsonObject => ({
    mappingAttributeValue: 'TestAPP1_APPID',
    mappingAttribute: 'name',
    tenantName: tenantOf(domain),
    type: 'App',
    schemas: [SCHEMA],
    ...more,
  });

  test('an App with AppRoles', async () => {
    const answer = await authenticate({
      mappingAttributeValue: 'TestAPP1_APPID',
      password: world.client.clientSecret,
      includeMemberships: true,
    });
    const direct = { type: 'direct' };
    expect(answer.body).toEqual(
      printedApp({ groups: both(printedGroup, direct), appRoles: both(printedRole, direct) }),
    );
  });

  test('an App with the service instance as a filter', async () => {
    const answer = await authenticate({
      mappingAttributeValue: 'TestAPP1_APPID',
      password: world.client.clientSecret,
      includeMemberships: true,
      appServiceInstanceIdentifier: INSTANCE,
    });
    const direct = { type: 'direct' };
    expect(answer.body).toEqual(printedApp({ groups: [printedGroup(1, direct)], appRoles: [printedRole(1, direct)] }));
  });

  test('a disabled App', async () => {
    const client = await newClient(domain, 'Storage', { name: 'STORAGE27_APPID', active: false });
    const ask = (password: string) => authenticate({ mappingAttributeValue: 'STORAGE27_APPID', password });
    expect((await ask(client.clientSecret)).body).toEqual({
      schemas: [ERROR, ERROR_EXTENSION],
      detail: 'APP_DISABLE_RESPONSE',
      status: '400',
      [ERROR_EXTENSION]: { messageId: 'APP_DISABLE_RESPONSE' },
    });
    expect((await ask('Password123')).body.detail).toBe('INVALID_CREDENTIALS');
  });
});
