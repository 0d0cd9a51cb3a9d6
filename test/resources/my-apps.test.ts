import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { create, MY_SCOPES, newClient } from '../oauth/token/assertion-fixture.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';
import { newUser } from '../support/new-user.ts';

const PASSWORD = 'Correct-Horse-42';

let domain: TestDomain;
let user: { id: string };
let token: string;

beforeEach(async () => {
  domain = await testDomain();
  const client = await newClient(domain, 'cli', { showInMyApps: false });
  user = await newUser(domain, 'jdoe', PASSWORD);
  const form = { grant_type: 'password', username: 'jdoe', password: PASSWORD, scope: MY_SCOPES };
  token = (await domain.tokenRequest(form, client)).body.access_token;
});

const newApp = async (displayName: string, more: JsonObject = {}): Promise<string> => {
  const body = {
    displayName,
    active: true,
    isLoginTarget: true,
    showInMyApps: true,
    landingPageUrl: `https://${displayName.toLowerCase()}.example.com/`,
    basedOnTemplate: { value: 'CustomWebAppTemplateId' },
    ...more,
  };
  return (await create(domain, 'App', 'Apps', body)).id;
};
const list = async (path = '/admin/v1/MyApps') => {
  const answer = await domain.send('GET', path, { token });
  expect(answer.status, answer.text).toBe(200);
  return answer.body as { totalResults: number; Resources: JsonObject[] };
};
const names = async (path?: string) => (await list(path)).Resources.map(({ app }) => (app as JsonObject)['display']);
const mark = (key: string, favorite: unknown, bearer = token) =>
  domain.send('PUT', `/admin/v1/MyAppFavoriteSetter/${key}`, {
    token: bearer,
    body: { schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:MyAppFavoriteSetter'], favorite } as JsonObject,
  });

describe('MyApps', () => {
  it('are the apps that the caller may use (main-0434)', async () => {
    const wiki = await newApp('Wiki', { description: 'Notes' });
    const payroll = await newApp('Payroll', { allowAccessControl: true });
    await newApp('Hidden', { showInMyApps: false });
    await newApp('Off', { active: false });
    const before = await list();
    expect(before.Resources).toHaveLength(1);
    expect(before.Resources[0]).toMatchObject({
      schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:MyApp'],
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      meta: { resourceType: 'MyApp' },
      name: 'jdoe',
      app: {
        value: wiki,
        display: 'Wiki',
        description: 'Notes',
        active: true,
        $ref: `${domain.url}/admin/v1/Apps/${wiki}`,
      },
      owner: { value: user.id, display: 'Given Family' },
      favorite: false,
      launchUrl: 'https://wiki.example.com/',
    });
    await create(domain, 'Grant', 'Grants', {
      grantee: { type: 'User', value: user.id },
      app: { value: payroll },
      grantMechanism: 'ADMINISTRATOR_TO_USER',
    });
    expect(await names()).toEqual(['Payroll', 'Wiki']);
    expect((await list()).Resources[1]).toEqual(before.Resources[0]);
  });

  it('are filtered, sorted and paged, and searched', async () => {
    for (const name of ['Alpha', 'Beta', 'Gamma']) await newApp(name);
    expect(await names('/admin/v1/MyApps?filter=app.display co "a" and app.display ne "Beta"')).toEqual([
      'Alpha',
      'Gamma',
    ]);
    expect(await list('/admin/v1/MyApps?startIndex=2&count=1')).toMatchObject({ totalResults: 3, itemsPerPage: 1 });
    const search = await domain.send('POST', '/admin/v1/MyApps/.search', {
      token,
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
        sortBy: 'app.display',
        sortOrder: 'descending',
        count: 1,
      },
    });
    expect(search.body, search.text).toMatchObject({ totalResults: 3, Resources: [{ app: { display: 'Gamma' } }] });
  });

  it('are a user’s own', async () => {
    expect((await domain.send('GET', '/admin/v1/MyApps')).status).toBe(401);
    expect((await domain.send('GET', '/admin/v1/MyAccesses')).status).toBe(401);
    expect((await domain.send('GET', '/admin/v1/MyApps', { token: null })).status).toBe(401);
  });
});

describe('MyAppFavoriteSetter', () => {
  it('marks an app for the caller alone, and takes the mark away (main-0435)', async () => {
    const wiki = await newApp('Wiki');
    await newApp('Mail');
    const marked = await mark(wiki, true);
    expect(marked.status, marked.text).toBe(200);
    expect(marked.body).toMatchObject({ id: wiki, favorite: true });
    expect(await names('/admin/v1/MyApps?filter=favorite eq true')).toEqual(['Wiki']);
    expect((await list('/admin/v1/MyAccesses')).Resources).toMatchObject([
      { app: { display: 'Mail' }, favorite: false },
      { app: { value: wiki }, favorite: true },
    ]);
    // A sign-in writes the same part of the user's row.
    await domain.send('PUT', `/admin/v1/UserPasswordChanger/${user.id}`, {
      body: {
        schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:UserPasswordChanger'],
        password: 'Better-Battery-43',
      },
    });
    expect(await names('/admin/v1/MyApps?filter=favorite eq true')).toEqual(['Wiki']);
    expect((await mark(wiki, false)).body.favorite).toBe(false);
    expect(await names('/admin/v1/MyApps?filter=favorite eq true')).toEqual([]);
  });

  it('refuses apps that are not the caller’s, and callers that are no users', async () => {
    const wiki = await newApp('Wiki');
    const closed = await newApp('Closed', { allowAccessControl: true });
    expect((await mark(closed, true)).status).toBe(404);
    expect((await mark('nothing', true)).status).toBe(404);
    expect((await mark(wiki, 'maybe')).status).toBe(400);
    expect((await mark(wiki, true, domain.token)).status).toBe(401);
  });
});
