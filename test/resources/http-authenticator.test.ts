import { beforeAll, describe, expect, test } from 'vitest';
import { DEVELOPMENT_CLIENT_SECRET } from '../../src/config.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { type Answer, type TestDomain, testDomain } from '../support/emulator.ts';
import { newUser } from '../support/new-user.ts';

const SCHEMA = 'urn:ietf:params:scim:schemas:oracle:idcs:HTTPAuthenticator';
const PASSWORD = 'Welc0me@1:and-möre';

let domain: TestDomain;
beforeAll(async () => {
  domain = await testDomain();
});

const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

function ask(creds: string, more: JsonObject = {}, query = ''): Promise<Answer> {
  const body = { schemas: [SCHEMA], credType: 'authorization', creds, ...more };
  return domain.send('POST', `/admin/v1/HTTPAuthenticator${query}`, { body });
}

describe('HTTPAuthenticator', () => {
  test('tells whose Basic credentials they are, with a colon and an umlaut in the password', async () => {
    const { id } = await newUser(domain, 'ann', PASSWORD, { displayName: 'Ann Lee', locale: 'de-AT' });
    const { status, body, text } = await ask(basic('ANN', PASSWORD));
    expect(status, text).toBe(201);
    expect(body).toEqual({
      schemas: [SCHEMA],
      userId: id,
      userLoginId: 'ann',
      userDisplayName: 'Ann Lee',
      mappingAttr: 'userName',
      csr: false,
      locale: 'de',
      preferredLanguage: 'en',
      timezone: 'UTC',
      tenantName: body.tenantName,
      type: 'User',
    });
    expect(body.tenantName).toMatch(/^idcs-[0-9a-f]{32}$/);
  });

  test('adds what the user belongs to, of one App when the body names it', async () => {
    const { id } = await newUser(domain, 'member', PASSWORD);
    const group = await domain.createGroup('Readers', [id]);
    const filter = encodeURIComponent('displayName eq "Global Viewer"');
    const { body: roles } = await domain.send('GET', `/admin/v1/AppRoles?filter=${filter}`);
    const [role] = roles.Resources;
    const grant = await domain.send('POST', '/admin/v1/Grants', {
      body: {
        schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:Grant'],
        grantee: { type: 'User', value: id },
        app: { value: 'IDCSAppId' },
        entitlement: { attributeName: 'appRoles', attributeValue: role.id },
        grantMechanism: 'ADMINISTRATOR_TO_USER',
      },
    });
    expect(grant.status, grant.text).toBe(201);
    const creds = basic('member', PASSWORD);
    expect((await ask(creds)).body).not.toHaveProperty('groups');
    const { body } = await ask(creds, { includeMemberships: true, appId: 'IDCSAppId' });
    expect(body.groups).toEqual([
      { display: 'Readers', value: group.id, $ref: `${domain.url}/admin/v1/IDSGroups/${group.id}` },
    ]);
    expect(body.appRoles).toEqual([
      expect.objectContaining({ display: 'Global Viewer', value: role.id, appId: 'IDCSAppId' }),
    ]);
    const other = await ask(creds, { includeMemberships: true, appId: 'elsewhere' });
    expect([other.body.appRoles, other.body.groups.length]).toEqual([[], 1]);
    const asked = await ask(creds, {}, '?attributes=userId,groups.display');
    expect(asked.body).toMatchObject({ userId: id, groups: [{ display: 'Readers' }] });
    expect(asked.body).not.toHaveProperty('locale');
  });

  test('takes the client id and secret of an App', async () => {
    const { status, body } = await ask(basic('idcs-admin', DEVELOPMENT_CLIENT_SECRET));
    expect([status, body.type, body.userLoginId, body.mappingAttr]).toEqual([201, 'App', 'idcs-admin', 'name']);
    const wrong = await ask(basic('idcs-admin', 'wrong'));
    expect([wrong.status, wrong.body.detail]).toEqual([400, 'INVALID_CREDENTIALS']);
  });

  test('fails as PasswordAuthenticator does, and counts with it', async () => {
    expect((await ask(basic('nobody', PASSWORD))).body.detail).toBe('USER_NOT_FOUND');
    await newUser(domain, 'guessed', PASSWORD);
    const password = { mappingAttributeValue: 'guessed', password: 'Wrong-Horse-1' };
    const schemas = [SCHEMA.replace('HTTP', 'Password')];
    for (const tries of [3, 2]) {
      for (let left = tries; left > 0; left--) {
        const wrong =
          tries === 3
            ? await ask(basic('guessed', 'Wrong-Horse-1'))
            : await domain.send('POST', '/admin/v1/PasswordAuthenticator', { body: { schemas, ...password } });
        expect([wrong.status, wrong.body.detail]).toEqual([400, 'INVALID_CREDENTIALS']);
      }
    }
    const locked = await ask(basic('guessed', PASSWORD));
    expect([locked.status, locked.body.detail]).toEqual([400, 'USER_LOCKED_RESPONSE']);
  });

  test.each([
    ['no credentials', { creds: null }, 'creds'],
    ['another scheme', { creds: 'Bearer YTpi' }, 'creds'],
    ['what is no base64', { creds: 'Basic a:b' }, 'creds'],
    ['no colon', { creds: `Basic ${Buffer.from('ann').toString('base64')}` }, 'creds'],
    ['no name', { creds: basic('', PASSWORD) }, 'creds'],
    ['no password', { creds: basic('ann', '') }, 'creds'],
    ['a name of 257 characters', { creds: basic('x'.repeat(257), PASSWORD) }, 'creds'],
    ['a password of 501 characters', { creds: basic('ann', 'x'.repeat(501)) }, 'creds'],
    ['bytes that are no UTF-8', { creds: `Basic ${Buffer.from([0xff, 0x3a, 0xff]).toString('base64')}` }, 'creds'],
    ['credentials of another type', { creds: basic('ann', PASSWORD), credType: 'cookie' }, 'credType'],
    ['an attribute that there is not', { creds: basic('ann', PASSWORD), shoeSize: 43 }, 'shoeSize'],
  ])('refuses %s by name', async (_what, more, named) => {
    const { status, body, text } = await ask('', more as JsonObject);
    expect([status, body.detail], text).toEqual([400, expect.stringContaining(named)]);
  });

  test('takes NUL for what it is', async () => {
    expect((await ask(basic('a\0b', 'x'))).body.detail).toBe('USER_NOT_FOUND');
    await newUser(domain, 'nul', PASSWORD);
    expect((await ask(basic('nul', 'x\0y'))).body.detail).toBe('INVALID_CREDENTIALS');
  });
});
