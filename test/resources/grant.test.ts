import { beforeAll, describe, expect, test } from 'vitest';
import { isObject, type JsonObject } from '../../src/scim/json.ts';
import { newTestDomain, type TestDomain } from './domain-context.ts';

let domain: TestDomain;
beforeAll(async () => {
  domain = await newTestDomain();
});

let count = 0;

async function newApp(more: JsonObject = {}): Promise<string> {
  const body = {
    basedOnTemplate: { value: 'CustomWebAppTemplateId' },
    displayName: `App ${++count}`,
    active: true,
    ...more,
  };
  return String((await domain.create('App', body))['id']);
}

function newClient(): Promise<string> {
  return newApp({
    active: false,
    isOAuthClient: true,
    clientType: 'confidential',
    allowedGrants: ['client_credentials'],
  });
}

async function newUser(): Promise<string> {
  const userName = `user${++count}@example.com`;
  const body = { userName, name: { familyName: 'User' }, emails: [{ value: userName, type: 'work', primary: true }] };
  return String((await domain.create('User', body))['id']);
}

async function newGroup(): Promise<string> {
  return String((await domain.create('Group', { displayName: `Group ${++count}` }))['id']);
}

async function newRole(appId: string, more: JsonObject = {}): Promise<string> {
  const body = { displayName: `Role ${++count}`, app: { value: appId }, ...more };
  return String((await domain.create('AppRole', body))['id']);
}

async function builtIn(name: string): Promise<string> {
  const [role] = await domain.find('AppRole', `app.value eq "IDCSAppId" and displayName eq "${name}"`);
  return String(role!['id']);
}

/** The body of a Grant as the collection posts it (main-0067). */
function grant(type: 'User' | 'Group' | 'App', grantee: string, app: string, role: string | null): JsonObject {
  return {
    grantee: { type, value: grantee },
    app: { value: app },
    ...(role === null ? {} : { entitlement: { attributeName: 'appRoles', attributeValue: role } }),
    grantMechanism: `ADMINISTRATOR_TO_${type.toUpperCase()}`,
  };
}

async function rolesOfApp(id: string): Promise<JsonObject[]> {
  const { grantedAppRoles } = await domain.get('App', id);
  return Array.isArray(grantedAppRoles) ? grantedAppRoles.filter(isObject) : [];
}

