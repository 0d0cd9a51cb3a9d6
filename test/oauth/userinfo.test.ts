import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signJwt } from '../../src/oauth/jwt.ts';
import { revokeToken } from '../../src/oauth/revoked-tokens.ts';
import { resourceType } from '../../src/schemas/registry.ts';
import { closeTestStore } from '../support/context.ts';
import { claimsOf } from '../support/token-claims.ts';
import { basic, newOAuthDomain, type OAuthDomain, PASSWORD } from './oauth-domain.ts';
import { insertResourceApp } from './token/resource-fixture.ts';

let domain: OAuthDomain;
let tokens = 0;

beforeAll(async () => {
  domain = await newOAuthDomain();
  await domain.client('web', { allowedScopes: [{ fqs: 'http://docs.example/read' }] });
  await insertResourceApp(domain, 'http://docs.example/', ['read']);
});

afterAll(async () => {
  await domain.app.close();
  await closeTestStore();
});

async function newUser(data = {}): Promise<{ id: string; userName: string }> {
  tokens += 1;
  const userName = `user${tokens}`;
  const id = await domain.user(userName);
  await change(id, data);
  return { id, userName };
}

/** Writes over a user's row, below the rules of the API. */
async function change(id: string, data: object): Promise<void> {
  const { store, domain: row, clock } = domain.context;
  const user = (await store.resources.read(row.id, 'User', id))!;
  const write = { ...user, type: resourceType('User'), lastModified: clock.now(), data: { ...user.data, ...data } };
  await store.resources.update(row.id, write, null);
}

async function answerFor(userName: string, scope: string) {
  const form = { grant_type: 'password', username: userName, password: PASSWORD, scope };
  const answer = await domain.token(form, basic('web'));
  expect(answer.json()).not.toHaveProperty('error');
  return answer.json();
}

function ask(token: string | null, more: object = {}) {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  return domain.app.inject({ method: 'GET', url: '/oauth2/v1/userinfo', headers, ...more });
}

const FULL = {
  displayName: 'Jane Q. Doe',
  name: { givenName: 'Jane', familyName: 'Doe', middleName: 'Q.', formatted: 'Jane Q. Doe' },
  nickName: 'JD',
  profileUrl: 'https://people.example/jane',
  timezone: 'Europe/Lisbon',
  locale: 'pt-PT',
  photos: [{ value: 'https://people.example/jane.png', type: 'photo' }],
  emails: [
    { value: 'backup@example.com', type: 'recovery', primary: false, verified: false },
    { value: 'jane@example.com', type: 'work', primary: true, verified: true },
  ],
  phoneNumbers: [
    { value: '+351 1', type: 'home' },
    { value: '+351 2', type: 'work' },
  ],
  addresses: [{ type: 'work', streetAddress: 'Rua 1', locality: 'Lisboa', postalCode: '1000', country: 'PT' }],
};

