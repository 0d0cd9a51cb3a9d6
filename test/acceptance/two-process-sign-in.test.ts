import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Emulator } from '../../src/index.ts';
import { ADMIN, type AuthorizeWorld, answerOf, authorizeWorld } from '../oauth/authorize/authorize-world.ts';
import { type Browser, newBrowser } from '../support/browser.ts';
import { clientFor, startTestEmulator, type TestDomain } from '../support/emulator.ts';

/*
 * Two processes on one database, every step of a sign-in on the other one: what one of them knows, it can only know from the store.
 */

let first: Emulator;
let second: Emulator;
let here: AuthorizeWorld;
let there: TestDomain;

beforeAll(async () => {
  [first, second] = await Promise.all([startTestEmulator(), startTestEmulator()]);
  here = await authorizeWorld(first);
  there = await clientFor(here.name, (await second.domain(here.name)).url);
});

afterAll(async () => {
  await Promise.all([first.stop(), second.stop()]);
});

/** A browser whose requests alternate; the first one goes to the process of this index. */
function alternating(index: number): Browser {
  return index === 0 ? newBrowser(here.url, there.url) : newBrowser(there.url, here.url);
}

describe('with every step on the other process', () => {
  test.each([0, 1])('a user signs in, agrees, and signs out (first step on process %d)', async (index) => {
    const app = await here.app({
      bypassConsent: false,
      redirectUris: ['https://app.example.com/callback'],
      postLogoutRedirectUris: ['https://app.example.com/bye'],
      allowedOperations: ['introspect'],
    });
    const [one, other] = index === 0 ? [here, there] : [there, here];
    const basic = { id: app.clientId, secret: app.secret };
    const browser = alternating(index);

    const signInPage = await browser.follow(
      await browser.get(here.authorizeUrl(app, { scope: 'openid profile offline_access', nonce: 'n-1' })),
    );
    const consentPage = await browser.follow(await browser.submit(signInPage, ADMIN));
    expect(consentPage.text).toContain('App ');
    const { code } = answerOf(await browser.follow(await browser.submit(consentPage, { decision: 'allow' })));

    const tokens = await one.tokenRequest({ grant_type: 'authorization_code', code: code! }, basic);
    expect(tokens.status, tokens.text).toBe(200);
    const refreshed = await other.tokenRequest(
      { grant_type: 'refresh_token', refresh_token: tokens.body.refresh_token },
      basic,
    );
    expect(refreshed.status, refreshed.text).toBe(200);
    const info = await one.send('GET', '/oauth2/v1/userinfo', { token: refreshed.body.access_token });
    expect(info.body).toMatchObject({ sub: ADMIN.username });

    // A replay on the other process ends what the first use gave, on both.
    const replay = await other.tokenRequest({ grant_type: 'authorization_code', code: code! }, basic);
    expect(replay.body.error).toBe('invalid_grant');
    for (const process of [one, other]) {
      const answer = await process.send('GET', '/oauth2/v1/userinfo', { token: refreshed.body.access_token });
      expect(answer.status).toBe(401);
    }

    const loggedOut = await browser.get(
      `/oauth2/v1/userlogout?${new URLSearchParams({
        id_token_hint: tokens.body.id_token,
        post_logout_redirect_uri: 'https://app.example.com/bye',
        state: 's-2',
      })}`,
    );
    expect(loggedOut.location).toBe('https://app.example.com/bye?state=s-2');
    for (let visit = 0; visit < 2; visit++) {
      const again = await browser.get(here.authorizeUrl(app, { prompt: 'none' }));
      expect(answerOf(again)).toMatchObject({ error: 'login_required' });
    }
  });

  test('a code is redeemed once by two processes that try at the same time', async () => {
    const app = await here.app();
    const browser = alternating(0);
    const page = await browser.follow(await browser.get(here.authorizeUrl(app)));
    const { code } = answerOf(await browser.follow(await browser.submit(page, ADMIN)));
    const form = { grant_type: 'authorization_code', code: code! };
    const basic = { id: app.clientId, secret: app.secret };
    const answers = await Promise.all([here, there, here, there].map((process) => process.tokenRequest(form, basic)));
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 400, 400, 400]);
  });

  test('a device is allowed on a page of the other process', async () => {
    const urn = 'urn:ietf:params:oauth:grant-type:device_code';
    const app = await here.app({ allowedGrants: [urn, 'refresh_token'] });
    const asked = await there.send('POST', '/oauth2/v1/device', {
      token: null,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        response_type: 'device_code',
        client_id: app.clientId,
        scope: 'openid',
      }).toString(),
    });
    expect(asked.status, asked.text).toBe(200);
    const browser = alternating(0);
    const signInPage = await browser.follow(await browser.get('/ui/v1/device'));
    const codePage = await browser.follow(await browser.submit(signInPage, ADMIN));
    const confirmPage = await browser.follow(await browser.submit(codePage, { user_code: asked.body.user_code }));
    await browser.follow(await browser.submit(confirmPage, { decision: 'allow' }));
    const form = { grant_type: urn, device_code: asked.body.device_code };
    const basic = { id: app.clientId, secret: app.secret };
    const tokens = await there.tokenRequest(form, basic);
    expect(tokens.status, tokens.text).toBe(200);
    expect((await here.tokenRequest(form, basic)).body.error).toMatch(/^(invalid_grant|expired_token)$/);
  });
});
