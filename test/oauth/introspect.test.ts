import { beforeAll, describe, expect, it } from 'vitest';
import { testDomain } from '../support/emulator.ts';
import { claimsOf } from '../support/token-claims.ts';
import { MY_SCOPES, replace, type TestClient, type TokenWorld, tokenWorld } from './token-world.ts';

let world: TokenWorld;
let client: TestClient;
let resourceServer: TestClient;

beforeAll(async () => {
  world = await tokenWorld();
  client = await world.client('App');
  resourceServer = await world.client('Resource server', { allowedOperations: ['introspect'] });
});

const introspect = (token: string, more: Record<string, string> = {}, by: TestClient | null = resourceServer) =>
  world.post('introspect', { token, ...more }, by);

async function expectInactive(token: string, by?: TestClient): Promise<void> {
  const { status, body } = await introspect(token, {}, by);
  expect({ status, body }).toEqual({ status: 200, body: { active: false } });
}

async function ownToken(scope = MY_SCOPES): Promise<string> {
  const { body } = await world.post('token', { grant_type: 'client_credentials', scope }, client);
  return body.access_token;
}

describe('introspection of an active access token', () => {
  it("says of a user's token what live answers say, and nothing else", async () => {
    await world.user('anna@example.com');
    const { access_token } = await world.signIn(client, 'anna@example.com');
    const claims = claimsOf(access_token);
    const { status, headers, body } = await introspect(access_token);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json;charset=UTF-8');
    expect(headers.get('cache-control')).toBe('no-store');
    const same = (name: string) => [name, claims[name]];
    expect(body).toEqual({
      active: true,
      token_type: 'JWT',
      aud: claims['aud'],
      client_id: client.id,
      client_guid: client.appId,
      client_name: 'App',
      sub: 'anna@example.com',
      sub_type: 'user',
      sub_mappingattr: 'userName',
      iss: 'https://identity.oraclecloud.com/',
      ...Object.fromEntries(
        [
          'scope',
          'exp',
          'iat',
          'jti',
          'tenant',
          'user.tenant.name',
          'user_tz',
          'user_locale',
          'user_lang',
          'user_displayname',
          'user_tenantname',
          'client_tenantname',
        ].map(same),
      ),
    });
    expect(body.exp).toEqual(expect.any(Number));
    expect(body.aud).toEqual(expect.any(Array));
  });

  it("has no user_ members for a client's own token", async () => {
    const { body } = await introspect(await ownToken());
    expect(body).toMatchObject({ active: true, sub: client.id, sub_type: 'client' });
    expect(Object.keys(body).filter((name) => name.startsWith('user_'))).toEqual([]);
  });

  it('takes no harm from a wrong or unknown token_type_hint', async () => {
    const token = await ownToken();
    for (const hint of ['access_token', 'refresh_token', 'pizza']) {
      expect((await introspect(token, { token_type_hint: hint })).body.active).toBe(true);
    }
  });
});

describe('a token that is not active', () => {
  it.each(['garbage', 'a.b.c', `${'x'.repeat(5000)}.y.z`, 'AQIDBAnothing=', '\u0000', '../..'])(
    'is a token like %s',
    async (token) => expectInactive(token),
  );

  it("is one that has expired, by the domain's clock", async () => {
    const token = await ownToken(`${MY_SCOPES} urn:opc:resource:expiry=60`);
    // The clock runs meanwhile, and a busy machine takes its time.
    await world.clock.advance(30_000);
    expect((await introspect(token)).body.active).toBe(true);
    await world.clock.advance(30_000);
    await expectInactive(token);
  });

  it('is an identity token', async () => {
    await world.user('idtoken@example.com');
    const { id_token } = await world.signIn(client, 'idtoken@example.com');
    await expectInactive(id_token);
  });

  it('is one of another domain', async () => {
    const other = await testDomain();
    await expectInactive(other.token);
  });

  it('is one with another signature', async () => {
    const [header, payload] = (await ownToken()).split('.');
    await expectInactive(`${header}.${payload}.${Buffer.alloc(256).toString('base64url')}`);
  });

  it('is one of a user who was deactivated, and again active when the user is', async () => {
    const id = await world.user('berta@example.com');
    const { access_token, refresh_token } = await world.signIn(client, 'berta@example.com');
    await world.domain.send('PATCH', `/admin/v1/Users/${id}`, { body: replace('active', false) });
    await expectInactive(access_token);
    await expectInactive(refresh_token);
    await world.domain.send('PATCH', `/admin/v1/Users/${id}`, { body: replace('active', true) });
    expect((await introspect(access_token)).body.active).toBe(true);
  });

  it('is one of a user who was deleted', async () => {
    const id = await world.user('gone@example.com');
    const { access_token } = await world.signIn(client, 'gone@example.com');
    await world.domain.send('DELETE', `/admin/v1/Users/${id}?forceDelete=true`);
    await expectInactive(access_token);
  });

  it('is one of a client that was deactivated or deleted', async () => {
    const leaver = await world.client('Leaver');
    const form = { grant_type: 'client_credentials', scope: MY_SCOPES };
    const { access_token } = (await world.post('token', form, leaver)).body;
    expect((await introspect(access_token)).body.active).toBe(true);
    await world.domain.send('PATCH', `/admin/v1/Apps/${leaver.appId}`, { body: replace('active', false) });
    await expectInactive(access_token);
    expect((await world.domain.send('DELETE', `/admin/v1/Apps/${leaver.appId}`)).status).toBe(204);
    await expectInactive(access_token);
  });
});