describe('GET /oauth2/v1/userinfo', () => {
  it('answers for openid alone what live answers have', async () => {
    const { userName } = await newUser(FULL);
    const { access_token, id_token } = await answerFor(userName, 'openid');
    const answer = await ask(access_token);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json;charset=UTF-8',
      'cache-control': 'no-store',
    });
    expect(answer.json()).toEqual({
      sub: claimsOf(id_token)['sub'],
      name: 'Jane Q. Doe',
      preferred_username: userName,
      family_name: 'Doe',
      updated_at: domain.context.clock.now() / 1000,
      birthdate: '',
      gender: '',
      website: '',
    });
  });

  it('adds what each scope gives', async () => {
    const { userName } = await newUser(FULL);
    const { access_token } = await answerFor(userName, 'openid profile email phone address');
    expect((await ask(access_token)).json()).toMatchObject({
      given_name: 'Jane',
      middle_name: 'Q.',
      nickname: 'JD',
      profile: 'https://people.example/jane',
      picture: 'https://people.example/jane.png',
      zoneinfo: 'Europe/Lisbon',
      locale: 'pt-PT',
      email: 'jane@example.com',
      email_verified: true,
      phone_number: '+351 2',
      phone_number_verified: false,
      address: { street_address: 'Rua 1', locality: 'Lisboa', postal_code: '1000', country: 'PT' },
    });
  });

  it.each([
    ['email', ['email', 'email_verified'], ['phone_number', 'given_name', 'groups']],
    ['phone', ['phone_number'], ['email', 'address']],
    ['address', ['address'], ['email', 'appRoles']],
  ])('gives no claims of scopes that were not asked for: openid %s', async (scope, present, absent) => {
    const { userName } = await newUser(FULL);
    const claims = (await ask((await answerFor(userName, `openid ${scope}`)).access_token)).json();
    for (const name of present) expect(claims).toHaveProperty(name);
    for (const name of absent) expect(claims).not.toHaveProperty(name);
  });

  it.each(['groups approles', 'get_groups get_approles'])('lists groups and AppRoles for %s', async (scopes) => {
    const { id, userName } = await newUser();
    const group = await domain.group([id], ['User Administrator']);
    await domain.grant(['Me'], 'User', id);
    const claims = (await ask((await answerFor(userName, `openid ${scopes}`)).access_token)).json();
    const { baseUrl } = domain.context;
    expect(claims.groups).toEqual([
      { name: expect.stringMatching(/^group /), id: group, $ref: `${baseUrl}/admin/v1/Groups/${group}` },
    ]);
    expect(claims.appRoles).toMatchObject([
      { name: 'Me', appId: 'IDCSAppId', adminRole: false, id: expect.any(String) },
      { name: 'User Administrator', appId: 'IDCSAppId' },
    ]);
  });

  it('has an empty list for a user without AppRoles', async () => {
    const { userName } = await newUser();
    const { access_token } = await answerFor(userName, 'openid approles');
    expect((await ask(access_token)).json().appRoles).toEqual([]);
  });

  it('takes a token whose audience is a resource application', async () => {
    const { userName } = await newUser();
    const { access_token } = await answerFor(userName, 'openid http://docs.example/read');
    expect(claimsOf(access_token)).toMatchObject({ aud: 'http://docs.example/', scope: 'read openid' });
    expect((await ask(access_token)).json()).toMatchObject({ sub: userName });
  });

  it('names the user as the identity token does, whatever the subject is mapped to', async () => {
    const { userName } = await newUser({ externalId: 'E-7' });
    domain.settings({ subMappingAttr: 'externalId' });
    const { access_token, id_token } = await answerFor(userName, 'openid');
    expect((await ask(access_token)).json().sub).toBe('E-7');
    expect(claimsOf(id_token)['sub']).toBe('E-7');
    domain.settings({});
    expect((await ask(access_token)).json().sub).toBe('E-7');
  });

  it('takes the token from a form, and from one place only', async () => {
    const { userName } = await newUser();
    const { access_token } = await answerFor(userName, 'openid');
    const form = (payload: string, headers = {}) =>
      ask(null, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        payload,
      });
    expect((await form(`access_token=${access_token}`)).json()).toMatchObject({ sub: userName });
    const both = await form(`access_token=${access_token}`, { authorization: `Bearer ${access_token}` });
    expect(both.statusCode).toBe(400);
    expect(both.json().error).toBe('invalid_request');
    expect((await form(`access_token=a&access_token=b`)).json().error).toBe('invalid_request');
    expect((await ask(access_token, { method: 'POST' })).statusCode).toBe(200);
    const query = await ask(null, { url: `/oauth2/v1/userinfo?access_token=${access_token}` });
    expect(query.statusCode).toBe(401);
  });

  it('asks for a token without naming an error when there is none', async () => {
    for (const authorization of [undefined, 'Basic abc', 'Bearer', 'Bearer a b']) {
      const answer = await ask(null, { headers: authorization === undefined ? {} : { authorization } });
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
      expect(answer.json()).toEqual({ error: 'invalid_token', error_description: expect.any(String) });
    }
  });

  it('refuses tokens without openid, and those of clients', async () => {
    const { userName } = await newUser();
    const { access_token } = await answerFor(userName, 'email');
    const own = await domain.token(
      { grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' },
      basic('web'),
    );
    for (const token of [access_token, own.json().access_token]) {
      const answer = await ask(token);
      expect(answer.statusCode).toBe(403);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer error="insufficient_scope".*scope="openid"$/);
      expect(answer.json().error).toBe('insufficient_scope');
    }
  });

  it('refuses an identity token, a garbled one and one of another key', async () => {
    const { userName } = await newUser();
    const { access_token, id_token } = await answerFor(userName, 'openid');
    const [header, payload] = access_token.split('.');
    const signer = await domain.keys.signer(domain.context.domain);
    const foreign = await signJwt(signer, { ...claimsOf(access_token), tenant: 'idcs-other' });
    for (const token of [id_token, 'abc', `${header}.${payload}.AAAA`, foreign, 'a.b.c']) {
      const answer = await ask(token);
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer error="invalid_token"/);
    }
  });

  it('refuses an expired token by the clock of the domain', async () => {
    const { userName } = await newUser();
    const { access_token } = await answerFor(userName, 'openid urn:opc:resource:expiry=60');
    domain.context.clock.advance(59_000);
    expect((await ask(access_token)).statusCode).toBe(200);
    domain.context.clock.advance(1000);
    expect((await ask(access_token)).json().error_description).toMatch(/expired/);
  });

  it('refuses a revoked token', async () => {
    const { userName } = await newUser();
    const { access_token } = await answerFor(userName, 'openid');
    const { jti, exp } = claimsOf(access_token);
    const { store, domain: row } = domain.context;
    await revokeToken(store, row.id, String(jti), Number(exp) * 1000);
    expect((await ask(access_token)).statusCode).toBe(401);
  });

  it('refuses the token of a user who was deactivated', async () => {
    const { id, userName } = await newUser();
    const { access_token } = await answerFor(userName, 'openid');
    await change(id, { active: false });
    expect((await ask(access_token)).statusCode).toBe(401);
  });

  it('refuses the token of a user who is gone', async () => {
    const { id, userName } = await newUser();
    const { access_token } = await answerFor(userName, 'openid');
    await domain.context.store.resources.delete(domain.context.domain.id, 'User', id, null);
    expect((await ask(access_token)).statusCode).toBe(401);
  });

  it('names its verbs', async () => {
    const answer = await ask(null, { method: 'OPTIONS' });
    expect(answer.headers['access-control-allow-methods']).toBe('GET,POST,OPTIONS');
  });
});
