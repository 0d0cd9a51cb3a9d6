import { beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../support/emulator.ts';
import { claimsOf } from '../../support/token-claims.ts';
import { replace, type TestClient, type TokenWorld, tokenWorld } from '../token-world.ts';

const SETTINGS = '/admin/v1/Settings/Settings';
const ROTATION = 'urn:ietf:params:scim:schemas:idcs-emulator:extension:oauth:Settings:refreshTokenRotation';
const DAY = 24 * 3600 * 1000;

let world: TokenWorld;
let client: TestClient;

beforeAll(async () => {
  world = await tokenWorld();
  client = await world.client('App', { allowedOperations: ['introspect'] });
  await rotate(world, true);
});

async function rotate({ domain }: TokenWorld, on: boolean): Promise<void> {
  const { status, text } = await domain.send('PATCH', SETTINGS, { body: replace(ROTATION, on) });
  expect(status, text).toBe(200);
}

const refresh = (token: string, by: TestClient | null = client, more: Record<string, string> = {}): Promise<Answer> =>
  world.post('token', { grant_type: 'refresh_token', refresh_token: token, ...more }, by);
const isActive = async (token: string) => (await world.post('introspect', { token }, client)).body.active as boolean;

async function refreshed(token: string): Promise<{ access_token: string; refresh_token: string; id_token: string }> {
  const { status, text, body } = await refresh(token);
  expect(status, text).toBe(200);
  return body;
}

function expectInvalidGrant({ status, body }: Answer): void {
  expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_grant' });
}

describe('the setting refreshTokenRotation', () => {
  it('is off, and shown only to who asks for it', async () => {
    const { domain } = await tokenWorld();
    const shown = await domain.send('GET', SETTINGS);
    expect(shown.text).not.toContain('idcs-emulator');
    expect((await domain.send('GET', `${SETTINGS}?attributeSets=all`)).text).not.toContain('idcs-emulator');
    const asked = await domain.send('GET', `${SETTINGS}?attributes=${ROTATION}`);
    expect(asked.body[ROTATION.replace(/:refreshTokenRotation$/, '')]).toEqual({ refreshTokenRotation: false });
  });

  it('is left as it is by a PUT of what a GET showed', async () => {
    const { domain } = world;
    const { body } = await domain.send('GET', SETTINGS);
    expect((await domain.send('PUT', SETTINGS, { body })).status).toBe(200);
    const asked = await domain.send('GET', `${SETTINGS}?attributes=${ROTATION}`);
    expect(asked.text).toContain('"refreshTokenRotation":true');
  });

  it('is a boolean', async () => {
    const { status } = await world.domain.send('PATCH', SETTINGS, { body: replace(ROTATION, 'perhaps') });
    expect(status).toBe(400);
  });
});

describe('rotation', () => {
  it('answers a new refresh token each time, of the same session and authorization', async () => {
    await world.user('anna@example.com');
    const first = await world.signIn(client, 'anna@example.com');
    const second = await refreshed(first.refresh_token);
    const third = await refreshed(second.refresh_token);
    expect(new Set([first, second, third].map((each) => each.refresh_token)).size).toBe(3);
    const [before, after] = [claimsOf(first.access_token), claimsOf(third.access_token)];
    expect(after['sid']).toBe(before['sid']);
    expect(String(after['jti']).slice(0, 16)).toBe(String(before['jti']).slice(0, 16));
    expect(after['jti']).not.toBe(before['jti']);
    const [oldIdentity, newIdentity] = [claimsOf(first.id_token), claimsOf(third.id_token)];
    for (const claim of ['sub', 'iss', 'aud', 'azp', 'auth_time', 'amr', 'sid']) {
      expect(newIdentity[claim], claim).toEqual(oldIdentity[claim]);
    }
    expect(newIdentity).not.toHaveProperty('nonce');
  });

  it('ends the whole authorization when a used token comes again', async () => {
    await world.user('berta@example.com');
    const other = await world.signIn(client, 'berta@example.com');
    const first = await world.signIn(client, 'berta@example.com');
    const second = await refreshed(first.refresh_token);
    expect(await isActive(first.refresh_token)).toBe(false);
    expect(await isActive(second.refresh_token)).toBe(true);
    const again = await refresh(first.refresh_token);
    expectInvalidGrant(again);
    expect(again.body.error_description).toContain('used before');
    expectInvalidGrant(await refresh(second.refresh_token));
    for (const token of [first.access_token, second.access_token, second.refresh_token]) {
      expect(await isActive(token)).toBe(false);
    }
    expect(await isActive(other.access_token)).toBe(true);
    await refreshed(other.refresh_token);
  });

  it('lets one of several uses at once win, and takes the others for theft', async () => {
    await world.user('clara@example.com');
    const { refresh_token } = await world.signIn(client, 'clara@example.com');
    const answers = await Promise.all(Array.from({ length: 6 }, () => refresh(refresh_token)));
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    for (const lost of answers.filter((each) => each !== won[0])) expectInvalidGrant(lost);
    expectInvalidGrant(await refresh(won[0]!.body.refresh_token));
    expect(await isActive(won[0]!.body.access_token)).toBe(false);
  });

  it('does not lengthen the life of the authorization', async () => {
    await world.user('dora@example.com');
    const first = await world.signIn(client, 'dora@example.com');
    await world.clock.advance(6 * DAY);
    // The administrator's own token is of another clock time; only the token endpoint is asked from here on.
    const second = await refreshed(first.refresh_token);
    await world.clock.advance(DAY + 5000);
    expectInvalidGrant(await refresh(second.refresh_token));
    await world.clock.advance(-7 * DAY - 5000);
  });

  it('costs no token when the request is refused for another reason', async () => {
    await world.user('emma@example.com');
    const { refresh_token } = await world.signIn(client, 'emma@example.com', 'openid offline_access');
    const wider = await refresh(refresh_token, client, { scope: 'openid email' });
    expect(wider.body.error).toBe('invalid_scope');
    const narrow = await refresh(refresh_token, client, { scope: 'openid' });
    expect(narrow.status).toBe(200);
    const wideAgain = await refreshed(narrow.body.refresh_token);
    expect(claimsOf(wideAgain.access_token)['scope']).toBe('openid offline_access');
  });

  it("takes another client's use for a mistake, not for theft", async () => {
    const other = await world.client('Other');
    await world.user('flora@example.com');
    const { refresh_token } = await world.signIn(client, 'flora@example.com');
    expectInvalidGrant(await refresh(refresh_token, other));
    const { refresh_token: next } = await refreshed(refresh_token);
    expectInvalidGrant(await refresh(refresh_token, other));
    await refreshed(next);
  });

  it('is the same for public clients', async () => {
    const open = await world.client('Public', { clientType: 'public', allowedGrants: ['password', 'refresh_token'] });
    await world.user('greta@example.com');
    const scope = 'openid offline_access';
    const form = { grant_type: 'password', username: 'greta@example.com', password: 'Correct-Horse-42', scope };
    const { body } = await world.post('token', { ...form, client_id: open.id });
    const next = await refresh(body.refresh_token, null, { client_id: open.id });
    expect(next.status).toBe(200);
    expect(next.body.refresh_token).not.toBe(body.refresh_token);
    expectInvalidGrant(await refresh(body.refresh_token, null, { client_id: open.id }));
  });

  it('leaves used tokens dead when it is turned off again', async () => {
    const changing = await tokenWorld();
    await rotate(changing, true);
    const app = await changing.client('App');
    await changing.user('hanna@example.com');
    const first = await changing.signIn(app, 'hanna@example.com');
    const use = (token: string) => changing.post('token', { grant_type: 'refresh_token', refresh_token: token }, app);
    const second = (await use(first.refresh_token)).body;
    await rotate(changing, false);
    const third = (await use(second.refresh_token)).body;
    expect(third.refresh_token).toBe(second.refresh_token);
    expectInvalidGrant(await use(first.refresh_token));
    expectInvalidGrant(await use(second.refresh_token));
  });
});
