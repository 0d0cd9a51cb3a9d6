import { beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { newTestDomain, type TestDomain } from './domain-context.ts';

/** How a generated client secret looks (shapes.md §5). */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let domain: TestDomain;
beforeAll(async () => {
  domain = await newTestDomain();
});

const WEB = { value: 'CustomWebAppTemplateId' };
let count = 0;

/** A confidential client as the collection posts it (main-0007), with a name of its own. */
function client(more: JsonObject = {}): JsonObject {
  return {
    basedOnTemplate: WEB,
    displayName: `Client ${++count}`,
    clientType: 'confidential',
    isOAuthClient: true,
    allowedGrants: ['client_credentials', 'urn:ietf:params:oauth:grant-type:jwt-bearer'],
    ...more,
  };
}

function resourceServer(audience: string, ...values: string[]): JsonObject {
  return {
    basedOnTemplate: WEB,
    displayName: `Resource server ${++count}`,
    isOAuthResource: true,
    audience,
    scopes: values.map((value) => ({ value, requiresConsent: true })),
  };
}

describe('creating an App', () => {
  test('a confidential client gets an id, a secret, and the attributes that the service fills in', async () => {
    const app = await domain.create('App', client());
    expect(app).toMatchObject({
      active: false,
      isLoginTarget: true,
      showInMyApps: true,
      loginMechanism: 'OIDC',
      trustScope: 'Explicit',
      isOAuthResource: false,
      attrRenderingMetadata: [{ name: 'aliasApps', visible: false }],
      basedOnTemplate: {
        value: 'CustomWebAppTemplateId',
        $ref: 'http://127.0.0.1:8080/admin/v1/AppTemplates/CustomWebAppTemplateId',
      },
      clientSecret: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      name: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(app['name']).not.toBe(app['id']);
    expect(app['grantedAppRoles']).toBeUndefined();
    // IDCS: GET and list show the secret again.
    expect((await domain.get('App', String(app['id'])))['clientSecret']).toBe(app['clientSecret']);
    const [listed] = await domain.find('App', `name eq "${String(app['name'])}"`);
    expect(listed!['clientSecret']).toBe(app['clientSecret']);
  });

  test('the secret is kept sealed and hashed, never in the data', async () => {
    const app = await domain.create('App', client());
    const { store, domain: row } = await domain.context();
    const stored = await store.resources.readWithSecret(row.id, 'App', String(app['id']));
    expect(JSON.stringify(stored)).not.toContain(String(app['clientSecret']));
    expect(stored!.secret).toEqual({
      clientSecretHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      clientSecretSealed: expect.stringMatching(/^v1\./),
    });
  });

  test('a client may choose its id, in letters, digits and underscores', async () => {
    expect((await domain.create('App', client({ name: 'My_client_1' })))['name']).toBe('My_client_1');
    await expect(domain.create('App', client({ name: 'my-client' }))).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('App.name'),
    });
    await expect(domain.create('App', client({ name: 'MY_CLIENT_1' }))).rejects.toMatchObject({ status: 409 });
  });

  test('a public client has no secret, an application without OAuth neither id nor secret', async () => {
    const browser = { value: 'CustomBrowserMobileTemplateId' };
    const redirectUris = ['https://www.myapp.com/callback'];
    const open = await domain.create(
      'App',
      client({
        basedOnTemplate: browser,
        clientType: 'public',
        allowedGrants: ['authorization_code', 'implicit'],
        redirectUris,
      }),
    );
    expect(open['name']).toMatch(/^[0-9a-f]{32}$/);
    expect(open['clientSecret']).toBeUndefined();
    const enterprise = await domain.create('App', {
      basedOnTemplate: { value: 'CustomEnterpriseAppTemplateId' },
      displayName: 'Enterprise App',
      isEnterpriseApp: true,
    });
    expect(enterprise).toMatchObject({ isManagedApp: true, isEnterpriseApp: true });
    expect(enterprise['name']).toBeUndefined();
    expect(enterprise['trustScope']).toBeUndefined();
    expect(enterprise['clientSecret']).toBeUndefined();
  });

  test('the client type follows the template when the body has none', async () => {
    const { clientType: _, ...body } = client();
    expect((await domain.create('App', body))['clientType']).toBe('confidential');
  });

  test.each([
    [
      'an unknown template',
      { basedOnTemplate: { value: 'Nope' } },
      'App.basedOnTemplate references a AppTemplate with ID Nope that does not exist.',
    ],
    [
      'a three-legged grant without redirect',
      { allowedGrants: ['authorization_code'] },
      'Missing required attribute(s): redirectUris.',
    ],
    ['a relative redirect', { redirectUris: ['/callback'] }, 'App.redirectUris must be an absolute URL: /callback.'],
    [
      'a redirect with a fragment',
      { redirectUris: ['https://a/#b'] },
      "App.redirectUris can't have a fragment: https://a/#b.",
    ],
    [
      'another scheme',
      { redirectUris: ['myapp:/callback'] },
      'App.redirectUris must be an http or https URL unless allUrlSchemesAllowed is true: myapp:/callback.',
    ],
    ['an unknown grant', { allowedGrants: ['magic'] }, 'App.allowedGrants has an unknown grant type: magic.'],
    ['a resource server without audience', { isOAuthResource: true }, 'Missing required attribute(s): audience.'],
    [
      'a scope that nobody defines',
      { allowedScopes: [{ fqs: 'https://nobody/x' }] },
      'App.allowedScopes.fqs references a scope https://nobody/x that no App defines.',
    ],
  ])('refuses %s', async (_what, more, message) => {
    await expect(domain.create('App', client(more as JsonObject))).rejects.toMatchObject({ status: 400, message });
  });

  test('refuses http where the App forbids it', async () => {
    const http = { redirectUris: ['http://localhost:8943/callback'] };
    const refusal = {
      status: 400,
      message:
        'App.redirectUris must be an https URL, because allUrlSchemesAllowed is false: http://localhost:8943/callback.',
    };
    const made = domain.create('App', { ...client(), ...http, allUrlSchemesAllowed: false });
    await expect(made).rejects.toMatchObject(refusal);
    const { id } = await domain.create('App', { ...client(), ...http, allUrlSchemesAllowed: true });
    const forbid = { op: 'replace', path: 'allUrlSchemesAllowed', value: false };
    await expect(domain.patch('App', String(id), forbid)).rejects.toMatchObject(refusal);
  });

  test('accepts what the documented examples send as addresses', async () => {
    const redirectUris = ['http://localhost:8943', 'https://%hostid%/cloudgate/v1/oauth2/callback'];
    expect((await domain.create('App', client({ redirectUris })))['redirectUris']).toEqual(redirectUris);
    const custom = { redirectUris: ['com.example.app:/cb'], allUrlSchemesAllowed: true };
    expect(await domain.create('App', client(custom))).toMatchObject(custom);
  });
});

describe('scopes', () => {
  test('fqs is audience and value, whatever was sent, and follows the audience', async () => {
    const server = await domain.create('App', {
      ...resourceServer('https://api.one.com', '/a'),
      scopes: [{ value: '/a', fqs: 'https://wrong/a' }],
    });
    expect(server['scopes']).toEqual([{ value: '/a', fqs: 'https://api.one.com/a' }]);
    const id = String(server['id']);
    const moved = await domain.patch('App', id, { op: 'replace', path: 'audience', value: 'https://api.two.com' });
    expect(moved['scopes']).toEqual([{ value: '/a', fqs: 'https://api.two.com/a' }]);
    const more = await domain.patch('App', id, { op: 'add', path: 'scopes', value: [{ value: '/b' }] });
    expect(more['scopes']).toContainEqual({ value: '/b', fqs: 'https://api.two.com/b' });
  });

  test('one scope is defined by one App only', async () => {
    await domain.create('App', resourceServer('https://api.shared.com', '/x', '/y'));
    await expect(domain.create('App', resourceServer('https://api.shared.com/', 'y'))).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining('https://api.shared.com/y'),
    });
  });

  test('allowedScopes name the App that defines them: another, itself, or the service', async () => {
    const server = await domain.create('App', resourceServer('https://api.allowed.com', '/x'));
    const app = await domain.create('App', {
      ...client(),
      ...resourceServer('https://api.own.com', '/o'),
      allowedScopes: [
        { fqs: 'https://api.allowed.com/x' },
        { fqs: 'https://api.own.com/o' },
        { fqs: 'urn:opc:idm:t.user.me' },
      ],
    });
    expect(app['allowedScopes']).toEqual([
      { fqs: 'https://api.allowed.com/x', idOfDefiningApp: server['id'] },
      { fqs: 'https://api.own.com/o', idOfDefiningApp: app['id'] },
      { fqs: 'urn:opc:idm:t.user.me', idOfDefiningApp: 'IDCSAppId' },
    ]);
    const clients = await domain.find('App', `allowedScopes.idOfDefiningApp eq "${String(server['id'])}"`);
    expect(clients.map((found) => found['id'])).toEqual([app['id']]);
  });
});

