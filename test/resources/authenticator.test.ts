import { beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { advanceClock } from '../support/domain-clock.ts';
import { type Answer, type TestDomain, testDomain } from '../support/emulator.ts';
import { newUser } from '../support/new-user.ts';

/* PasswordAuthenticator and Asserter beyond the printed examples (test/acceptance/password-authenticator.test.ts). */

const PASSWORD = 'Welc0me@1-and-more';

let domain: TestDomain;
beforeAll(async () => {
  domain = await testDomain();
});

function ask(type: 'PasswordAuthenticator' | 'Asserter', body: JsonObject, query = ''): Promise<Answer> {
  const schemas = [`urn:ietf:params:scim:schemas:oracle:idcs:${type}`];
  return domain.send('POST', `/admin/v1/${type}${query}`, { body: { schemas, ...body } });
}

const authenticate = (mappingAttributeValue: string, more: JsonObject = {}, query = '') =>
  ask('PasswordAuthenticator', { mappingAttributeValue, password: PASSWORD, ...more }, query);

function patch(path: string, value: JsonObject[string]): JsonObject {
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
  return { schemas, Operations: [{ op: 'replace', path, value }] };
}

describe('PasswordAuthenticator', () => {
  test('finds a user by any searchable text attribute, in any case', async () => {
    const { id } = await newUser(domain, 'finder', PASSWORD, { externalId: 'ext-1' });
    for (const [mappingAttribute, value] of [
      ['USERNAME', 'FINDER'],
      ['emails.value', 'finder@example.com'],
      ['externalId', 'ext-1'],
      ['id', id],
    ] as const) {
      const { status, body } = await authenticate(value, { mappingAttribute });
      expect([mappingAttribute, status, body.id, body.mappingAttribute]).toEqual([
        mappingAttribute,
        201,
        id,
        mappingAttribute,
      ]);
    }
  });

  test.each(['shoeSize', 'password', 'active', 'name.'])(
    'refuses the mapping attribute %j',
    async (mappingAttribute) => {
      const { status, body } = await authenticate('admin@example.com', { mappingAttribute });
      expect([status, body.detail]).toEqual([400, expect.stringContaining('mappingAttribute')]);
    },
  );

  test('refuses a value that several users have, and counts nothing', async () => {
    for (const name of ['twin1', 'twin2']) await newUser(domain, name, PASSWORD, { displayName: 'Twin' });
    const { status, body } = await authenticate('Twin', { mappingAttribute: 'displayName' });
    expect([status, body.detail]).toEqual([400, expect.stringContaining('mappingAttributeValue')]);
  });

  test.each([
    ['a password of 501 characters', { password: 'x'.repeat(501) }, 'password'],
    ['no password', { password: null }, 'password'],
    ['an empty password', { password: '' }, 'password'],
    ['a password that is no text', { password: { a: 1 } }, 'password'],
    ['no value', { mappingAttributeValue: null }, 'mappingAttributeValue'],
    ['a value of 257 characters', { mappingAttributeValue: 'x'.repeat(257) }, 'mappingAttributeValue'],
    ['an App name of one character', { appName: 'x' }, 'appName'],
    ['a flag that is none', { includeMemberships: 'perhaps' }, 'includeMemberships'],
    ['an attribute that there is not', { shoeSize: 43 }, 'shoeSize'],
  ])('refuses %s by name', async (_what, more, named) => {
    const { status, body } = await authenticate('admin@example.com', more as JsonObject);
    expect([status, body.detail]).toEqual([400, expect.stringContaining(named)]);
  });

  test.each([
    ['in the password', { password: 'a\0b' }],
    ['in the name', { mappingAttributeValue: 'admin\0@example.com' }],
    ['in another attribute', { mappingAttribute: 'externalId', mappingAttributeValue: 'a\0b' }],
    ['in a filter', { includeMemberships: true, appId: 'a\0b', appName: 'a\0b', appDisplayName: 'a\0b' }],
  ])('takes NUL %s for what it is', async (_where, more) => {
    const { status, body } = await authenticate('nul@example.com', more as JsonObject);
    expect([status, body.schemas?.[0]]).toEqual([400, 'urn:ietf:params:scim:api:messages:2.0:Error']);
  });

  test('shows more on request, and second factors when the body says so', async () => {
    const { id } = await newUser(domain, 'shown', PASSWORD, {
      addresses: [{ type: 'work', locality: 'Linz', country: 'AT', primary: true }],
      locale: 'de-AT',
      preferredLanguage: 'fr-CA',
    });
    expect((await authenticate('shown', {}, '?attributes=userName,city,userLocale')).body).toEqual({
      id,
      userEmail: 'shown@example.com',
      userName: 'shown',
      city: 'Linz',
      userLocale: 'de-AT',
    });
    const all = (await authenticate('shown', {}, '?attributeSets=all')).body;
    expect(all).toMatchObject({ locale: 'de', preferredLanguage: 'fr', country: 'AT', mfaStatus: 'UN_ENROLLED' });
    expect(all.password).toBeUndefined();
    expect((await authenticate('shown', { includeMfaAttributes: true })).body).toMatchObject({
      mfaStatus: 'UN_ENROLLED',
    });
    expect((await authenticate('shown')).body.mfaStatus).toBeUndefined();
  });

  test('shows whether an AppRole came through a group, when asked', async () => {
    const { id } = await newUser(domain, 'member', PASSWORD);
    const group = await domain.createGroup('Viewers', [id]);
    const { body: roles } = await domain.send(
      'GET',
      `/admin/v1/AppRoles?filter=${encodeURIComponent('displayName eq "Global Viewer"')}`,
    );
    const grant = await domain.send('POST', '/admin/v1/Grants', {
      body: {
        schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:Grant'],
        grantee: { type: 'Group', value: group.id },
        app: { value: 'IDCSAppId' },
        entitlement: { attributeName: 'appRoles', attributeValue: roles.Resources[0].id },
        grantMechanism: 'ADMINISTRATOR_TO_GROUP',
      },
    });
    expect(grant.status, grant.text).toBe(201);
    const { body } = await authenticate('member', {}, '?attributes=appRoles.type,appRoles.display,groups.display');
    expect(body.appRoles).toEqual([expect.objectContaining({ display: 'Global Viewer', type: 'indirect' })]);
    expect(body.groups).toEqual([expect.objectContaining({ display: 'Viewers' })]);
  });

  test('takes no password from a user who has none here, nor a secret from a public client', async () => {
    await domain.createUser('federated', {
      'urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User': { isFederatedUser: true },
    });
    expect((await authenticate('federated')).body.detail).toBe('INVALID_CREDENTIALS');
    const made = await domain.send('POST', '/admin/v1/Apps', {
      body: {
        schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:App'],
        displayName: 'Public',
        name: 'PUBLIC_APPID',
        basedOnTemplate: { value: 'CustomWebAppTemplateId' },
        isOAuthClient: true,
        clientType: 'public',
        active: true,
      },
    });
    expect(made.status, made.text).toBe(201);
    expect((await authenticate('PUBLIC_APPID')).body.detail).toBe('INVALID_CREDENTIALS');
  });

  test('asks the sign-on policy when the body says so', async () => {
    const other = await testDomain();
    await newUser(other, 'stranger', PASSWORD);
    const rule = await other.send('PATCH', '/admin/v1/Rules/DefaultSignOnRule', {
      body: patch('return', [{ name: 'effect', value: 'DENY' }]),
    });
    expect(rule.status, rule.text).toBe(200);
    const send = (more: JsonObject) =>
      other.send('POST', '/admin/v1/PasswordAuthenticator', {
        body: {
          schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:PasswordAuthenticator'],
          mappingAttributeValue: 'stranger',
          password: PASSWORD,
          ...more,
        },
      });
    expect((await send({})).status).toBe(201);
    const denied = await send({ includeSignOnPolicyEvaluation: true, clientIp: '192.0.2.7' });
    expect([denied.status, denied.body.detail]).toEqual([400, 'SIGN_ON_POLICY_DENY_RESPONSE']);
  });

  test('is for those who may authenticate users', async () => {
    const plain = await newUser(domain, 'plain', PASSWORD);
    expect(plain.id).toBeTruthy();
    const form = { grant_type: 'password', username: 'plain', password: PASSWORD, scope: 'urn:opc:idm:__myscopes__' };
    const { body } = await domain.tokenRequest(form);
    const schemas = ['urn:ietf:params:scim:schemas:oracle:idcs:PasswordAuthenticator'];
    const answer = await domain.send('POST', '/admin/v1/PasswordAuthenticator', {
      body: { schemas, mappingAttributeValue: 'admin@example.com', password: 'x' },
      token: body.access_token,
    });
    expect([401, 403]).toContain(answer.status);
    expect((await domain.send('GET', '/admin/v1/PasswordAuthenticator')).status).not.toBe(200);
  });

  test('tells a locked user by mail', async () => {
    await newUser(domain, 'mailed', PASSWORD);
    for (let left = 5; left > 0; left--) await authenticate('mailed', { password: 'Wrong-Password-1' });
    const { body } = await domain.send('GET', '/_emulator/messages?to=mailed%40example.com', { token: null });
    const events = JSON.stringify(body);
    expect(events).toContain('admin.me.locked.success');
    expect(events).not.toContain('Wrong-Password-1');
  });
});

describe('Asserter', () => {
  const assert = (mappingAttributeValue: string, more: JsonObject = {}) =>
    ask('Asserter', { mappingAttributeValue, ...more });

  test('answers as an SDK reads it: groups and AppRoles of a user, without a password', async () => {
    const user = await domain.createUser('asserted');
    const group = await domain.createGroup('Readers', [user.id]);
    const { status, body } = await assert('asserted', { includeMemberships: true, subjectType: 'user' });
    expect([status, body.id, body.type]).toEqual([201, user.id, 'User']);
    expect(body.groups).toEqual([
      { display: 'Readers', value: group.id, $ref: `${domain.url}/admin/v1/IDSGroups/${group.id}` },
    ]);
    expect(body.appRoles).toEqual([]);
  });

  test('answers about a client by its name', async () => {
    const { status, body } = await assert('idcs-admin', { subjectType: 'client', includeMemberships: true });
    expect([status, body.type, body.mappingAttribute]).toEqual([201, 'App', 'name']);
    expect(body.appRoles).toContainEqual(
      expect.objectContaining({ display: 'Identity Domain Administrator', type: 'direct' }),
    );
    expect((await assert('idcs-admin')).body.detail).toBe('USER_NOT_FOUND');
  });

  test('refuses who is gone, disabled or locked, until the lock ends', async () => {
    const other = await testDomain();
    const { id } = await newUser(other, 'standing', PASSWORD);
    const send = async () => {
      const form = { grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' };
      const { body: granted } = await other.tokenRequest(form);
      const schemas = ['urn:ietf:params:scim:schemas:oracle:idcs:Asserter'];
      const options = { body: { schemas, mappingAttributeValue: 'standing' }, token: granted.access_token };
      const { status, body } = await other.send('POST', '/admin/v1/Asserter', options);
      return status === 201 ? 'ok' : body.detail;
    };
    expect(await send()).toBe('ok');
    const wrong = { grant_type: 'password', username: 'standing', password: 'x', scope: 'openid' };
    for (let left = 5; left > 0; left--) await other.tokenRequest(wrong);
    expect(await send()).toBe('USER_LOCKED_RESPONSE');
    await advanceClock(other, 30 * 60 + 1);
    expect(await send()).toBe('ok');
    const fresh = await other.tokenRequest({ grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' });
    await other.send('PATCH', `/admin/v1/Users/${id}`, {
      body: patch('active', false),
      token: fresh.body.access_token,
    });
    expect(await send()).toBe('USER_DISABLED_RESPONSE');
  });
});
