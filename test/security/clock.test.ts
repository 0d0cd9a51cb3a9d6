import { describe, expect, test } from 'vitest';
import { advanceClock, freezeClock } from '../support/domain-clock.ts';
import { claimsOf } from '../support/token-claims.ts';
import { postAs, refusalOf, type Victim, victim } from './victim.ts';

/*
 * Everything that ends, ends by the clock of the domain; and nothing begins before its time.
 */

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

async function setClock({ world }: Victim, seconds: number): Promise<void> {
  const body = { now: new Date(seconds * 1000).toISOString() };
  const { status, text } = await world.send('PUT', '/_emulator/clock', { body, token: null });
  if (status !== 200) throw new Error(`the clock was not set: ${status} ${text}`);
}

const admin = async ({ world }: Victim, token: string) =>
  (await world.send('GET', '/admin/v1/PasswordPolicies', { token })).status;
const userinfo = async ({ world }: Victim, token: string) =>
  (await world.send('GET', '/oauth2/v1/userinfo', { token })).status;

describe('By the clock of the domain', () => {
  test('an access token ends at its exp, to the second, and counts nowhere before its nbf', async () => {
    const signedIn = await victim();
    const now = await freezeClock(signedIn.world);
    const { access_token } = await signedIn.tokens('openid urn:opc:idm:__myscopes__');
    const { exp, iat } = claimsOf(access_token);
    expect(iat).toBe(now);
    await advanceClock(signedIn.world, Number(exp) - now - 1);
    expect([await admin(signedIn, access_token), await userinfo(signedIn, access_token)]).not.toContain(401);
    await advanceClock(signedIn.world, 1);
    expect([await admin(signedIn, access_token), await userinfo(signedIn, access_token)]).toEqual([401, 401]);
  });

  test('a token of the future is refused where it says so (nbf)', async () => {
    const signedIn = await victim();
    const { world, app } = signedIn;
    const now = await freezeClock(world);
    const minted = await world.send('POST', '/_emulator/tokens', {
      token: null,
      body: { client: app.clientId, userName: 'admin@example.com', scope: 'openid', claims: { nbf: now + 60 } },
    });
    expect(minted.status, minted.text).toBeLessThan(300);
    const token = minted.body.access_token as string;
    expect(await userinfo(signedIn, token)).toBe(401);
    await advanceClock(world, 60);
    expect(await userinfo(signedIn, token)).toBe(200);
  });

  test('a code ends after 3 minutes, to the second', async () => {
    const signedIn = await victim();
    await freezeClock(signedIn.world);
    const [first, second] = [await signedIn.code(), await signedIn.code()];
    await advanceClock(signedIn.world, 179);
    expect((await signedIn.exchange(first)).status).toBe(200);
    await advanceClock(signedIn.world, 1);
    expect(refusalOf(await signedIn.exchange(second))).toEqual([400, 'invalid_grant']);
  });

  test('a refresh token ends at its end, and rotation does not move it', async () => {
    const signedIn = await victim();
    const { world } = signedIn;
    await freezeClock(world);
    const { refresh_token } = await signedIn.tokens();
    await advanceClock(world, 7 * 24 * 3600 - 1);
    expect((await signedIn.refresh(refresh_token)).status).toBe(200);
    await advanceClock(world, 1);
    expect(refusalOf(await signedIn.refresh(refresh_token))).toEqual([400, 'invalid_grant']);
  });

  test('a session ends after 8 hours, however much it is used', async () => {
    const { world, app, browser } = await victim();
    await freezeClock(world);
    for (let n = 0; n < 7; n++) {
      await advanceClock(world, 3600);
      expect((await browser.get(world.authorizeUrl(app))).location).toContain('code=');
    }
    await advanceClock(world, 3600);
    expect((await browser.get(world.authorizeUrl(app))).location).toContain('/ui/v1/signin');
  });

  test('a sign-in that waits ends after 15 minutes, and so does its request', async () => {
    const { world, app } = await victim();
    await freezeClock(world);
    const { form } = await world.person('dora');
    const late = world.browser();
    const latePage = await late.follow(await late.get(world.authorizeUrl(app)));
    const other = world.browser();
    const signedIn = await other.submit(await other.follow(await other.get(world.authorizeUrl(app))), form);
    await advanceClock(world, 15 * 60);
    const answer = await late.submit(latePage, form);
    expect([answer.status, answer.location]).toEqual([400, null]);
    const resumed = await other.get(signedIn.location!);
    expect([resumed.status, resumed.location]).toEqual([400, null]);
  });

  test('a device code ends after 300 seconds, allowed or not', async () => {
    const { world, app, browser } = await victim({ allowedGrants: ['authorization_code', DEVICE] });
    await freezeClock(world);
    const begin = async () =>
      (await postAs(world, null, 'device', { response_type: 'device_code', client_id: app.clientId, scope: 'openid' }))
        .body;
    const [allowed, waiting] = [await begin(), await begin()];
    const typed = await browser.submit(await browser.get('/ui/v1/device'), { user_code: allowed.user_code });
    expect((await browser.submit(typed, { decision: 'allow' })).status).toBe(200);
    await advanceClock(world, 300);
    for (const { device_code } of [allowed, waiting]) {
      const answer = await postAs(world, app, 'token', { grant_type: DEVICE, device_code });
      expect(refusalOf(answer)).toEqual([400, 'expired_token']);
    }
    const page = await browser.submit(await browser.get('/ui/v1/device'), { user_code: waiting.user_code });
    expect(page.text).not.toContain('value="allow"');
  });

  test('a clock that is moved back does not bring back what was revoked or used', async () => {
    const signedIn = await victim();
    const { world, app } = signedIn;
    const now = await freezeClock(world);
    const code = await signedIn.code({ scope: 'openid offline_access' });
    const { body } = await signedIn.exchange(code);
    await postAs(world, app, 'revoke', { token: body.refresh_token });
    await setClock(signedIn, now - 60);
    expect(refusalOf(await signedIn.refresh(body.refresh_token))).toEqual([400, 'invalid_grant']);
    expect(await userinfo(signedIn, body.access_token)).toBe(401);
    expect(refusalOf(await signedIn.exchange(code))).toEqual([400, 'invalid_grant']);
  });
});
