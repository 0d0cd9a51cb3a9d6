import { beforeAll, describe, expect, test } from 'vitest';
import { type TestDomain, testDomain } from '../support/emulator.ts';
import { newUser } from '../support/new-user.ts';
import { ask, ended, exported, rowsOf, run, upload } from './job-client.ts';

const EXTENSION = 'urn:ietf:params:scim:schemas:oracle:idcs:extension';
const PASSWORD = 'Correct-Horse-7';

let domain: TestDomain;
const ids: Record<string, string> = {};

beforeAll(async () => {
  domain = await testDomain();
  for (const name of ['ann', 'bob', 'cyd', 'dan']) ids[name] = (await domain.createUser(name)).id;
});

async function membersOf(displayName: string): Promise<string[]> {
  const filter = encodeURIComponent(`displayName eq "${displayName}"`);
  const { body } = await domain.send('GET', `/admin/v1/Groups?attributes=members&filter=${filter}`);
  return (body.Resources[0].members ?? []).map((member: { value: string }) => member.value).sort();
}

const idsOf = (...names: string[]) => names.map((name) => ids[name]!).sort();

describe('GroupImport and GroupExport', () => {
  test('rows become groups with members; several rows of a group add up, unless lists are replaced', async () => {
    const fileLocation = await upload(
      domain,
      'Name,Description,User Members\nRed,The reds,ann;BOB\nRed,,cyd;nobody\nBlue,,\n,none,ann\n',
    );
    const history = await run(domain, 'GroupImport', { fileLocation, fileType: 'csv' });
    expect(history).toMatchObject({ status: 'succeeded', totalCount: 4, successCount: 3, failureCount: 1 });
    expect(await membersOf('Red')).toEqual(idsOf('ann', 'bob', 'cyd'));
    expect(await membersOf('Blue')).toEqual([]);

    const mine = `historyId eq "${history.id}"`;
    const detailed = await rowsOf(domain, 'GroupImportDetailedJobReports', mine);
    expect(detailed.map(({ message }) => message)).toEqual([
      'Group Imported Successfully.',
      'There are no users nobody.',
      'Group Imported Successfully.',
      'Display Name is missing.',
    ]);
    expect(detailed[1][`${EXTENSION}:groupImportDetailed:JobReport`]).toMatchObject({
      displayName: 'Red',
      members: 'cyd;nobody',
      status: 'Update Succeeded',
    });
    const [red, blue] = await rowsOf(domain, 'GroupImportSummaryJobReports', mine);
    expect([red.message, red[`${EXTENSION}:groupImportSummary:JobReport`]]).toEqual([
      '-',
      {
        displayName: 'Red',
        description: 'The reds',
        succRows: 2,
        failRows: 0,
        succMembers: 3,
        failMembers: 1,
        totalMembers: 4,
      },
    ]);
    expect(blue[`${EXTENSION}:groupImportSummary:JobReport`]).toMatchObject({ displayName: 'Blue', totalMembers: 0 });

    const csv = await exported(
      domain,
      (await run(domain, 'GroupExport', { exportFormat: 'CSV', filter: 'displayName sw "Red"' })).id,
    );
    const [titles, row] = csv.split('\n');
    expect(titles!.split(',')).toEqual(expect.arrayContaining(['Display Name', 'Description', 'User Members']));
    expect(row).toMatch(/Red,.*ann;bob;cyd/);

    const second = await upload(domain, 'Display Name,User Members\nred,dan\nRED,ann\n');
    await run(domain, 'Import', {
      fileLocation: second,
      resourceType: 'Group',
      replaceExistingMultiValuedValues: 'true',
    });
    expect(await membersOf('Red')).toEqual(idsOf('ann', 'dan'));
  });
});

describe('AppRoleImport and AppRoleExport', () => {
  async function appWithRole(displayName: string) {
    const app = {
      schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:App'],
      displayName,
      basedOnTemplate: { value: 'CustomWebAppTemplateId' },
      active: true,
    };
    const made = await domain.send('POST', '/admin/v1/Apps', { body: app });
    const role = {
      schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:AppRole'],
      displayName: 'Reader',
      app: { value: made.body.id },
      availableToUsers: true,
      availableToGroups: true,
    };
    expect((await domain.send('POST', '/admin/v1/AppRoles', { body: role })).status).toBe(201);
    return made.body.id as string;
  }

  test('rows become grants of the application’s roles, and are exported as such', async () => {
    await appWithRole('Books');
    await domain.createGroup('Readers', [ids['bob']!]);
    const lines =
      'Display Name,Member,Member Type\nReader,ann,User\nReader,Readers,Group\nReader,nobody,User\nWriter,ann,User\nReader,ann,User\nReader,ann,App\n';
    const fileLocation = await upload(domain, lines);
    const parameters = { fileLocation, fileType: 'csv', appDisplayName: 'Books' };
    const history = await run(domain, 'AppRoleImport', parameters);
    const mine = `historyId eq "${history.id}"`;
    const detailed = await rowsOf(domain, 'AppRoleMembershipImportDetailedJobReports', mine);
    const done = 'AppRole Membership Imported Successfully.';
    expect(detailed.map(({ message }) => message)).toEqual([
      done,
      done,
      'There is no user nobody.',
      'The App has no AppRole Writer.',
      done,
      'Member Type must be User or Group.',
    ]);
    const [summary] = await rowsOf(domain, 'AppRoleMembershipImportSummaryJobReports', `${mine}`);
    expect(summary[`${EXTENSION}:AppRoleMembershipImportSummary:JobReport`]).toMatchObject({
      AppRoleName: 'Reader',
      appDisplayName: 'Books',
      succUserMembers: 2,
      succGroupMembers: 1,
      failUserMembers: 2,
    });
    const again = await run(domain, 'Import', { ...parameters, resourceType: 'Grant' });
    expect(again.successCount).toBe(3);
    for (const [jobType, more] of [
      ['AppRoleExport', {}],
      ['Export', { resourceType: 'AppRole' }],
    ] as const) {
      const { id } = await run(domain, jobType, { exportFormat: 'CSV', appDisplayName: 'Books', ...more });
      expect(await exported(domain, id)).toBe(
        'App Name,Display Name,Member,Member Type\nBooks,Reader,ann,User\nBooks,Reader,Readers,Group\n',
      );
    }
    expect((await run(domain, 'AppRoleImport', { ...parameters, appDisplayName: 'Films' })).status).toBe('failed');
  });
});

