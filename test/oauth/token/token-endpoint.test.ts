import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeTestStore } from '../../support/context.ts';
import { claimsOf } from '../../support/token-claims.ts';
import { basic, newOAuthDomain, type OAuthDomain, PASSWORD, SECRET } from '../oauth-domain.ts';

const MY_SCOPES = 'urn:opc:idm:__myscopes__';
const OWN = { grant_type: 'client_credentials', scope: MY_SCOPES };
const CUSTOM_ROLE_APP = { displayName: 'Another app', active: true };
let domain: OAuthDomain;

beforeAll(async () => {
  domain = await newOAuthDomain();
  await domain.client('console', {}, ['Identity Domain Administrator']);
  await domain.client('plain');
  await domain.client('sleeping', { active: false });
  await domain.client('own-only', { allowedGrants: ['client_credentials'] });
  await domain.client('no-refresh', { allowedGrants: ['password'] });
  await domain.client('behalf', { allowedOperations: ['onBehalfOfUser'] });
  await domain.client('odd', { clientType: 'public' });
  await domain.user('jdoe', ['User Administrator']);
});

afterAll(async () => {
  await domain.app.close();
  await closeTestStore();
});

function password(userName: string, scope = MY_SCOPES, secret = PASSWORD) {
  return { grant_type: 'password', username: userName, password: secret, scope };
}

async function accessClaims(form: Record<string, string>, client: string) {
  const answer = await domain.token(form, basic(client));
  expect(answer.json()).not.toHaveProperty('error');
  return claimsOf(answer.json().access_token);
}

describe('POST /oauth2/v1/token', () => {
  it('answers the recorded shape and headers', async () => {
    const answer = await domain.token(OWN, basic('console'));
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json;charset=UTF-8',
      'cache-control': 'no-store',
      pragma: 'no-cache',
    });
    expect(answer.json()).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 3600 });
  });

  it('names itself, the client and its AppRoles in a client token', async () => {
    const claims = await accessClaims(OWN, 'console');
    expect(claims).toMatchObject({
      iss: 'https://identity.oraclecloud.com/',
      sub: 'console',
      client_id: 'console',
      client_name: 'The console',
      tenant: domain.context.domain.tenant,
      clientAppRoles: ['Authenticated Client', 'Identity Domain Administrator'],
      user_isAdmin: true,
      iat: domain.context.clock.now() / 1000,
    });
    expect(claims).not.toHaveProperty('user_id');
  });

  it.each([
    ['client_secret_post', { client_id: 'plain', client_secret: SECRET }, {}],
    ['Basic with the client id repeated in the form', { client_id: 'plain' }, basic('plain')],
  ])('authenticates by %s', async (_name, more, headers) => {
    expect((await domain.token({ ...OWN, ...more }, headers)).statusCode).toBe(200);
  });

  it('takes a Basic secret URL-encoded or not', async () => {
    expect((await domain.token(OWN, basic('plain', encodeURIComponent(SECRET)))).statusCode).toBe(200);
    expect((await domain.token(OWN, basic('plain', 'a%2Dclient%2Dsecret'))).statusCode).toBe(200);
  });

  it.each([
    ['an unknown client', OWN, basic('nobody'), 401, 'invalid_client'],
    ['a wrong secret', OWN, basic('plain', 'wrong'), 401, 'invalid_client'],
    ['a client id in another case', OWN, basic('PLAIN'), 401, 'invalid_client'],
    ['an inactive client', OWN, basic('sleeping'), 401, 'invalid_client'],
    ['no authentication', OWN, {}, 401, 'invalid_client'],
    ['a confidential client without its secret', { ...OWN, client_id: 'plain' }, {}, 401, 'invalid_client'],
    ['another scheme', OWN, { authorization: 'Bearer abc' }, 401, 'invalid_client'],
    ['Basic that is not Base64', OWN, { authorization: 'Basic !!' }, 401, 'invalid_client'],
    ['two methods', { ...OWN, client_id: 'plain', client_secret: SECRET }, basic('plain'), 400, 'invalid_request'],
    ['two clients', { ...OWN, client_id: 'console' }, basic('plain'), 400, 'invalid_request'],
    ['a secret without a client id', { ...OWN, client_secret: SECRET }, {}, 400, 'invalid_request'],
    ['no grant_type', { scope: MY_SCOPES }, basic('plain'), 400, 'invalid_request'],
    ['an unknown grant', { ...OWN, grant_type: 'magic' }, basic('plain'), 400, 'unsupported_grant_type'],
    ['a grant not allowed', password('jdoe'), basic('own-only'), 400, 'unauthorized_client'],
    ['a public client', { ...OWN, client_id: 'odd' }, {}, 400, 'unauthorized_client'],
    ['no scope', { grant_type: 'client_credentials' }, basic('plain'), 400, 'invalid_request'],
    ['a bad scope', { ...OWN, scope: 'urn:opc:idm:t.nothing' }, basic('plain'), 400, 'invalid_scope'],
    ['an OpenID scope without a user', { ...OWN, scope: 'openid' }, basic('plain'), 400, 'invalid_scope'],
    ['a resource scope', { ...OWN, scope: 'http://app/read' }, basic('plain'), 400, 'unauthorized_client'],
  ])('refuses %s', async (_name, form, headers, status, error) => {
    const answer = await domain.token(form as Record<string, string>, headers as Record<string, string>);
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toEqual({ error, error_description: expect.stringMatching(/^[A-Z].*\.$/) });
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('asks for Basic only when the request tried it, or nothing', async () => {
    expect((await domain.token(OWN, basic('nobody'))).headers['www-authenticate']).toBe('Basic realm="idcs"');
    const posted = await domain.token({ ...OWN, client_id: 'nobody', client_secret: 'x' });
    expect(posted.headers).not.toHaveProperty('www-authenticate');
  });

  it('says the same for an unknown client and a wrong secret', async () => {
    const unknown = await domain.token(OWN, basic('nobody'));
    const wrong = await domain.token(OWN, basic('plain', 'wrong'));
    expect(unknown.json()).toEqual(wrong.json());
  });

  it('refuses a repeated parameter and a body that is no form', async () => {
    const repeated = await domain.token('grant_type=password&grant_type=password', basic('plain'));
    expect(repeated.json()).toMatchObject({
      error: 'invalid_request',
      error_description: expect.stringContaining('grant_type'),
    });
    const json = await domain.token(JSON.stringify(OWN), { ...basic('plain'), 'content-type': 'application/json' });
    expect(json.statusCode).toBe(400);
    expect(json.json()).toMatchObject({ error: 'invalid_request' });
  });

  it('counts a parameter without a value as left out', async () => {
    const answer = await domain.token({ ...OWN, client_id: '' }, basic('plain'));
    expect(answer.statusCode).toBe(200);
  });

  it('lets the request choose how long the token lives', async () => {
    const answer = await domain.token({ ...OWN, scope: `${MY_SCOPES} urn:opc:resource:expiry=120` }, basic('plain'));
    const claims = claimsOf(answer.json().access_token);
    expect(answer.json().expires_in).toBe(120);
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(120);
  });

  it('does not count an AppRole of another app, whatever it is called', async () => {
    const app = await domain.insert('App', CUSTOM_ROLE_APP);
    const role = await domain.insert('AppRole', {
      displayName: 'Identity Domain Administrator',
      uniqueName: `${app}_Identity Domain Administrator`,
      app: { value: app },
    });
    const client = await domain.client('schemer');
    const { store, clock } = domain.context;
    const edge = { kind: 'appRole', sourceId: role, targetId: client, targetType: 'App' };
    await store.edges.add(domain.context.domain.id, [edge], clock.now());
    expect((await accessClaims(OWN, 'schemer'))['clientAppRoles']).toEqual(['Authenticated Client']);
  });
});

