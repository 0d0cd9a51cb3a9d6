import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/scim/json.ts';
import type { Browser, Visited } from '../../support/browser.ts';
import { testDomain } from '../../support/emulator.ts';
import { type AuthorizeWorld, answerOf, authorizeWorld, signIn, type TestApp } from '../authorize/authorize-world.ts';

const AFTER = 'https://app.example.com/signed-out';

interface SignedIn {
  readonly world: AuthorizeWorld;
  readonly app: TestApp;
  readonly browser: Browser;
  readonly idToken: string;
}

async function signedIn(changes: JsonObject = {}): Promise<SignedIn> {
  const world = await authorizeWorld();
  const app = await world.app({ postLogoutRedirectUris: [AFTER], ...changes });
  const browser = world.browser();
  const { code } = answerOf(await signIn(browser, world.authorizeUrl(app)));
  const { body } = await world.exchange(app, code!);
  return { world, app, browser, idToken: body.id_token };
}

function logout(browser: Browser, parameters: Record<string, string> = {}): Promise<Visited> {
  return browser.get(`/oauth2/v1/userlogout?${new URLSearchParams(parameters)}`);
}

/** Whether the browser is still signed in. */
async function hasSession(browser: Browser): Promise<boolean> {
  return (await browser.get('/ui/v1/myconsole')).status === 200;
}