describe('a scope that its App defines no longer', () => {
  test('stays where it was allowed, gives nobody anything new, and keeps nothing from being changed', async () => {
    const server = await domain.create('App', resourceServer('https://api.orphan.com', '/x', '/y'));
    const allowedScopes = ['/x', '/y'].map((value) => ({ fqs: `https://api.orphan.com${value}` }));
    const app = await domain.create('App', client({ allowedScopes }));
    await domain.patch('App', String(server['id']), { op: 'remove', path: 'scopes[value eq "/y"]' });
    const changed = await domain.patch('App', String(app['id']), { op: 'replace', path: 'description', value: 'new' });
    expect(changed).toMatchObject({ description: 'new', allowedScopes: app['allowedScopes'] });
    const again = domain.create('App', client({ allowedScopes }));
    await expect(again).rejects.toMatchObject({ status: 400, message: expect.stringContaining('/y') });
    const [left] = changed['allowedScopes'] as JsonObject[];
    const put = { ...client(), displayName: app['displayName']!, allowedScopes: [left!] };
    expect((await domain.put('App', String(app['id']), put))['allowedScopes']).toEqual([left]);
  });

  test('with its App is taken out of others by force only', async () => {
    const server = await domain.create('App', resourceServer('https://api.gone.com', '/x'));
    const id = String(server['id']);
    const fqs = 'https://api.gone.com/x';
    const one = await domain.create('App', client({ allowedScopes: [{ fqs }, { fqs: 'urn:opc:idm:t.user.me' }] }));
    const two = await domain.create('App', client({ allowedScopes: [{ fqs }] }));
    await expect(domain.delete('App', id)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining(`referenced by App ${String(one['displayName'])},App`),
    });
    await domain.delete('App', id, true);
    expect((await domain.get('App', String(one['id'])))['allowedScopes']).toEqual([
      { fqs: 'urn:opc:idm:t.user.me', idOfDefiningApp: 'IDCSAppId' },
    ]);
    expect((await domain.get('App', String(two['id'])))['allowedScopes']).toBeUndefined();
    await domain.create('App', resourceServer('https://api.gone.com', '/x'));
  });

  test('and one that nobody could ask for is none', async () => {
    for (const value of ['a b', '"a"', 'ä', 'a\\b']) {
      const made = domain.create('App', resourceServer('https://api.odd.com/', value));
      await expect(made).rejects.toMatchObject({ status: 400, message: expect.stringContaining('App.scopes') });
    }
  });
});

