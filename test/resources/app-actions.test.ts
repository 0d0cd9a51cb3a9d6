import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Emulator } from '../../src/index.ts';
import { MY_SCOPES, newClient, type TestClient } from '../oauth/token/assertion-fixture.ts';
import { clientFor, startTestEmulator, type TestDomain, testDomain } from '../support/emulator.ts';
import { newUser } from '../support/new-user.ts';

const ORACLE = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const UNAUTHORIZED = 'error.common.exception.unauthorizedAccess';

let domain: TestDomain;
let client: TestClient;
let other: Emulator | undefined;

afterAll(async () => {
  await other?.stop();
});

beforeEach(async () => {
  domain = await testDomain();
  client = await newClient(domain, 'reports');
});

const switchTo = (id: string, active: unknown, token?: string) =>
  domain.send('PUT', `/admin/v1/AppStatusChanger/${id}`, {
    body: { schemas: [`${ORACLE}AppStatusChanger`], ...(active === undefined ? {} : { active: active as boolean }) },
    ...(token === undefined ? {} : { token }),
  });

const regenerate = (appId: string, token?: string) =>
  domain.send('POST', '/admin/v1/AppClientSecretRegenerator', {
    body: { schemas: [`${ORACLE}AppClientSecretRegenerator`], appId },
    ...(token === undefined ? {} : { token }),
  });

const signIn = async (of: TestDomain, { id, secret }: Pick<TestClient, 'id' | 'secret'>) =>
  (await of.tokenRequest({ grant_type: 'client_credentials', scope: MY_SCOPES }, { id, secret })).status;

/** A token of a client that has one AppRole of the domain. */
async function tokenWith(role: string): Promise<string> {
  const holder = await newClient(domain, `has_${role.replace(/ /g, '_')}`);
  await grant(holder.appId, role);
  const form = { grant_type: 'client_credentials', scope: MY_SCOPES };
  return (await domain.tokenRequest(form, holder)).body.access_token;
}

async function grant(appId: string, role: string): Promise<void> {
  const found = await domain.send('GET', `/admin/v1/AppRoles?filter=displayName eq "${role}"`);
  const made = await domain.send('POST', '/admin/v1/Grants', {
    body: {
      schemas: [`${ORACLE}Grant`],
      grantee: { type: 'App', value: appId },
      app: { value: 'IDCSAppId' },
      entitlement: { attributeName: 'appRoles', attributeValue: found.body.Resources[0].id },
      grantMechanism: 'ADMINISTRATOR_TO_APP',
    },
  });
  expect(made.status, made.text).toBe(201);
}

/** The same domain by another process's worth of caches. */
async function elsewhere(): Promise<TestDomain> {
  other ??= await startTestEmulator();
  return clientFor(domain.name, (await other.domain(domain.name)).url);
}

describe('AppStatusChanger', () => {
  it('switches an App off and on, at once in every process', async () => {
    const there = await elsewhere();
    expect(await signIn(there, client)).toBe(200);
    const off = await switchTo(client.appId, false);
    expect(off.status, off.text).toBe(200);
    expect(off.body).toMatchObject({
      id: client.appId,
      active: false,
      schemas: [`${ORACLE}AppStatusChanger`],
      meta: { resourceType: 'AppStatusChanger' },
    });
    expect((await domain.send('GET', `/admin/v1/Apps/${client.appId}`)).body.active).toBe(false);
    expect([await signIn(domain, client), await signIn(there, client)]).toEqual([401, 401]);
    expect((await switchTo(client.appId, true)).body.active).toBe(true);
    expect([await signIn(domain, client), await signIn(there, client)]).toEqual([200, 200]);
  });

  it('takes an OCID, and a state that stands already', async () => {
    const { ocid } = (await domain.send('GET', `/admin/v1/Apps/${client.appId}`)).body;
    const on = await switchTo(ocid, true);
    expect(on.status).toBe(200);
    expect(on.body).toMatchObject({ id: client.appId, ocid, active: true });
  });

  it('refuses what is no App, no boolean, and the built-in App', async () => {
    expect((await switchTo('nothing', true)).status).toBe(404);
    expect((await switchTo(client.appId, 'perhaps')).status).toBe(400);
    expect((await switchTo(client.appId, undefined)).status).toBe(400);
    expect((await switchTo('IDCSAppId', false)).status).toBe(400);
    expect((await domain.send('GET', `/admin/v1/AppStatusChanger/${client.appId}`)).status).toBe(405);
  });

  it('is for who may change Apps, and none that is stronger', async () => {
    expect((await switchTo(client.appId, false, await tokenWith('User Administrator'))).status).toBe(401);
    const token = await tokenWith('Application Administrator');
    expect((await switchTo(client.appId, false, token)).status).toBe(200);
    await grant(client.appId, 'Identity Domain Administrator');
    const refused = await switchTo(client.appId, true, token);
    expect(refused.status).toBe(401);
    expect(refused.text).toContain(UNAUTHORIZED);
  });
});