describe('granting', () => {
  test('an administrator role to a client shows in grantedAppRoles as recorded (main-0030)', async () => {
    const client = await newClient();
    const role = await builtIn('Identity Domain Administrator');
    const made = await domain.create('Grant', grant('App', client, 'IDCSAppId', role));
    expect(made).toMatchObject({
      grantMechanism: 'ADMINISTRATOR_TO_APP',
      isFulfilled: true,
      grantee: { value: client, type: 'App', $ref: `http://127.0.0.1:8080/admin/v1/Apps/${client}` },
      grantor: { type: domain.caller.type, value: domain.caller.id },
      entitlement: { attributeName: 'appRoles', attributeValue: role },
    });
    expect(made['compositeKey']).toBeUndefined();
    expect(await rolesOfApp(client)).toEqual([
      {
        value: role,
        $ref: `http://127.0.0.1:8080/admin/v1/AppRoles/${role}`,
        appId: 'IDCSAppId',
        display: 'Identity Domain Administrator',
        type: 'direct',
        appName: 'IDCSApp',
        adminRole: true,
      },
    ]);
  });

  test('an AppRole to an App does not make the pages of its members short', async () => {
    const app = await newApp();
    const role = await newRole(app);
    const held: string[] = [];
    for (const type of ['User', 'App', 'Group', 'App', 'User'] as const) {
      const id = type === 'User' ? await newUser() : type === 'Group' ? await newGroup() : await newClient();
      await domain.create('Grant', grant(type, id, app, role));
      if (type !== 'App') held.push(id);
    }
    const page = async (start: number) => {
      const { members } = await domain.get('AppRole', role, `members[startIndex=${start}&count=2]`);
      return (members as JsonObject[] | undefined)?.map(({ value }) => value);
    };
    expect(await page(1)).toEqual(held.slice(0, 2));
    expect(await page(3)).toEqual(held.slice(2));
  });

  test('an AppRole to a user and a group adds them to its members', async () => {
    const app = await newApp();
    const role = await newRole(app);
    const [user, group, client] = [await newUser(), await newGroup(), await newClient()];
    await domain.create('Grant', grant('User', user, app, role));
    await domain.create('Grant', grant('Group', group, app, role));
    await domain.create('Grant', grant('App', client, app, role));
    const { members } = await domain.get('AppRole', role, 'members');
    expect(members).toEqual([
      expect.objectContaining({ value: user, type: 'User' }),
      expect.objectContaining({ value: group, type: 'Group' }),
    ]);
    expect((await domain.get('AppRole', role))['members']).toBeUndefined();
    const withRole = await domain.find('App', `grantedAppRoles.value eq "${role}"`);
    expect(withRole.map((found) => found['id'])).toEqual([client]);
    const { grants } = await domain.get('App', app, 'grants');
    expect(grants).toHaveLength(3);
    expect(grants).toContainEqual(expect.objectContaining({ granteeId: group, granteeType: 'Group' }));
  });

  test('a managed App needs no AppRole, an unmanaged one does', async () => {
    const group = await newGroup();
    const managed = await newApp({ basedOnTemplate: { value: 'CustomEnterpriseAppTemplateId' } });
    expect((await domain.create('Grant', grant('Group', group, managed, null)))['entitlement']).toBeUndefined();
    const unmanaged = await newApp({ isUnmanagedApp: true });
    await expect(domain.create('Grant', grant('Group', group, unmanaged, null))).rejects.toMatchObject({
      status: 400,
      message: 'Missing required attribute(s): entitlement.',
    });
  });

  test('the same Grant twice is a conflict', async () => {
    const app = await newApp();
    const [role, user] = [await newRole(app), await newUser()];
    await domain.create('Grant', grant('User', user, app, role));
    await expect(domain.create('Grant', grant('User', user, app, role))).rejects.toMatchObject({ status: 409 });
  });

  test('a Grant is refused with a message that names what is wrong', async () => {
    const [app, other] = [await newApp(), await newApp()];
    const [role, closed] = [await newRole(app), await newRole(app, { availableToUsers: false })];
    const [user, idle] = [await newUser(), await newUser()];
    const off = await newApp({ active: false });
    await domain.patch('User', idle, { op: 'replace', path: 'active', value: false });
    const good = grant('User', user, app, role);
    const cases: [JsonObject, string][] = [
      [{ ...good, grantee: { type: 'User', value: 'nobody' } }, 'Grant.grantee references a User with ID nobody'],
      [{ ...good, app: { value: 'nothing' } }, 'Grant.app references a App with ID nothing'],
      [grant('User', user, app, 'norole'), 'Grant.entitlement.attributeValue references a AppRole with ID norole'],
      [grant('User', user, other, role), 'does not belong to App'],
      [grant('User', user, off, null), `Grant.app: App ${off} is not active`],
      [grant('User', idle, app, role), `Grant.grantee: User ${idle} is not active`],
      [grant('User', user, app, closed), 'is not available to a User'],
      [{ ...good, grantMechanism: 'ADMINISTRATOR_TO_GROUP' }, 'is for a grantee of type Group, not User'],
      [{ ...good, grantMechanism: 'GROUP_MEMBERSHIP' }, 'cannot be set by a client'],
      [{ ...good, entitlement: { attributeName: 'x', attributeValue: 'y' } }, 'attributeName must be appRoles'],
      [grant('App', await newClient(), app, null), 'Missing required attribute(s): entitlement.'],
    ];
    for (const [body, message] of cases) {
      await expect(domain.create('Grant', body)).rejects.toMatchObject({
        status: 400,
        message: expect.stringContaining(message),
      });
    }
  });

  test('only an Identity Domain Administrator gives and takes administrator roles', async () => {
    const [client, helper] = [await newClient(), await newClient()];
    const role = await builtIn('User Administrator');
    const made = await domain.create('Grant', grant('App', client, 'IDCSAppId', role));
    const administrator = domain.caller;
    domain.caller = { ...administrator, roles: new Set(['Application Administrator']) };
    try {
      const attempt = domain.create('Grant', grant('App', helper, 'IDCSAppId', role));
      await expect(attempt).rejects.toMatchObject({
        status: 401,
        messageId: 'error.common.exception.unauthorizedAccess',
      });
      await expect(domain.delete('Grant', String(made['id']))).rejects.toMatchObject({ status: 401 });
      await domain.create('Grant', grant('App', helper, 'IDCSAppId', await builtIn('Me')));
    } finally {
      domain.caller = administrator;
    }
    expect((await rolesOfApp(helper)).map((held) => held['display'])).toEqual(['Me']);
  });
});