describe('parallel creates', () => {
  test('of one scope end with one App that defines it', async () => {
    const both = [resourceServer('https://api.race.com', '/x'), resourceServer('https://api.race.com/', 'x')];
    const ended = await Promise.allSettled(both.map((body) => domain.create('App', body)));
    expect(ended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await domain.find('App', 'scopes[fqs eq "https://api.race.com/x"]')).toHaveLength(1);
  });
});

describe('changing an App', () => {
  test('a GET-change-PUT keeps id, secret and template', async () => {
    const app = await domain.create('App', client());
    const { meta: _, ...body } = app;
    const put = await domain.put('App', String(app['id']), { ...body, description: 'changed' });
    expect(put).toMatchObject({
      description: 'changed',
      name: app['name'],
      clientSecret: app['clientSecret'],
      basedOnTemplate: app['basedOnTemplate'],
    });
  });

  test('a PUT without name and secret keeps both (main-0026)', async () => {
    const app = await domain.create('App', client());
    const put = await domain.put('App', String(app['id']), client({ displayName: 'Renamed' }));
    expect(put).toMatchObject({ displayName: 'Renamed', name: app['name'], clientSecret: app['clientSecret'] });
  });

  test('a client that turns public loses its secret and gets a new one when it turns back', async () => {
    const app = await domain.create('App', client());
    const id = String(app['id']);
    const open = await domain.patch('App', id, { op: 'replace', path: 'clientType', value: 'public' });
    expect(open['clientSecret']).toBeUndefined();
    const back = await domain.patch('App', id, { op: 'replace', path: 'clientType', value: 'confidential' });
    expect(back['clientSecret']).toMatch(UUID);
    expect(back['clientSecret']).not.toBe(app['clientSecret']);
    expect(back['name']).toBe(app['name']);
  });

  test('grants are added and removed by PATCH as recorded (main-0018, main-0019)', async () => {
    const id = String((await domain.create('App', client()))['id']);
    const added = await domain.patch('App', id, { op: 'add', path: 'allowedGrants', value: ['refresh_token'] });
    expect(added['allowedGrants']).toContain('refresh_token');
    const removed = await domain.patch('App', id, { op: 'remove', path: 'allowedGrants[value eq "refresh_token"]' });
    expect(removed['allowedGrants']).not.toContain('refresh_token');
  });

  test('an application that becomes a client gets an id and a secret', async () => {
    const server = await domain.create('App', resourceServer('https://api.later.com', '/x'));
    expect(server['name']).toBeUndefined();
    const id = String(server['id']);
    const made = await domain.patch(
      'App',
      id,
      { op: 'replace', path: 'isOAuthClient', value: true },
      { op: 'replace', path: 'clientType', value: 'confidential' },
    );
    expect(made['name']).toMatch(/^[0-9a-f]{32}$/);
    expect(made['clientSecret']).toMatch(UUID);
  });
});