describe('a new client with idcsAppRoles', () => {
  const create = (idcsAppRoles: string[], token?: string, more: object = {}) =>
    domain.send('POST', '/admin/v1/Apps', {
      body: {
        schemas: [`${ORACLE}App`],
        displayName: `with ${idcsAppRoles.join()}`,
        basedOnTemplate: { value: 'CustomWebAppTemplateId' },
        isOAuthClient: true,
        clientType: 'confidential',
        allowedGrants: ['client_credentials'],
        active: true,
        idcsAppRoles,
        ...more,
      },
      ...(token === undefined ? {} : { token }),
    });

  it('has these AppRoles, as Grants that can be revoked', async () => {
    const { status, body, text } = await create(['Cloud Gate', 'Me']);
    expect(status, text).toBe(201);
    expect(body.grantedAppRoles.map(({ display }: { display: string }) => display).sort()).toEqual([
      'Cloud Gate',
      'Me',
    ]);
    expect(body.idcsAppRoles).toBeUndefined();
    const grants = await domain.send('GET', `/admin/v1/Grants?filter=grantee.value eq "${body.id}"`);
    expect(grants.body.totalResults).toBe(2);
    const change = { schemas: [`${ORACLE}App`], ...body, idcsAppRoles: ['Signin'] };
    const put = await domain.send('PUT', `/admin/v1/Apps/${body.id}`, { body: change });
    expect([put.status, put.body.detail]).toEqual([400, expect.stringContaining('App.idcsAppRoles')]);
  });

  it('is not made with what cannot be granted, or by who may not grant', async () => {
    const refused = async (answer: ReturnType<typeof create>, status: number, text: string) => {
      const { body } = await answer;
      expect([body.status, body.detail]).toEqual([String(status), expect.stringContaining(text)]);
    };
    await refused(create(['Nothing']), 400, 'App.idcsAppRoles references a AppRole with ID Nothing');
    await refused(create(['Me'], undefined, { isOAuthClient: false }), 400, 'App.idcsAppRoles is for OAuth clients');
    await refused(create(['Me'], await tokenWith('Security Administrator')), 401, 'App.idcsAppRoles needs the right');
    const weaker = await tokenWith('Application Administrator');
    await refused(create(['Identity Domain Administrator'], weaker), 401, 'unauthorized access');
    const left = await domain.send('GET', '/admin/v1/Apps?filter=displayName sw "with "');
    expect(left.body.totalResults).toBe(0);
    expect((await create(['Me'], weaker)).status).toBe(201);
  });
});

describe('AppClientSecretRegenerator', () => {
  it('gives another secret, and the old one is dead at once in every process', async () => {
    const there = await elsewhere();
    expect(await signIn(there, client)).toBe(200);
    const made = await regenerate(client.appId);
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({
      appId: client.appId,
      schemas: [`${ORACLE}AppClientSecretRegenerator`],
      meta: { resourceType: 'AppClientSecretRegenerator' },
    });
    expect(made.body.clientSecret).not.toBe(client.secret);
    expect([await signIn(domain, client), await signIn(there, client)]).toEqual([401, 401]);
    const now = { id: client.id, secret: made.body.clientSecret as string };
    expect([await signIn(domain, now), await signIn(there, now)]).toEqual([200, 200]);
    const app = await domain.send('GET', `/admin/v1/Apps/${client.appId}`);
    expect(app.body.clientSecret).toBe(now.secret);
    expect(app.headers.get('cache-control')).toContain('no-store');
  });

  it('does so by GET too, as the collection has it', async () => {
    const got = await domain.send('GET', `/admin/v1/AppClientSecretRegenerator/${client.appId}`);
    expect(got.status, got.text).toBe(200);
    expect(await signIn(domain, client)).toBe(401);
    expect(await signIn(domain, { id: client.id, secret: got.body.clientSecret })).toBe(200);
  });

  it('refuses public clients, other Apps, and what is not there', async () => {
    const redirectUris = ['https://app.example.com/'];
    const open = await newClient(domain, 'browser', {
      clientType: 'public',
      basedOnTemplate: { value: 'CustomBrowserMobileTemplateId' },
      allowedGrants: ['implicit'],
      redirectUris,
    });
    const refused = await regenerate(open.appId);
    expect(refused.status).toBe(400);
    expect(refused.body.detail).toContain('is a public client');
    const plain = await newClient(domain, 'plain', { isOAuthClient: false, name: 'plain', allowedGrants: [] });
    expect((await regenerate(plain.appId)).body.detail).toContain('is no OAuth client');
    expect((await regenerate('nothing')).status).toBe(404);
    const nameless = { schemas: [`${ORACLE}AppClientSecretRegenerator`] };
    expect((await domain.send('POST', '/admin/v1/AppClientSecretRegenerator', { body: nameless })).status).toBe(400);
  });

  it('is for who may change Apps, and none that is stronger', async () => {
    expect((await regenerate(client.appId, await tokenWith('Security Administrator'))).status).toBe(201);
    expect((await regenerate(client.appId, await tokenWith('User Administrator'))).status).toBe(401);
    await newUser(domain, 'jdoe', 'Correct-Horse-42');
    const form = { grant_type: 'password', username: 'jdoe', password: 'Correct-Horse-42', scope: MY_SCOPES };
    const trusted = await newClient(domain, 'trusted');
    const user = (await domain.tokenRequest(form, trusted)).body.access_token;
    expect((await regenerate(client.appId, user)).status).toBe(401);
    await grant(client.appId, 'Identity Domain Administrator');
    const refused = await regenerate(client.appId, await tokenWith('Application Administrator'));
    expect(refused.status).toBe(401);
    expect(refused.text).toContain(UNAUTHORIZED);
  });

  it('gives two at once two secrets, of which the last counts', async () => {
    const answers = await Promise.all([regenerate(client.appId), regenerate(client.appId)]);
    const works = await Promise.all(
      answers.map(({ body }) => signIn(domain, { id: client.id, secret: body.clientSecret })),
    );
    expect(works.sort()).toEqual([200, 401]);
  });
});
