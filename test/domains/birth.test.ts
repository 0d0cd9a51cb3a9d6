import { afterAll, describe, expect, it } from 'vitest';
import { createDomain, ensureDefaultDomain } from '../../src/domains/birth.ts';
import { adminPasswordViolations } from '../../src/domains/first-principals.ts';
import { systemAppId } from '../../src/domains/system-caller.ts';
import { systemContext } from '../../src/domains/system-context.ts';
import { openClientSecret } from '../../src/resources/app-client.ts';
import { createResource } from '../../src/resources/pipeline/create.ts';
import { deleteResource } from '../../src/resources/pipeline/delete.ts';
import { replaceResource } from '../../src/resources/pipeline/replace.ts';
import { readUserSecret } from '../../src/resources/user-secret.ts';
import { resourceType } from '../../src/schemas/registry.ts';
import { UniqueViolation } from '../../src/store/store.ts';
import { closeTestStore } from '../support/context.ts';
import { birthServices, find, get, newName, PRINCIPALS } from './birth-world.ts';

afterAll(closeTestStore);

const USER_EXTENSION = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User';
const GROUP_EXTENSION = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:group:Group';

describe('a new domain', () => {
  it('has a tenant, OCIDs and the tenancy that all domains share', async () => {
    const services = await birthServices();
    const one = await createDomain(services, { name: newName() });
    const other = await createDomain(services, { name: newName() });
    expect(one.tenant).toMatch(/^idcs-[0-9a-f]{32}$/);
    expect(one.ocid).toMatch(/^ocid1\.domain\.oc1\.\.a{8}[a-z2-7]{52}$/);
    expect(one.compartmentOcid).toBe(one.tenancyOcid);
    expect(other.tenancyOcid).toBe(one.tenancyOcid);
    expect(other.tenant).not.toBe(one.tenant);
    expect(one.settings['csrAccess']).toBe('readOnly');
  });

  it('has the shipped app with its roles, the policy, the settings and the groups', async () => {
    const services = await birthServices({ settings: { issuer: 'https://issuer.example/' } });
    const domain = await createDomain(services, { name: newName() });
    expect(await get(services, domain, 'App', 'IDCSAppId')).toMatchObject({ name: 'IDCSApp', active: true });
    expect((await find(services, domain, 'AppRole', 'app.value eq "IDCSAppId"')).length).toBeGreaterThan(20);
    expect(await get(services, domain, 'PasswordPolicy', 'PasswordPolicy')).toMatchObject({ minLength: 12 });
    expect(await get(services, domain, 'Settings', 'Settings')).toMatchObject({ issuer: 'https://issuer.example/' });
    expect(domain.settings['issuer']).toBe('https://issuer.example/');
    const everybody = await get(services, domain, 'Group', 'AllUsersId');
    expect(everybody).toMatchObject({ displayName: 'All Domain Users' });
    const gone = deleteResource(systemContext(services, domain), resourceType('Group'), 'AllUsersId', {
      force: true,
      ifMatch: null,
    });
    await expect(gone).rejects.toMatchObject({ status: 403 });
    const [administrators] = await find(services, domain, 'Group', 'displayName eq "Domain_Administrators"');
    expect(administrators[GROUP_EXTENSION].description).toBe('Domain Administrators');
    expect(administrators.ocid).toMatch(/^ocid1\.group\./);
  });

  it('shows no first resource as changed after it was created', async () => {
    let now = Date.parse('2026-01-01T00:00:00.000Z');
    const services = await birthServices({ clock: { now: () => now++ } });
    const domain = await createDomain(services, { name: newName() });
    for (const type of ['User', 'Group', 'App', 'AppRole', 'Grant', 'PasswordPolicy', 'Settings']) {
      for (const { meta } of await find(services, domain, type)) expect(meta.lastModified).toBe(meta.created);
    }
  });

  it('names the App idcssm as creator, and that App can be read', async () => {
    const services = await birthServices();
    const domain = await createDomain(services, { name: newName() });
    const [administrators] = await find(services, domain, 'Group', 'displayName eq "Domain_Administrators"');
    const id = systemAppId(domain.tenant);
    expect(administrators.idcsCreatedBy).toEqual({
      type: 'App',
      value: id,
      display: 'idcssm',
      $ref: `http://localhost/admin/v1/Apps/${id}`,
    });
    expect(await get(services, domain, 'App', id)).toMatchObject({ displayName: 'idcssm' });
  });

  it('has the administrator: verified mails, a password that need not be changed, member and granted', async () => {
    const services = await birthServices();
    const domain = await createDomain(services, { name: newName() });
    const [{ id }] = await find(services, domain, 'User', `userName eq "${PRINCIPALS.adminUserName}"`);
    const user = await get(services, domain, 'User', id);
    expect(user.emails).toEqual([
      expect.objectContaining({ value: PRINCIPALS.adminUserName, type: 'work', primary: true, verified: true }),
      expect.objectContaining({ value: PRINCIPALS.adminUserName, type: 'recovery', primary: false, verified: true }),
    ]);
    const { groups } = await get(services, domain, 'User', id, ['groups']);
    expect(groups.map((group: { display: string }) => group.display)).toEqual(['Domain_Administrators']);
    const { [USER_EXTENSION]: extension } = await get(services, domain, 'User', id, [`${USER_EXTENSION}:appRoles`]);
    expect(extension.appRoles.map((role: { display: string }) => role.display)).toContain(
      'Identity Domain Administrator',
    );
    const row = await services.store.resources.readWithSecret(domain.id, 'User', id);
    const secret = readUserSecret(row!.secret);
    expect(secret).toMatchObject({ mustChange: false, cantExpire: true });
    expect(await services.passwords.verify(secret.password, PRINCIPALS.adminPassword)).toBe(true);
  });

  it('gives an administrator whose name is no address a mail all the same', async () => {
    const services = await birthServices({ principals: { ...PRINCIPALS, adminUserName: 'root' } });
    const domain = await createDomain(services, { name: newName() });
    const [user] = await find(services, domain, 'User', 'userName eq "root"');
    expect(user.emails).toHaveLength(2);
  });

  it('has the client: active, confidential, with its secret and the administrator role', async () => {
    const services = await birthServices();
    const domain = await createDomain(services, { name: newName() });
    const found = await services.store.principals.client(domain.id, PRINCIPALS.clientId);
    expect(found?.app.data).toMatchObject({ active: true, isOAuthClient: true, clientType: 'confidential' });
    expect(openClientSecret(services.secrets, found?.app.secret)).toBe(PRINCIPALS.clientSecret);
    expect(found?.roles).toEqual([{ displayName: 'Identity Domain Administrator', appId: 'IDCSAppId' }]);
  });

  it('has Grants that name app, role and grantee, and are unique like any other', async () => {
    const services = await birthServices();
    const domain = await createDomain(services, { name: newName() });
    const grants = await find(services, domain, 'Grant');
    expect(grants.map(({ grantMechanism }) => grantMechanism).sort()).toEqual([
      'ADMINISTRATOR_TO_APP',
      'ADMINISTRATOR_TO_GROUP',
      'ADMINISTRATOR_TO_USER',
      'GROUP_MEMBERSHIP',
    ]);
    const type = resourceType('Grant');
    const { app, grantee, grantMechanism, entitlement } = grants[0];
    const again = {
      schemas: [type.schema],
      app: { value: app.value },
      grantee: { type: grantee.type, value: grantee.value },
      grantMechanism,
      entitlement,
    };
    const asked = { attributes: null, attributeSets: null };
    await expect(createResource(systemContext(services, domain), type, again, asked)).rejects.toMatchObject({
      status: 409,
    });
  });

  it('stores its people as the pipeline would', async () => {
    const services = await birthServices();
    const domain = await createDomain(services, { name: newName() });
    const context = systemContext(services, domain);
    const asked = { attributes: null, attributeSets: null };
    const type = resourceType('User');
    const body = {
      schemas: [type.schema],
      userName: 'other@example.com',
      name: { givenName: 'Domain', familyName: 'Administrator' },
      nickName: 'Other',
      emails: [{ value: 'other@example.com', type: 'work', primary: true }],
    };
    const { body: made } = await createResource(context, type, body, asked);
    const [admin] = await find(services, domain, 'User', `userName eq "${PRINCIPALS.adminUserName}"`);
    expect(Object.keys(admin).sort()).toEqual(Object.keys(made!).sort());
    expect(admin.schemas).toEqual(made!['schemas']);
  });

  it.each(['User', 'App', 'Group', 'Settings', 'PasswordPolicy'])(
    'has %s rows that a PUT of what a GET shows leaves as they are',
    async (typeName) => {
      const services = await birthServices();
      const domain = await createDomain(services, { name: newName() });
      const context = systemContext(services, domain);
      const rows = await find(services, domain, typeName);
      expect(rows).not.toEqual([]);
      for (const { id } of rows) {
        const shown = await get(services, domain, typeName, id);
        const asked = { attributes: null, attributeSets: null };
        const { body } = await replaceResource(context, resourceType(typeName), id, shown, asked, null);
        expect(body!['meta']).toEqual(shown.meta);
      }
    },
  );

  it('is refused when the name is taken in any case, and when it can be no name', async () => {
    const services = await birthServices();
    const name = newName();
    await createDomain(services, { name });
    await expect(createDomain(services, { name: name.toUpperCase() })).rejects.toBeInstanceOf(UniqueViolation);
    await expect(createDomain(services, { name: 'a/b' })).rejects.toThrow(/^name: /);
  });

  it('shares nothing with other domains', async () => {
    const services = await birthServices();
    const [one, other] = await Promise.all([
      createDomain(services, { name: newName() }),
      createDomain(services, { name: newName() }),
    ]);
    const [user] = await find(services, one, 'User');
    expect(await services.store.resources.read(other.id, 'User', user.id)).toBeNull();
  });
});