describe('an alias', () => {
  test('is another App, which stays while it is one', async () => {
    const [one, two] = [await domain.create('App', client()), await domain.create('App', client())];
    const id = String(one['id']);
    const alias = (value: unknown) => ({ op: 'replace', path: 'aliasApps', value: [{ value: String(value) }] });
    await expect(domain.patch('App', id, alias(id))).rejects.toMatchObject({
      status: 400,
      message: 'App.aliasApps cannot name the App itself.',
    });
    expect((await domain.patch('App', id, alias(two['id'])))['aliasApps']).toMatchObject([
      { value: two['id'], display: two['displayName'] },
    ]);
    await expect(domain.delete('App', String(two['id']))).rejects.toMatchObject({ status: 400 });
    await domain.delete('App', String(two['id']), true);
    expect((await domain.get('App', id))['aliasApps']).toBeUndefined();
  });
});

describe('the lifetime of tokens of a resource server', () => {
  test('is not negative for refresh tokens', async () => {
    const server = { ...resourceServer('https://expiry.example/', 'read'), refreshTokenExpiry: -1 };
    await expect(domain.create('App', server)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('refreshTokenExpiry'),
    });
  });

  test.each([-1, 0, 59, 31_536_001])('is not %i seconds', async (accessTokenExpiry) => {
    const server = { ...resourceServer('https://expiry.example/', 'read'), accessTokenExpiry };
    await expect(domain.create('App', server)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('accessTokenExpiry'),
    });
  });
});

describe('deleting an App', () => {
  test('is refused while it is active', async () => {
    const id = String((await domain.create('App', client({ active: true })))['id']);
    await expect(domain.delete('App', id, true)).rejects.toMatchObject({ status: 400 });
    await domain.patch('App', id, { op: 'replace', path: 'active', value: false });
    await domain.delete('App', id);
    await expect(domain.get('App', id)).rejects.toMatchObject({ status: 404 });
  });

  test('the built-in one can be neither deleted nor deactivated', async () => {
    await expect(domain.delete('App', 'IDCSAppId', true)).rejects.toMatchObject({ status: 403 });
    const off = { op: 'replace', path: 'active', value: false };
    await expect(domain.patch('App', 'IDCSAppId', off)).rejects.toMatchObject({ status: 400 });
  });
});