describe('GET and POST /oauth2/v1/userlogout', () => {
  test('ends the session and goes back to the registered address with the state', async () => {
    const { browser, idToken } = await signedIn();
    expect(await hasSession(browser)).toBe(true);
    const kept = browser.cookies();
    const answer = await logout(browser, {
      id_token_hint: idToken,
      post_logout_redirect_uri: AFTER,
      state: 'ä b&c=d#e',
    });
    expect([answer.status, answer.location]).toEqual([302, `${AFTER}?state=%C3%A4%20b%26c%3Dd%23e`]);
    expect(browser.cookies().some((cookie) => cookie.name.startsWith('ORA_OCIS_1_'))).toBe(false);
    expect(await hasSession(browser)).toBe(false);
    // The cookie's value is of no use any more, to whoever kept it.
    const cookie = kept.map(({ name, value }) => `${name}=${value}`).join('; ');
    expect((await browser.get('/ui/v1/myconsole', { cookie })).status).toBe(302);
  });

  test('a POST does the same', async () => {
    const { browser, idToken } = await signedIn();
    const answer = await browser.post('/oauth2/v1/userlogout', {
      id_token_hint: idToken,
      post_logout_redirect_uri: AFTER,
    });
    expect([answer.status, answer.location, await hasSession(browser)]).toEqual([303, AFTER, false]);
  });

  test('a form of another site, which comes without the cookie, ends the session by a GET', async () => {
    const { world, browser, idToken } = await signedIn();
    const parameters = { id_token_hint: idToken, post_logout_redirect_uri: AFTER, state: 'a&b' };
    const posted = await world.browser().post('/oauth2/v1/userlogout', parameters);
    expect(posted.status).toBe(303);
    expect(posted.location).toMatch(`${world.url}/oauth2/v1/userlogout?`);
    expect((await browser.get(posted.location!)).location).toBe(`${AFTER}?state=a%26b`);
    expect(await hasSession(browser)).toBe(false);
  });

  test('a HEAD does nothing', async () => {
    const { world, browser } = await signedIn();
    const cookie = browser
      .cookies()
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    await fetch(`${world.url}/oauth2/v1/userlogout`, { method: 'HEAD', headers: { cookie } });
    expect(await hasSession(browser)).toBe(true);
  });

  test('without parameters it shows that the session has ended, as its alias does', async () => {
    for (const path of ['/oauth2/v1/userlogout', '/sso/v1/user/logout']) {
      const { browser } = await signedIn();
      const page = await browser.get(path);
      expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html;charset=utf-8']);
      expect(await hasSession(browser)).toBe(false);
      // Nobody is signed in: the same page again.
      expect((await browser.get(path)).status).toBe(200);
    }
  });

  test('client_id tells whose address it is when there is no token', async () => {
    const { app, browser } = await signedIn();
    const answer = await logout(browser, { client_id: app.clientId, post_logout_redirect_uri: AFTER });
    expect(answer.location).toBe(AFTER);
  });

  test('an expired ID token will do, and one that a rotated key signed', async () => {
    const { world, browser, idToken } = await signedIn();
    const rotated = await world.send('POST', '/_emulator/keys', { token: null });
    expect(rotated.status).toBeLessThan(300);
    await world.send('POST', '/_emulator/clock/advance', { body: { duration: 'P2D' }, token: null });
    const answer = await logout(browser, { id_token_hint: idToken, post_logout_redirect_uri: AFTER });
    expect(answer.location).toBe(AFTER);
  });

  test('a token that is none of this domain’s ID tokens is refused, and nothing ends', async () => {
    const { world, app, browser, idToken } = await signedIn();
    const other = await signedIn();
    const access = (await world.tokenRequest({ grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' }))
      .body.access_token as string;
    const [header, payload, signature] = idToken.split('.');
    const unsigned = `${Buffer.from('{"alg":"none","kid":"SIGNING_KEY"}').toString('base64url')}.${payload}.`;
    const hints = [
      access,
      other.idToken,
      unsigned,
      `${header}.${payload}`,
      `${header}.${payload}.${signature}x.y`,
      'x',
      '%00',
    ];
    for (const hint of hints) {
      const answer = await logout(browser, {
        id_token_hint: hint,
        client_id: app.clientId,
        post_logout_redirect_uri: AFTER,
      });
      expect([answer.status, answer.location], hint).toEqual([400, null]);
    }
    const foreign = await logout(browser, { id_token_hint: idToken, client_id: 'idcs-admin' });
    expect(foreign.status).toBe(400);
    expect(await hasSession(browser)).toBe(true);
  });

  test.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    'https:evil.example',
    'https://app.example.com@evil.example/signed-out',
    `${AFTER}/`,
    `${AFTER}?x=1`,
    `${AFTER}#x`,
    AFTER.toUpperCase(),
    AFTER.replace('https', 'http'),
    'javascript:alert(1)',
    `${AFTER}\r\nSet-Cookie: a=b`,
  ])('never goes on to an address that is not registered: %s', async (uri) => {
    const { app, browser, idToken } = await signedIn();
    for (const whose of [{ id_token_hint: idToken }, { client_id: app.clientId }, {}]) {
      const answer = await logout(browser, { ...(whose as Record<string, string>), post_logout_redirect_uri: uri });
      expect([answer.status, answer.location]).toEqual([400, null]);
    }
    expect(await hasSession(browser)).toBe(true);
  });

  test('an address with a query, and one that is not ASCII, go on as registered', async () => {
    const query = 'https://app.example.com/out?a=1';
    const letters = 'https://app.example.com/abgemeldet/für';
    const { app, browser } = await signedIn({ postLogoutRedirectUris: [query, letters] });
    const one = await logout(browser, { client_id: app.clientId, post_logout_redirect_uri: query, state: 's' });
    expect(one.location).toBe(`${query}&state=s`);
    const two = await logout(browser, { client_id: app.clientId, post_logout_redirect_uri: letters });
    expect(two.location).toBe('https://app.example.com/abgemeldet/f%C3%BCr');
  });

  test('apps that took part and have a logoutUri are called in frames first', async () => {
    const { world, browser, idToken } = await signedIn({ logoutUri: 'https://app.example.com/front?channel=1' });
    const second = await world.app({ logoutUri: 'https://second.example.com/logout' });
    const third = await world.app({ logoutUri: 'https://third.example.com/not-taking-part' });
    expect(third.id).not.toBe(second.id);
    answerOf(await browser.get(world.authorizeUrl(second)));
    const page = await logout(browser, { id_token_hint: idToken, post_logout_redirect_uri: AFTER, state: 'x' });
    expect(page.status).toBe(200);
    expect(page.text).toContain('https://app.example.com/front?channel=1');
    expect(page.text).toContain('https://second.example.com/logout');
    expect(page.text).not.toContain('third.example.com');
    expect(page.text).toContain(`${AFTER}?state=x`);
    expect(page.headers.get('content-security-policy')).toMatch(/frame-src [^;]*https:\/\/second\.example\.com/);
    expect(await hasSession(browser)).toBe(false);
    // The session has ended already: nobody is left to be told.
    expect((await logout(browser, { id_token_hint: idToken, post_logout_redirect_uri: AFTER })).location).toBe(AFTER);
  });

  test('repeated parameters are refused', async () => {
    const { url } = await testDomain();
    const answer = await fetch(`${url}/oauth2/v1/userlogout?state=a&state=b`);
    expect(answer.status).toBe(400);
  });
});

test('an identity token of a session that was signed out is no user assertion any more', async () => {
  const grant = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
  const { world, app, browser, idToken } = await signedIn({ allowedGrants: ['authorization_code', grant] });
  const form = { grant_type: grant, assertion: idToken, scope: 'urn:opc:idm:__myscopes__' };
  const bring = () => world.tokenRequest(form, { id: app.clientId, secret: app.secret });
  expect((await bring()).status).toBe(200);
  await logout(browser, { id_token_hint: idToken });
  const { body } = await bring();
  expect([body.error, body.error_description]).toEqual(['invalid_grant', expect.stringContaining('session')]);
});