describe('introspection of a refresh token', () => {
  it('tells the client that owns it what is known, and other clients nothing', async () => {
    const owner = await world.client('Owner', { allowedOperations: ['introspect'] });
    await world.user('clara@example.com');
    const { refresh_token, access_token } = await world.signIn(owner, 'clara@example.com');
    const { body } = await introspect(refresh_token, { token_type_hint: 'refresh_token' }, owner);
    expect(body).toMatchObject({
      active: true,
      scope: `${MY_SCOPES} openid offline_access`,
      client_id: owner.id,
      sub: 'clara@example.com',
      sub_type: 'user',
    });
    expect(body.exp - body.iat).toBe(604_800);
    expect(Math.abs(body.iat - Number(claimsOf(access_token)['iat']))).toBeLessThan(2);
    await expectInactive(refresh_token);
  });

  it.each([
    ['deactivated', 'UserStatusChanger', { active: false }],
    ['locked', 'UserLockedStateChanger', { locked: { on: true } }],
  ])('says nothing of one whose user was %s, as the grant would', async (how, type, change) => {
    const owner = await world.client(`Owner, ${how}`, { allowedOperations: ['introspect'] });
    const id = await world.user(`${how}@example.com`);
    const { refresh_token } = await world.signIn(owner, `${how}@example.com`);
    expect((await introspect(refresh_token, {}, owner)).body.active).toBe(true);
    const body = { schemas: [`urn:ietf:params:scim:schemas:oracle:idcs:${type}`], ...change };
    const changed = await world.domain.send('PUT', `/admin/v1/${type}/${id}`, { body });
    expect(changed.status, changed.text).toBe(200);
    await expectInactive(refresh_token, owner);
    const form = { grant_type: 'refresh_token', refresh_token };
    expect((await world.post('token', form, owner)).body.error).toBe('invalid_grant');
  });
});

describe('who may introspect', () => {
  it('is a client with the operation introspect', async () => {
    const { status, body } = await introspect('x', {}, client);
    expect(status).toBe(400);
    expect(body).toEqual({ error: 'unauthorized_client', error_description: expect.stringContaining('introspect') });
  });

  it('is no public client', async () => {
    const open = await world.client('Public', { clientType: 'public', allowedOperations: ['introspect'] });
    const { status, body } = await introspect('x', { client_id: open.id }, null);
    expect({ status, error: body.error }).toEqual({ status: 400, error: 'unauthorized_client' });
  });

  it('is nobody with a wrong secret or without credentials', async () => {
    for (const by of [{ ...resourceServer, secret: 'wrong' }, null]) {
      const { status, headers, body } = await introspect('x', {}, by);
      expect({ status, error: body.error }).toEqual({ status: 401, error: 'invalid_client' });
      expect(headers.get('www-authenticate')).toContain('Basic');
    }
  });

  it('must say which token', async () => {
    const { status, body } = await world.post('introspect', {}, resourceServer);
    expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_request' });
    const twice = await world.domain.send('POST', '/oauth2/v1/introspect', {
      token: null,
      body: 'token=a&token=b',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(twice.body.error).toBe('invalid_request');
  });

  it('is the first client of a domain', async () => {
    const { body } = await world.domain.send('GET', '/admin/v1/Apps?filter=name%20eq%20%22idcs-admin%22');
    expect(body.Resources[0].allowedOperations).toEqual(['introspect']);
  });
});
