import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEVELOPMENT_CLIENT_SECRET } from '../../src/config.ts';
import type { Emulator } from '../../src/index.ts';
import { clientFor, startTestEmulator, type TestDomain, testDomain } from '../support/emulator.ts';
import { claimsOf } from '../support/token-claims.ts';

/*
 * Two emulators on one database are one installation: what one writes, the other knows with its next request. Both keep caches
 * (domains, keys, clients, password policies); these tests warm them first.
 */

let first: Emulator;
let second: Emulator;
let here: TestDomain;
let there: TestDomain;

const TOKEN = { grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' };
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

beforeAll(async () => {
  [first, second] = await Promise.all([startTestEmulator(), startTestEmulator()]);
  here = await testDomain(first);
  there = await clientFor(here.name, (await second.domain(here.name)).url);
});

afterAll(async () => {
  await Promise.all([first.stop(), second.stop()]);
});

const replace = (path: string, value: string | number | boolean | string[]) => ({
  schemas: [PATCH_OP],
  Operations: [{ op: 'replace', path, value }],
});

async function newClient(name: string) {
  const answer = await here.send('POST', '/admin/v1/Apps', {
    body: {
      schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:App'],
      displayName: name,
      basedOnTemplate: { value: 'CustomWebAppTemplateId' },
      isOAuthClient: true,
      clientType: 'confidential',
      allowedGrants: ['client_credentials'],
      active: true,
    },
  });
  expect(answer.status, answer.text).toBe(201);
  return {
    appId: answer.body.id as string,
    id: answer.body.name as string,
    secret: answer.body.clientSecret as string,
  };
}

describe('two processes on one database', () => {
  test('share users and tokens', async () => {
    const user = await here.createUser('shared@example.com');
    expect((await there.send('GET', `/admin/v1/Users/${user.id}`, { token: here.token })).body.userName).toBe(
      'shared@example.com',
    );
  });

  test('a client that one deactivates gets no token from the other', async () => {
    const client = await newClient('Deactivated');
    expect((await there.tokenRequest(TOKEN, client)).status).toBe(200);
    await here.send('PATCH', `/admin/v1/Apps/${client.appId}`, { body: replace('active', false) });
    const refused = await there.tokenRequest(TOKEN, client);
    expect(refused.status).toBe(401);
    expect(refused.body.error).toBe('invalid_client');
  });

  test('an AppRole that one grants and revokes is in the next token of the other', async () => {
    const client = await newClient('Granted');
    const rolesOf = async () => {
      const { access_token } = (await there.tokenRequest(TOKEN, client)).body;
      return claimsOf(access_token)['clientAppRoles'] as string[];
    };
    expect(await rolesOf()).toEqual(['Authenticated Client']);
    const role = (await here.send('GET', '/admin/v1/AppRoles?filter=displayName%20eq%20%22User%20Administrator%22'))
      .body.Resources[0];
    const grant = await here.send('POST', '/admin/v1/Grants', {
      body: {
        schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:Grant'],
        grantee: { type: 'App', value: client.appId },
        app: { value: 'IDCSAppId' },
        entitlement: { attributeName: 'appRoles', attributeValue: role.id },
        grantMechanism: 'ADMINISTRATOR_TO_APP',
      },
    });
    expect(grant.status, grant.text).toBe(201);
    expect(await rolesOf()).toContain('User Administrator');
    expect((await here.send('DELETE', `/admin/v1/Grants/${grant.body.id}`)).status).toBe(204);
    expect(await rolesOf()).toEqual(['Authenticated Client']);
  });

  test('a password policy that one changes is the other’s at once', async () => {
    const set = (user: string, password: string) =>
      there.send('PUT', `/admin/v1/UserPasswordChanger/${user}`, {
        body: { schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:UserPasswordChanger'], password },
      });
    const user = await here.createUser('policy@example.com');
    expect((await set(user.id, 'Welcome@123Bro')).status).toBe(200);
    const changed = await here.send('PATCH', '/admin/v1/PasswordPolicies/PasswordPolicy', {
      body: replace('minLength', 20),
    });
    expect(changed.status, changed.text).toBe(200);
    const refused = await set(user.id, 'Welcome@123Bro2');
    expect(refused.body.detail).toContain('at least 20 characters');
  });

  test('a clock that one moves is the other’s: tokens expire by it', async () => {
    const domain = await first.domain(`${here.name}-clock`);
    const other = await clientFor(domain.name, (await second.domain(domain.name)).url);
    expect((await other.send('GET', '/admin/v1/Users?count=0')).status).toBe(200);
    await domain.clock.advance(2 * 3600 * 1000);
    expect((await other.send('GET', '/admin/v1/Users?count=0')).status).toBe(401);
  });

  test('keys are public in one as soon as the other says so', async () => {
    expect((await there.send('GET', '/admin/v1/SigningCert/jwk', { token: null })).status).toBe(401);
    await here.send('PATCH', '/admin/v1/Settings/Settings', { body: replace('signingCertPublicAccess', true) });
    const keys = await there.send('GET', '/admin/v1/SigningCert/jwk', { token: null });
    expect(keys.status).toBe(200);
    expect(keys.body).toEqual((await here.send('GET', '/admin/v1/SigningCert/jwk', { token: null })).body);
  });

  test('a domain that one resets or deletes is new or gone in the other', async () => {
    const domain = await first.domain(`${here.name}-reset`);
    const other = await clientFor(domain.name, (await second.domain(domain.name)).url);
    const user = await other.createUser('gone@example.com');
    await domain.reset();
    expect((await other.send('GET', `/admin/v1/Users/${user.id}`)).status).toBe(404);
    await domain.delete();
    expect((await other.send('GET', '/admin/v1/Users')).status).toBe(404);
    expect((await other.tokenRequest(TOKEN, { id: 'idcs-admin', secret: DEVELOPMENT_CLIENT_SECRET })).status).toBe(404);
  });

  test('members added to one group by both at once are all there', async () => {
    const group = await here.createGroup('Both');
    const users = await Promise.all(Array.from({ length: 20 }, (_, n) => here.createUser(`both${n}@example.com`)));
    const answers = await Promise.all(
      users.map((user, n) =>
        (n % 2 ? here : there).send('PATCH', `/admin/v1/Groups/${group.id}`, {
          body: {
            schemas: [PATCH_OP],
            Operations: [{ op: 'add', path: 'members', value: [{ value: user.id, type: 'User' }] }],
          },
        }),
      ),
    );
    expect(answers.map((answer) => answer.status)).toEqual(users.map(() => 200));
    const read = await here.send('GET', `/admin/v1/Groups/${group.id}?attributes=members`);
    expect(read.body.members.map((member: { value: string }) => member.value).sort()).toEqual(
      users.map((user) => user.id).sort(),
    );
  });

  test('of two creates with one user name at once, one is a 409', async () => {
    const create = (on: TestDomain) =>
      on.send('POST', '/admin/v1/Users', {
        body: {
          schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
          userName: 'Race@example.com',
          name: { givenName: 'R', familyName: 'Ace' },
          emails: [{ value: 'race@example.com', type: 'work', primary: true }],
        },
      });
    const answers = await Promise.all([create(here), create(there), create(here), create(there)]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409, 409, 409]);
  });
});