describe('the password grant', () => {
  it('gives a user token, the user name in any case', async () => {
    expect(await accessClaims(password('JDoe'), 'console')).toMatchObject({
      sub: 'jdoe',
      sub_type: 'user',
      user_displayname: 'Mx jdoe',
      userAppRoles: ['Authenticated', 'User Administrator'],
      idp_name: 'UserNamePassword',
      sid: expect.stringMatching(/^[0-9a-f]{32}:[0-9a-f]{6}$/),
    });
  });

  it('counts AppRoles that come through groups, also the group of everybody', async () => {
    const id = await domain.user('grouped');
    await domain.group([id], ['Help Desk Administrator']);
    await domain.insert('Group', { displayName: 'All Domain Users' }, { id: 'AllUsersId' });
    await domain.grant(['Me'], 'Group', 'AllUsersId');
    const claims = await accessClaims(password('grouped'), 'console');
    expect(claims['userAppRoles']).toEqual(['Authenticated', 'Help Desk Administrator', 'Me']);
  });

  it('says so when the client acts with the rights of the user', async () => {
    expect(await accessClaims(password('jdoe'), 'behalf')).toMatchObject({ onBehalfOfUser: true, user_isAdmin: true });
  });

  it('gives an identity token for openid', async () => {
    const answer = await domain.token(password('jdoe', `openid ${MY_SCOPES}`), basic('console'));
    const { id_token, access_token } = answer.json();
    expect(claimsOf(id_token)).toMatchObject({ tok_type: 'IT', azp: 'console', sub: 'jdoe' });
    expect(String(claimsOf(access_token)['scope']).split(' ')).toContain('openid');
  });

  it('answers offline_access without a refresh token when the client may not refresh', async () => {
    const answer = await domain.token(password('jdoe', `${MY_SCOPES} offline_access`), basic('no-refresh'));
    expect(answer.json()).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 3600 });
  });

  it('says the same for an unknown user and a wrong password', async () => {
    await domain.user('typo');
    const wrong = await domain.token(password('typo', MY_SCOPES, 'wrong'), basic('console'));
    const unknown = await domain.token(password('nobody'), basic('console'));
    expect(wrong.statusCode).toBe(400);
    expect(wrong.json()).toMatchObject({ error: 'invalid_grant' });
    expect(unknown.json()).toEqual(wrong.json());
  });

  it('refuses a password that must be changed, and an inactive user', async () => {
    await domain.user('fresh', [], { mustChange: true });
    const fresh = await domain.token(password('fresh'), basic('console'));
    expect(fresh.json()).toMatchObject({
      error: 'invalid_grant',
      error_description: expect.stringContaining('must be changed'),
    });
  });

  it('locks the user after five wrong passwords', async () => {
    await domain.user('guessed');
    for (let attempt = 0; attempt < 5; attempt++) {
      await domain.token(password('guessed', MY_SCOPES, `wrong ${attempt}`), basic('console'));
    }
    const right = await domain.token(password('guessed'), basic('console'));
    expect(right.json()).toMatchObject({
      error: 'invalid_grant',
      error_description: expect.stringContaining('locked'),
    });
  });
});