describe('revoking', () => {
  test('takes the role away with the last Grant of it only', async () => {
    const app = await newApp();
    const [role, client] = [await newRole(app), await newClient()];
    const one = await domain.create('Grant', grant('App', client, app, role));
    const two = await domain.create('Grant', {
      ...grant('App', client, app, role),
      grantMechanism: 'OPC_INFRA_TO_APP',
    });
    await domain.delete('Grant', String(one['id']));
    expect(await rolesOfApp(client)).toHaveLength(1);
    await domain.delete('Grant', String(two['id']));
    expect(await rolesOfApp(client)).toEqual([]);
  });

  test('both Grants at once leave no role behind', async () => {
    const app = await newApp();
    const [role, client] = [await newRole(app), await newClient()];
    const ids: string[] = [];
    for (const grantMechanism of ['ADMINISTRATOR_TO_APP', 'OPC_INFRA_TO_APP', 'SERVICE_MANAGER_TO_APP']) {
      const made = await domain.create('Grant', { ...grant('App', client, app, role), grantMechanism });
      ids.push(String(made['id']));
    }
    await Promise.all(ids.map((id) => domain.delete('Grant', id)));
    expect(await rolesOfApp(client)).toEqual([]);
  });
});

describe('a Grant beside a delete', () => {
  test('of its grantee leaves either both or neither', async () => {
    const app = await newApp();
    const started = performance.now();
    for (let i = 0; i < 10; i++) {
      const [role, client] = [await newRole(app), await newClient()];
      await Promise.allSettled([
        domain.create('Grant', grant('App', client, app, role)),
        domain.delete('App', client, true),
      ]);
      const left = await domain.find('Grant', `grantee.value eq "${client}"`);
      const alive = await domain.find('App', `id eq "${client}"`);
      expect(left.length > 0 && alive.length === 0).toBe(false);
    }
    // Deadlocks are told after a second each, and tried again.
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('AppRoles', () => {
  test('carry their App, a unique name, and defaults', async () => {
    const app = await newApp();
    const role = await domain.create('AppRole', { displayName: 'Reader', app: { value: app } });
    expect(role).toMatchObject({ uniqueName: `${app}_Reader`, adminRole: false, app: { value: app } });
    await expect(domain.create('AppRole', { displayName: 'Reader', app: { value: app } })).rejects.toMatchObject({
      status: 409,
    });
    await domain.create('AppRole', { displayName: 'Reader', app: { value: await newApp() } });
    await domain.create('AppRole', { displayName: 'Owner', adminRole: true, app: { value: app } });
    const views = await domain.get('App', app, 'userRoles', 'adminRoles');
    expect(views['userRoles']).toEqual([expect.objectContaining({ display: 'Reader' })]);
    expect(views['adminRoles']).toEqual([expect.objectContaining({ display: 'Owner' })]);
  });

  test('of the built-in App are not made and not deleted', async () => {
    const body = { displayName: 'Boss', app: { value: 'IDCSAppId' } };
    await expect(domain.create('AppRole', body)).rejects.toMatchObject({ status: 400 });
    await expect(domain.delete('AppRole', await builtIn('Me'), true)).rejects.toMatchObject({ status: 403 });
    await expect(domain.create('AppRole', { displayName: 'X', app: { value: 'none' } })).rejects.toMatchObject({
      status: 400,
      messageId: 'error.common.validation.invalidReferenceResource',
    });
  });

  test('that are granted go with their Grants only by force', async () => {
    const app = await newApp();
    const [role, client] = [await newRole(app), await newClient()];
    const made = await domain.create('Grant', grant('App', client, app, role));
    await expect(domain.delete('AppRole', role)).rejects.toMatchObject({ status: 400 });
    await domain.delete('AppRole', role, true);
    await expect(domain.get('Grant', String(made['id']))).rejects.toMatchObject({ status: 404 });
    expect(await rolesOfApp(client)).toEqual([]);
  });
});

describe('deleting an App with Grants', () => {
  test('is refused and names one, and with force takes its roles and Grants along', async () => {
    const app = await newApp();
    const [role, client] = [await newRole(app), await newClient()];
    const made = await domain.create('Grant', grant('App', client, app, role));
    await domain.patch('App', app, { op: 'replace', path: 'active', value: false });
    await expect(domain.delete('App', app)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining(`Grant ${String(made['id'])}`),
    });
    await domain.delete('App', app, true);
    await expect(domain.get('AppRole', role)).rejects.toMatchObject({ status: 404 });
    await expect(domain.get('Grant', String(made['id']))).rejects.toMatchObject({ status: 404 });
    expect(await rolesOfApp(client)).toEqual([]);
  });
});
