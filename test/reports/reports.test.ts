import { beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { type AuthorizeWorld, authorizeWorld } from '../oauth/authorize/authorize-world.ts';
import { newBrowser } from '../support/browser.ts';
import type { Answer } from '../support/emulator.ts';

const SCHEMA = 'urn:ietf:params:scim:schemas:oracle:idcs:Report';
const PATH = '/report/v1/Reports';
const REFUSED = 'Authentication failure You entered an incorrect user name or password.';
/** The columns that recorded requests ask for, blanks included (main-0404 to main-0408). */
const ASKED = {
  userLogin: 'actorName, timestamp, ssoIdentityProvider',
  suspiciousEvents: 'actorName,timestamp,message',
  applicationAccess: 'actorDisplayName,actorName, timestamp, ssoRp, message',
  appRoleAssignment:
    'adminResourceName,adminAppRoleAppName,message,adminRefResourceType,adminRefResourceName,actorDisplayName,timestamp',
};

let domain: AuthorizeWorld;

const ask = (reports: unknown, more: JsonObject = {}, token?: string | null): Promise<Answer> =>
  domain.send('POST', PATH, {
    body: { schemas: [SCHEMA], outputFormat: 'json', reports: reports as JsonObject[], ...more },
    ...(token === undefined ? {} : { token }),
  });
const detail = (name: string, more: JsonObject = {}) => ({ name, type: 'detail', ...more });
const fileOf = async (fileName: string) =>
  (await domain.send('GET', `/storage/v1/Files?fileName=${encodeURIComponent(fileName)}`)).text;

/** Gives an AppRole of the domain itself. */
async function give(role: string, grantee: { type: 'User' | 'App'; value: string }): Promise<void> {
  const filter = encodeURIComponent(`displayName eq "${role}" and app.value eq "IDCSAppId"`);
  const [found] = (await domain.send('GET', `/admin/v1/AppRoles?filter=${filter}`)).body.Resources;
  const body = {
    schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:Grant'],
    app: { value: found.app.value },
    entitlement: { attributeName: 'appRoles', attributeValue: found.id },
    grantee,
    grantMechanism: grantee.type === 'App' ? 'ADMINISTRATOR_TO_APP' : 'ADMINISTRATOR_TO_USER',
  };
  const { status, text } = await domain.send('POST', '/admin/v1/Grants', { body });
  if (status !== 201) throw new Error(text);
}

/** A token of a client that has this AppRole; null: none beyond what all have. */
async function tokenOf(role: string | null): Promise<string> {
  const client = (
    await domain.send('POST', '/admin/v1/Apps', {
      body: {
        schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:App'],
        displayName: `Client ${role}`,
        basedOnTemplate: { value: 'CustomWebAppTemplateId' },
        isOAuthClient: true,
        clientType: 'confidential',
        allowedGrants: ['client_credentials'],
        active: true,
      },
    })
  ).body;
  if (role !== null) await give(role, { type: 'App', value: client.id });
  const form = { grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' };
  return (await domain.tokenRequest(form, { id: client.name, secret: client.clientSecret })).body.access_token;
}

beforeAll(async () => {
  domain = await authorizeWorld();
  const ann = await domain.person('ann');
  await give('User Administrator', { type: 'User', value: ann.id });
  const browser = newBrowser(domain.url);
  const page = await browser.follow(await browser.get(domain.authorizeUrl(await domain.app())));
  const { action, fields } = page.forms[0]!;
  await browser.follow(await browser.post(action, { ...fields, ...ann.form }));
  for (const username of ['zoe', '=cmd()', 'bob']) {
    const form = { grant_type: 'password', username, password: 'wrong', scope: 'openid' };
    expect((await domain.tokenRequest(form)).status).toBeGreaterThan(399);
  }
});

describe('a report of details', () => {
  test('tells who signed in', async () => {
    const asked = detail('userLogin', { correlationId: 'userLoginReport', attributesToGet: ASKED.userLogin });
    const { status, body } = await ask([asked]);
    expect(status).toBe(201);
    expect(Object.keys(body).sort()).toEqual(
      ['schemas', 'meta', 'domainOcid', 'compartmentOcid', 'tenancyOcid', 'outputFormat', 'reports'].sort(),
    );
    expect(body).toMatchObject({ schemas: [SCHEMA], outputFormat: 'json' });
    expect(body.reports).toEqual([
      {
        ...asked,
        totalResults: 1,
        Resources: [{ actorName: 'ann', timestamp: expect.any(String), ssoIdentityProvider: 'localIDP' }],
      },
    ]);
  });

  test('tells who failed to, the newest first', async () => {
    const { body } = await ask([detail('suspiciousEvents', { attributesToGet: ASKED.suspiciousEvents })]);
    const row = (actorName: string) => ({ actorName, timestamp: expect.any(String), message: REFUSED });
    expect(body.reports[0]).toMatchObject({ totalResults: 3 });
    expect(body.reports[0].Resources).toEqual([row('bob'), row('=cmd()'), row('zoe')]);
  });

  test('tells of applications both, and of AppRoles who was given and lost them', async () => {
    const bob = await domain.createUser('bob.role');
    await give('Help Desk Administrator', { type: 'User', value: bob.id });
    const filter = encodeURIComponent(`grantee.value eq "${bob.id}" and app.value eq "IDCSAppId"`);
    const [grant] = (await domain.send('GET', `/admin/v1/Grants?filter=${filter}`)).body.Resources;
    expect((await domain.send('DELETE', `/admin/v1/Grants/${grant.id}`)).status).toBe(204);
    const { body } = await ask([
      detail('applicationAccess', { correlationId: 'a', attributesToGet: ASKED.applicationAccess }),
      detail('appRoleAssignment', { correlationId: 'b', attributesToGet: `${ASKED.appRoleAssignment},eventId` }),
    ]);
    const [access, roles] = body.reports;
    expect(access.Resources.map((row: JsonObject) => row['actorName'])).toEqual(['bob', '=cmd()', 'zoe', 'ann']);
    expect(access.Resources[3]).toMatchObject({ actorDisplayName: expect.any(String), ssoRp: expect.any(String) });
    const ofBob = roles.Resources.filter((row: JsonObject) => row['adminResourceName'] === 'Help Desk Administrator');
    expect(ofBob.map((row: JsonObject) => row['eventId'])).toEqual([
      'admin.approle.remove.member.success',
      'admin.approle.add.member.success',
    ]);
    expect(ofBob[0]).toMatchObject({ adminAppRoleAppName: 'IDCS Application', adminRefResourceType: 'User' });
    expect(roles.totalResults).toBe(roles.Resources.length);
  });

  test('has the recorded columns where none are asked for, each once, parts too', async () => {
    const plain = (await ask([detail('suspiciousEvents')])).body.reports[0].Resources[0];
    expect(Object.keys(plain).sort()).toEqual(['actorName', 'message', 'timestamp']);
    const parts = detail('suspiciousEvents', { attributesToGet: ' ACTORNAME ,actorName,,idcsCreatedBy.type, id ' });
    const row = (await ask([parts])).body.reports[0].Resources[0];
    expect(row).toEqual({ id: expect.any(String), actorName: 'bob', idcsCreatedBy: { type: 'User' } });
    const { body } = await ask([parts], { outputFormat: 'csv' });
    expect((await fileOf(body.reports[0].fileName)).split('\n')[0]).toBe('actorName,idcsCreatedBy.type,id');
  });

  test('is sorted by what it is asked for', async () => {
    const sorted = detail('suspiciousEvents', { sortBy: 'actorName', resourceType: 'auditevent' });
    const { body } = await ask([sorted]);
    expect(body.reports[0]).toMatchObject(sorted);
    expect(body.reports[0].Resources.map((row: JsonObject) => row['actorName'])).toEqual(['=cmd()', 'bob', 'zoe']);
  });

  test('of diagnostics is empty: none are kept', async () => {
    const asked = detail('diagnostics', {
      attributesToGet: 'timestamp,ecid,serviceName,userid,message',
      resourceType: 'DiagnosticRecord',
      sortBy: 'timestamp',
    });
    expect((await ask([asked])).body.reports).toEqual([{ ...asked, totalResults: 0, Resources: [] }]);
    const { body } = await ask([asked], { outputFormat: 'csv' });
    expect((await fileOf(body.reports[0].fileName)).trim()).toBe(asked['attributesToGet' as never]);
  });
});

test('a report of the type count has the number alone', async () => {
  const names = ['userLogin', 'suspiciousEvents', 'applicationAccess', 'appRoleAssignment'];
  const asked = names.map((name) => ({ name, type: 'count', correlationId: `${name}Report` }));
  const dashboard = { name: 'dashboard', type: 'count', resourceType: 'AuditEvent', correlationId: 'dashboardReport' };
  const { body } = await ask([...asked, dashboard]);
  const all = await domain.send('GET', '/admin/v1/AuditEvents?count=0');
  expect(body.reports).toEqual([
    { ...asked[0], totalResults: 1 },
    { ...asked[1], totalResults: 3 },
    { ...asked[2], totalResults: 4 },
    { ...asked[3], totalResults: expect.any(Number) },
    { ...dashboard, totalResults: all.body.totalResults },
  ]);
});

test('csv is a file of storage for each report', async () => {
  const { status, body } = await ask(
    [
      detail('suspiciousEvents', { attributesToGet: 'actorName,message', sortBy: 'actorName' }),
      { name: 'suspiciousEvents', type: 'count', correlationId: 'second' },
    ],
    { outputFormat: 'CSV' },
  );
  expect([status, body.outputFormat]).toEqual([201, 'csv']);
  const [rows, count] = body.reports;
  expect(rows).toMatchObject({
    totalResults: 3,
    fileName: expect.stringMatching(/^files\/export\/\d{12}\/suspiciousEvents_/),
  });
  expect(rows).not.toHaveProperty('Resources');
  expect(await fileOf(rows.fileName)).toBe(`actorName,message\n'=cmd()',${REFUSED}\nbob,${REFUSED}\nzoe,${REFUSED}\n`);
  expect(await fileOf(count.fileName)).toBe('name,count\nsuspiciousEvents,3\n');
});

describe('may be asked for', () => {
  test.each(['Audit Administrator', 'Application Administrator', 'Security Administrator', 'User Administrator'])(
    'by a client that is %s',
    async (role) => {
      expect((await ask([{ name: 'userLogin', type: 'count' }], {}, await tokenOf(role))).status).toBe(201);
    },
  );

  test('by nobody else, whatever they say', async () => {
    for (const token of [await tokenOf(null), await tokenOf('Help Desk Administrator'), null]) {
      expect((await ask([{ name: 'userLogin', type: 'count' }], {}, token)).status).toBe(401);
      expect((await ask('nothing', {}, token)).status).toBe(401);
    }
  });
});

describe('bad input', () => {
  const login = (more: JsonObject) => [detail('userLogin', more)];
  test.each<[string, unknown, RegExp]>([
    ['no reports', [], /reports/],
    ['reports that are no list', 'userLogin', /reports must be an array/],
    ['a name that is not known', [detail('nobody')], /reports\.name/],
    ['a type that is not known', [{ name: 'userLogin', type: 'sum' }], /reports\.type/],
    ['no name and no type', [{ correlationId: 'x' }], /reports\.name/],
    ['a correlationId twice', [...login({ correlationId: 'x' }), ...login({ correlationId: 'x' })], /correlationId/],
    ['too many reports', Array.from({ length: 11 }, (_, at) => detail('userLogin', { correlationId: `${at}` })), /10/],
    ['an attribute that there is not', login({ attributesToGet: 'actorName,nothing' }), /"?nothing/],
    ['no attribute', login({ attributesToGet: ' , ' }), /attributesToGet/],
    ['a long list', login({ attributesToGet: 'id,'.repeat(2_000) }), /attributesToGet/],
    ['a list that is an array', login({ attributesToGet: ['actorName'] }), /attributesToGet/],
    ['a NUL', login({ attributesToGet: 'actor\0Name' }), /attributesToGet/],
    ['an order that there is not', login({ sortBy: 'nothing' }), /reports\.sortBy/],
    ['an order by what has no order', login({ sortBy: 'ssoComments' }), /reports\.sortBy/],
    ['another type', login({ resourceType: 'User' }), /reports\.resourceType/],
    ['another type of diagnostics', [detail('diagnostics', { resourceType: 'AuditEvent' })], /reports\.resourceType/],
    ['an attribute diagnostics lack', [detail('diagnostics', { attributesToGet: 'actorName' })], /actorName/],
    ['an order that diagnostics lack', [detail('diagnostics', { sortBy: 'actorName' })], /actorName/],
    ['columns of a count', [{ name: 'userLogin', type: 'count', attributesToGet: 'id' }], /reports\.attributesToGet/],
    ['an order of a count', [{ name: 'userLogin', type: 'count', sortBy: 'timestamp' }], /reports\.sortBy/],
    ['what no report has', login({ filter: 'id pr' }), /reports\.filter/],
  ])('%s is a 400 that names it', async (_, reports, says) => {
    const { status, body } = await ask(reports);
    expect([status, body.detail]).toEqual([400, expect.stringMatching(says)]);
  });

  test('of the request itself', async () => {
    expect((await ask(login({}), { outputFormat: 'xml' })).body.detail).toMatch(/outputFormat/);
    expect((await ask(login({}), { tags: [{ key: 'a', value: 'b' }] })).body.detail).toMatch(/^tags/);
    expect((await domain.send('POST', PATH, { body: { schemas: [SCHEMA] } })).status).toBe(400);
    expect((await domain.send('POST', PATH, { body: '[]' })).status).toBe(400);
    expect((await domain.send('GET', PATH)).status).toBe(405);
  });

  test('PDF is not built, and says so', async () => {
    const { status, body } = await ask(login({}), { outputFormat: 'pdf' });
    expect([status, body.detail]).toEqual([501, expect.stringMatching(/pdf.*json or csv/)]);
  });
});