describe('who may', () => {
  const SUPERUSER_ROWS = 'Display Name,Member,Member Type\nIdentity Domain Administrator,ann,User\n';

  const tokens = new Map<string, Promise<string>>();
  const tokenWith = (role: string) => {
    const token = tokens.get(role) ?? newToken(role);
    tokens.set(role, token);
    return token;
  };

  /** A token of a client that holds one administrator role. */
  async function newToken(role: string): Promise<string> {
    const filter = encodeURIComponent(`displayName eq "${role}"`);
    const [found] = (await domain.send('GET', `/admin/v1/AppRoles?filter=${filter}`)).body.Resources;
    const app = {
      schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:App'],
      displayName: `Client of ${role}`,
      basedOnTemplate: { value: 'CustomWebAppTemplateId' },
      isOAuthClient: true,
      clientType: 'confidential',
      allowedGrants: ['client_credentials'],
      active: true,
    };
    const client = (await domain.send('POST', '/admin/v1/Apps', { body: app })).body;
    const grant = {
      schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:Grant'],
      app: { value: found.app.value },
      entitlement: { attributeName: 'appRoles', attributeValue: found.id },
      grantee: { type: 'App', value: client.id },
      grantMechanism: 'ADMINISTRATOR_TO_APP',
    };
    expect((await domain.send('POST', '/admin/v1/Grants', { body: grant })).status).toBe(201);
    const form = { grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' };
    return (await domain.tokenRequest(form, { id: client.name, secret: client.clientSecret })).body.access_token;
  }

  test('user administrators run jobs of users and groups, application administrators those of roles, others none', async () => {
    const users = await tokenWith('User Administrator');
    const apps = await tokenWith('Application Administrator');
    const file = { fileLocation: await upload(domain, 'User ID,Last Name,Work Email\nzoe,L,zoe@example.com\n') };
    const csv = { exportFormat: 'CSV' };
    for (const [token, jobType, parameters, status] of [
      [users, 'UserImport', file, 201],
      [users, 'GroupExport', csv, 201],
      [users, 'AppRoleExport', csv, 401],
      [users, 'Export', { ...csv, resourceType: 'User' }, 401],
      [apps, 'AppRoleExport', csv, 201],
      [apps, 'UserExport', csv, 401],
      [apps, 'GroupImport', file, 401],
    ] as const) {
      expect([jobType, (await ask(domain, jobType, parameters, { token })).status]).toEqual([jobType, status]);
    }
    for (const path of ['JobSchedules', 'JobHistories', 'JobReports', 'GroupImportSummaryJobReports']) {
      expect((await domain.send('GET', `/job/v1/${path}`, { token: users })).status).toBe(200);
    }

    await newUser(domain, 'plain', PASSWORD);
    const form = { grant_type: 'password', username: 'plain', password: PASSWORD, scope: 'urn:opc:idm:__myscopes__' };
    const token = (await domain.tokenRequest(form)).body.access_token as string;
    expect((await ask(domain, 'UserExport', csv, { token })).status).toBe(401);
    for (const path of ['JobSchedules', 'JobHistories', 'JobHistories/x', 'JobReports', 'UserImportJobReports']) {
      expect([path, (await domain.send('GET', `/job/v1/${path}`, { token })).status]).toEqual([path, 401]);
      expect([path, (await domain.send('GET', `/job/v1/${path}`, { token: null })).status]).toEqual([path, 401]);
    }
    expect((await domain.send('DELETE', '/job/v1/JobSchedules/x', { token })).status).toBe(401);
  });

  test('a row gives nobody what the one who asked could not give', async () => {
    const token = await tokenWith('Application Administrator');
    const fileLocation = await upload(domain, SUPERUSER_ROWS);
    const [app] = (
      await domain.send(
        'GET',
        `/admin/v1/AppRoles?filter=${encodeURIComponent('displayName eq "Identity Domain Administrator"')}`,
      )
    ).body.Resources;
    const asked = await ask(
      domain,
      'AppRoleImport',
      { fileLocation, fileType: 'csv', appDisplayName: app.app.display },
      { token },
    );
    expect(asked.status).toBe(201);
    const history = await ended(domain, asked.body.id);
    const [report] = await rowsOf(domain, 'JobReports', `historyId eq "${history.id}"`);
    expect([history.failureCount, report.type], report.message).toEqual([1, 'error']);
    expect(report.message).toMatch(/unauthorized|Identity Domain Administrator/);
  });
});