describe('the default domain', () => {
  it('is made once when processes start together', async () => {
    const defaultDomain = newName();
    const starts = await Promise.all(Array.from({ length: 6 }, () => birthServices({ defaultDomain })));
    const domains = await Promise.all(starts.map(ensureDefaultDomain));
    expect(new Set(domains.map(({ id }) => id)).size).toBe(1);
    expect(await find(starts[0]!, domains[0]!, 'User')).toHaveLength(1);
  });

  it('takes names and secrets of the first principals from the configuration at every start', async () => {
    const defaultDomain = newName();
    const before = await birthServices({ defaultDomain });
    await ensureDefaultDomain(before);
    const principals = {
      adminUserName: 'ops@example.com',
      adminPassword: 'Another-Secret-42',
      clientId: 'ops-client',
      clientSecret: 'another-client-secret',
    };
    const notes: string[] = [];
    const log = { ...before.log, info: (_data: object, message: string) => notes.push(message) };
    const after = await birthServices({ defaultDomain, principals, secrets: before.secrets, log });
    const domain = await ensureDefaultDomain(after);
    const users = await find(after, domain, 'User');
    expect(users.map(({ userName }) => userName)).toEqual(['ops@example.com']);
    expect(users[0].emails[0]).toMatchObject({ value: 'ops@example.com', verified: true });
    const row = await after.store.resources.readWithSecret(domain.id, 'User', users[0].id);
    const { password } = readUserSecret(row!.secret);
    expect(await after.passwords.verify(password, 'Another-Secret-42')).toBe(true);
    const client = await after.store.principals.client(domain.id, 'ops-client');
    expect(openClientSecret(after.secrets, client?.app.secret)).toBe('another-client-secret');
    expect(client?.roles).toHaveLength(1);
    expect(await after.store.principals.client(domain.id, PRINCIPALS.clientId)).toBeNull();
    expect(notes).toHaveLength(4);
    notes.length = 0;
    await ensureDefaultDomain(after);
    expect(notes).toEqual([]);
  });

  it('takes an issuer that is configured later, and leaves one alone that was set over the API', async () => {
    const defaultDomain = newName();
    const start = async (issuer: string) => {
      const services = await birthServices({ defaultDomain, settings: { issuer } });
      await ensureDefaultDomain(services);
      return (await services.store.domains.findByName(defaultDomain))!.settings;
    };
    const usual = 'https://identity.oraclecloud.com/';
    expect(await start(usual)).toMatchObject({ issuer: usual });
    expect(await start('https://idcs.example.com/')).toMatchObject({
      issuer: 'https://idcs.example.com/',
      prevIssuer: usual,
    });
    expect(await start(usual)).toMatchObject({ issuer: 'https://idcs.example.com/' });
  });
});

describe('the administrator password of the configuration', () => {
  it.each(['Idcs-Emulator-2026', 'admin@example.com-A1'])('may be %s', (adminPassword) => {
    expect(adminPasswordViolations({ ...PRINCIPALS, adminPassword })).toEqual([]);
  });

  it.each([
    ['Short-1', 'at least 12 characters'],
    ['no-upper-case-1', 'uppercase'],
    ['NO-LOWER-CASE-1', 'lowercase'],
    ['No-Digits-At-All', 'numeric'],
    ['NoSpecials12345', 'special'],
    ['My-Domain-Pass-1', 'first name'],
  ])('may not be %s', (adminPassword, rule) => {
    expect(adminPasswordViolations({ ...PRINCIPALS, adminPassword }).join()).toContain(rule);
  });
});
