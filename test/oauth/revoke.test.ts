import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Emulator } from '../../src/index.ts';
import { clientFor, emulator, startTestEmulator, testDomain } from '../support/emulator.ts';
import { MY_SCOPES, type TestClient, type TokenWorld, tokenWorld } from './token-world.ts';

let world: TokenWorld;
let client: TestClient;
let other: TestClient;

beforeAll(async () => {
  world = await tokenWorld();
  client = await world.client('App', { allowedOperations: ['introspect'] });
  other = await world.client('Other');
});

const revoke = (token: string, more: Record<string, string> = {}, by: TestClient | null = client) =>
  world.post('revoke', { token, ...more }, by);
const isActive = async (token: string) => (await world.post('introspect', { token }, client)).body.active as boolean;
const refresh = (token: string, by = client) =>
  world.post('token', { grant_type: 'refresh_token', refresh_token: token }, by);
const me = (token: string) => world.domain.send('GET', '/admin/v1/Apps?count=0', { token });

async function ownToken(): Promise<string> {
  const form = { grant_type: 'client_credentials', scope: MY_SCOPES };
  return (await world.post('token', form, client)).body.access_token;
}

describe('revocation of an access token', () => {
  it('ends it for introspection and the admin API, with an empty 200', async () => {
    const [token, untouched] = [await ownToken(), await ownToken()];
    const before = (await me(token)).status;
    expect(before).not.toBe(401);
    const { status, text, headers } = await revoke(token);
    expect({ status, text }).toEqual({ status: 200, text: '' });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(await isActive(token)).toBe(false);
    const refused = await me(token);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('content-type')).toContain('text/html');
    expect((await me(untouched)).status).toBe(before);
    expect(await isActive(untouched)).toBe(true);
  });

  it('may be asked for twice', async () => {
    const token = await ownToken();
    expect((await revoke(token)).status).toBe(200);
    expect((await revoke(token)).status).toBe(200);
  });

  it('leaves the refresh token of its authorization alone', async () => {
    await world.user('anna@example.com');
    const { access_token, refresh_token } = await world.signIn(client, 'anna@example.com');
    await revoke(access_token, { token_type_hint: 'access_token' });
    expect(await isActive(access_token)).toBe(false);
    expect((await refresh(refresh_token)).status).toBe(200);
  });
});

describe('revocation of a refresh token', () => {
  it('ends the authorization: its access tokens, refreshed ones too', async () => {
    await world.user('berta@example.com');
    const first = await world.signIn(client, 'berta@example.com');
    const second = (await refresh(first.refresh_token)).body;
    const elsewhere = await world.signIn(client, 'berta@example.com');
    expect((await revoke(first.refresh_token)).status).toBe(200);
    expect((await refresh(first.refresh_token)).body.error).toBe('invalid_grant');
    for (const token of [first.access_token, second.access_token, first.refresh_token]) {
      expect(await isActive(token)).toBe(false);
    }
    expect(await isActive(elsewhere.access_token)).toBe(true);
    expect((await refresh(elsewhere.refresh_token)).status).toBe(200);
  });

  it('works by client_id for a public client', async () => {
    const open = await world.client('Public', { clientType: 'public', allowedGrants: ['password', 'refresh_token'] });
    await world.user('clara@example.com');
    const form = { grant_type: 'password', username: 'clara@example.com', password: 'Correct-Horse-42' };
    const scope = 'openid offline_access';
    const { body } = await world.post('token', { ...form, scope, client_id: open.id });
    expect((await revoke(body.refresh_token, { client_id: open.id }, null)).status).toBe(200);
    const again = { grant_type: 'refresh_token', refresh_token: body.refresh_token, client_id: open.id };
    expect((await world.post('token', again)).body.error).toBe('invalid_grant');
  });
});

describe('what is not revoked', () => {
  it.each(['garbage', 'a.b.c', 'AQIDBAnothing=', '\u0000'])('a token like %s is no error', async (token) => {
    expect((await revoke(token)).status).toBe(200);
  });

  it('a token of another domain is no error, and stays good there', async () => {
    const elsewhere = await testDomain();
    expect((await revoke(elsewhere.token)).status).toBe(200);
    expect((await elsewhere.send('GET', '/admin/v1/Users?count=0')).status).toBe(200);
  });

  it("another client's tokens are refused and stay good", async () => {
    await world.user('dora@example.com');
    const tokens = await world.signIn(client, 'dora@example.com');
    for (const token of [tokens.access_token, tokens.refresh_token]) {
      const { status, body } = await revoke(token, {}, other);
      expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_grant' });
      expect(await isActive(token)).toBe(true);
    }
  });

  it('an identity token has a type that is not supported', async () => {
    await world.user('emma@example.com');
    const { id_token } = await world.signIn(client, 'emma@example.com');
    const { status, body } = await revoke(id_token);
    expect({ status, error: body.error }).toEqual({ status: 400, error: 'unsupported_token_type' });
  });

  it('nothing is, without authentication or without a token', async () => {
    const wrong = await revoke('x', {}, { ...client, secret: 'wrong' });
    expect({ status: wrong.status, error: wrong.body.error }).toEqual({ status: 401, error: 'invalid_client' });
    const missing = await world.post('revoke', {}, client);
    expect({ status: missing.status, error: missing.body.error }).toEqual({ status: 400, error: 'invalid_request' });
  });
});

describe('two processes', () => {
  let second: Emulator;
  beforeAll(async () => {
    second = await startTestEmulator();
  });
  afterAll(() => second.stop());

  it('both heed what one of them revoked, also for a token that the other remembers as good', async () => {
    const here = await testDomain(await emulator());
    const there = await clientFor(here.name, (await second.domain(here.name)).url);
    const form = { grant_type: 'client_credentials', scope: MY_SCOPES };
    const { access_token: token } = (await here.tokenRequest(form)).body;
    const read = async () => (await there.send('GET', '/admin/v1/Users?count=0', { token })).status;
    expect([await read(), await read()]).toEqual([200, 200]);
    const { status } = await here.send('POST', '/oauth2/v1/revoke', {
      token: null,
      body: `token=${token}`,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from('idcs-admin:idcs-emulator-secret').toString('base64')}`,
      },
    });
    expect(status).toBe(200);
    expect(await read()).toBe(401);
    expect((await there.send('GET', '/admin/v1/Users?count=0')).status).toBe(200);
  });
});
