import { describe, expect, test } from 'vitest';
import { ADMIN, answerOf, authorizeWorld, REDIRECT_URI, signIn, verifiedClaims } from './authorize-world.ts';

async function signedIn(changes = {}) {
  const world = await authorizeWorld();
  const app = await world.app(changes);
  const browser = world.browser();
  const first = answerOf(await signIn(browser, world.authorizeUrl(app)));
  const { body } = await world.exchange(app, first['code']!);
  const idToken = body.id_token as string;
  const get = async (parameters: Record<string, string>) => browser.get(world.authorizeUrl(app, parameters));
  return { world, app, browser, idToken, get };
}

/** A redirect to the sign-in page. */
const SIGN_IN = expect.stringContaining('/ui/v1/signin?request=');

describe('prompt', () => {
  test('none gives a code to a browser with a session, and login_required to one without', async () => {
    const { world, app, get } = await signedIn();
    expect(answerOf(await get({ prompt: 'none' }))).toMatchObject({ code: expect.any(String) });
    const stranger = await world.browser().get(world.authorizeUrl(app, { prompt: 'none' }));
    expect(answerOf(stranger)).toMatchObject({ error: 'login_required', state: 'st-1' });
  });

  test.each(['login', 'select_account', 'login consent'])(
    '%s asks for a sign-in although there is a session',
    async (prompt) => {
      const { world, browser, get } = await signedIn();
      const person = await world.person('second@example.com');
      await world.advance(60);
      const page = await browser.follow(await get({ prompt }));
      expect(page.url).toEqual(SIGN_IN);
      const answer = answerOf(await browser.follow(await browser.submit(page, person.form)));
      expect(answer).toMatchObject({ code: expect.any(String) });
    },
  );

  test('login is not met by coming back without a sign-in', async () => {
    const { world, app, browser } = await signedIn();
    const page = await browser.follow(await browser.get(world.authorizeUrl(app, { prompt: 'login' })));
    const failed = await browser.submit(page, { ...ADMIN, password: 'wrong' });
    expect(failed.status).toBe(200);
    const resume = page.url.replace(/\/ui\/v1\/signin.*/, '/oauth2/v1/authorize?resume=');
    expect((await browser.get(resume)).status).toBe(400);
    expect(answerOf(await browser.get(world.authorizeUrl(app)))).toMatchObject({ code: expect.any(String) });
  });
});

describe('max_age', () => {
  test('asks for a new sign-in once the last is older, and auth_time says when it was', async () => {
    const { world, app, browser, get } = await signedIn();
    expect(answerOf(await get({ max_age: '100' }))).toMatchObject({ code: expect.any(String) });
    await world.advance(101);
    expect(answerOf(await get({ max_age: '100', prompt: 'none' }))).toMatchObject({ error: 'login_required' });
    const page = await browser.follow(await get({ max_age: '100' }));
    expect(page.url).toEqual(SIGN_IN);
    const { code } = answerOf(await browser.follow(await browser.submit(page, ADMIN)));
    const claims = await verifiedClaims(world, (await world.exchange(app, code!)).body.id_token);
    expect(Number(claims['iat']) - Number(claims['auth_time'])).toBeLessThanOrEqual(5);
    expect(answerOf(await get({ max_age: '100', prompt: 'none' }))).toMatchObject({ code: expect.any(String) });
  });

  test('0 always asks, and is met by a sign-in that takes its time to come back', async () => {
    const { world, browser, get } = await signedIn();
    await world.advance(10);
    const page = await browser.follow(await get({ max_age: '0' }));
    expect(page.url).toEqual(SIGN_IN);
    const answer = await browser.submit(page, ADMIN);
    await world.advance(30);
    expect(answerOf(await browser.follow(answer))).toMatchObject({ code: expect.any(String) });
  });

  test("beats the application's forceReauthenticateAfterInMinutes, which counts otherwise", async () => {
    const { world, get } = await signedIn({ forceReauthenticateAfterInMinutes: 5 });
    expect(answerOf(await get({ prompt: 'none' }))).toMatchObject({ code: expect.any(String) });
    await world.advance(301);
    expect(answerOf(await get({ prompt: 'none' }))).toMatchObject({ error: 'login_required' });
    expect(answerOf(await get({ prompt: 'none', max_age: '600' }))).toMatchObject({ code: expect.any(String) });
    expect((await get({})).location).toEqual(SIGN_IN);
  });

  test('-1 minutes are never', async () => {
    const { world, get } = await signedIn({ forceReauthenticateAfterInMinutes: -1 });
    await world.advance(3000);
    expect(answerOf(await get({}))).toMatchObject({ code: expect.any(String) });
  });
});

describe('Hints', () => {
  test('login_hint fills in the user name', async () => {
    const { world, app } = await signedIn();
    const browser = world.browser();
    const page = await browser.follow(await browser.get(world.authorizeUrl(app, { login_hint: 'a"b@example.com' })));
    expect(page.forms[0]?.fields['username']).toBe('a"b@example.com');
  });

  test('ui_locales chooses the language of the page, also after a failure', async () => {
    const { world, app } = await signedIn();
    const browser = world.browser();
    const page = await browser.follow(await browser.get(world.authorizeUrl(app, { ui_locales: 'de' })));
    const failed = await browser.submit(page, { username: 'x', password: 'y' });
    expect([page, failed].map(({ text }) => /<html[^>]*lang="de"/.test(text))).toEqual([true, true]);
  });

  test('acr_values, domain_hint, display and unknown parameters are accepted', async () => {
    const { get } = await signedIn();
    const answer = await get({ acr_values: '2', domain_hint: 'LocalIDP', display: 'popup', claims: '{}', extra: '1' });
    expect(answerOf(answer)).toMatchObject({ code: expect.any(String) });
  });

  test('id_token_hint wants its own user: the one who has the session, or who signs in', async () => {
    const { world, app, browser, idToken, get } = await signedIn();
    const person = await world.person('other@example.com');
    expect(answerOf(await get({ id_token_hint: idToken, prompt: 'none' }))).toMatchObject({ code: expect.any(String) });

    const other = world.browser();
    await signIn(other, world.authorizeUrl(app), person.form);
    const url = world.authorizeUrl(app, { id_token_hint: idToken });
    expect(answerOf(await other.get(`${url}&prompt=none`))).toMatchObject({ error: 'login_required' });
    const page = await other.follow(await other.get(url));
    expect(page.forms[0]?.fields['username']).toBe('admin@example.com');
    expect(answerOf(await other.follow(await other.submit(page, person.form)))).toMatchObject({
      error: 'login_required',
    });
    expect(answerOf(await signIn(other, url))).toMatchObject({ code: expect.any(String) });
    expect(answerOf(await browser.get(url))).toMatchObject({ code: expect.any(String) });
  });

  test('id_token_hint may have expired, but must be an identity token', async () => {
    const { world, app, idToken, get } = await signedIn();
    expect(answerOf(await get({ id_token_hint: world.token }))).toMatchObject({ error: 'invalid_request' });
    await world.advance(9 * 3600);
    const browser = world.browser();
    const answer = await signIn(browser, world.authorizeUrl(app, { id_token_hint: idToken }));
    expect(answerOf(answer)).toMatchObject({ code: expect.any(String) });
  });
});

describe('A request that waits for a sign-in', () => {
  test('is finished once, by the browser that began it', async () => {
    const { world, app } = await signedIn();
    const browser = world.browser();
    const page = await browser.follow(await browser.get(world.authorizeUrl(app)));
    const { location } = await browser.submit(page, ADMIN);
    expect(location).toContain('/oauth2/v1/authorize?resume=');
    const stranger = world.browser();
    await signIn(stranger, world.authorizeUrl(app));
    expect((await stranger.get(location!)).status).toBe(400);
    const both = await Promise.all([browser.get(location!), browser.get(location!)]);
    expect(both.map(({ status }) => status).sort()).toEqual([302, 400]);
    const late = await browser.get(location!);
    expect([late.status, late.text.includes('Start again from the application.')]).toEqual([400, true]);
  });

  test('expires after 15 minutes', async () => {
    const { world, app } = await signedIn();
    const browser = world.browser();
    const page = await browser.follow(await browser.get(world.authorizeUrl(app)));
    const { location } = await browser.submit(page, ADMIN);
    await world.advance(15 * 60);
    expect((await browser.get(location!)).status).toBe(400);
  });

  test('that the user cancels answers access_denied, once', async () => {
    const { world, app } = await signedIn();
    const browser = world.browser();
    const url = world.authorizeUrl(app, { response_type: 'code token' });
    const page = await browser.follow(await browser.get(url));
    const cancelled = await browser.submit(page, { cancel: '1' });
    expect(cancelled.location).toContain('/oauth2/v1/authorize?cancel=');
    const answer = answerOf(await browser.get(cancelled.location!));
    expect(answer).toMatchObject({ error: 'access_denied', state: 'st-1', via: 'fragment' });
    expect((await browser.get(cancelled.location!)).status).toBe(400);
  });

  test('whose application loses the redirect URI meanwhile is not redirected', async () => {
    const { world, app } = await signedIn();
    const browser = world.browser();
    const page = await browser.follow(await browser.get(world.authorizeUrl(app)));
    const body = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', path: 'redirectUris', value: ['https://elsewhere.example.com/'] }],
    };
    expect((await world.send('PATCH', `/admin/v1/Apps/${app.id}`, { body })).status).toBe(200);
    const answer = await browser.follow(await browser.submit(page, ADMIN));
    expect([answer.status, answer.location]).toEqual([400, null]);
    expect(answer.text).toContain('invalid_redirect_uri');
  });

  test('of a user who is deactivated meanwhile leads to the sign-in page again', async () => {
    const { world, app } = await signedIn();
    const person = await world.person('leaving@example.com');
    const browser = world.browser();
    await signIn(browser, world.authorizeUrl(app), person.form);
    const body = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', path: 'active', value: false }],
    };
    expect((await world.send('PATCH', `/admin/v1/Users/${person.id}`, { body })).status).toBe(200);
    expect((await browser.get(world.authorizeUrl(app))).location).toEqual(SIGN_IN);
  });
});

describe('allowAccessControl', () => {
  test('closes an application to users without a Grant', async () => {
    const { world, browser } = await signedIn();
    const app = await world.app({ allowAccessControl: true });
    const person = await world.person('granted@example.com');
    const url = world.authorizeUrl(app);
    expect(answerOf(await browser.get(url))).toMatchObject({ error: 'access_denied', state: 'st-1' });
    const grant = (grantee: { value: string; type: string }) =>
      world.send('POST', '/admin/v1/Grants', {
        body: {
          schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:Grant'],
          grantMechanism: `ADMINISTRATOR_TO_${grantee.type.toUpperCase()}`,
          app: { value: app.id },
          grantee,
        },
      });
    const other = world.browser();
    expect(answerOf(await signIn(other, url, person.form))).toMatchObject({ error: 'access_denied' });
    const { status, body } = await grant({ value: person.id, type: 'User' });
    expect(status).toBe(201);
    expect(answerOf(await other.get(url))).toMatchObject({ code: expect.any(String) });
    expect(answerOf(await browser.get(url))).toMatchObject({ error: 'access_denied' });
    expect((await world.send('DELETE', `/admin/v1/Grants/${body.id}`)).status).toBe(204);
    expect(answerOf(await other.get(url))).toMatchObject({ error: 'access_denied' });

    const group = await world.createGroup('granted', [person.id]);
    await grant({ value: group.id, type: 'Group' });
    expect(answerOf(await other.get(url))).toMatchObject({ code: expect.any(String) });
    expect(answerOf(await browser.get(url))).toMatchObject({ error: 'access_denied' });
    const open = await world.app();
    expect(answerOf(await browser.get(world.authorizeUrl(open)))).toMatchObject({ code: expect.any(String) });
  });

  test('a Grant to the group of everybody opens it to everybody', async () => {
    const { world, browser } = await signedIn();
    const app = await world.app({ allowAccessControl: true });
    const { status } = await world.send('POST', '/admin/v1/Grants', {
      body: {
        schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:Grant'],
        grantMechanism: 'ADMINISTRATOR_TO_GROUP',
        app: { value: app.id },
        grantee: { value: 'AllUsersId', type: 'Group' },
      },
    });
    expect(status).toBe(201);
    const answer = await browser.get(world.authorizeUrl(app, { redirect_uri: REDIRECT_URI }));
    expect(answerOf(answer)).toMatchObject({ code: expect.any(String) });
  });
});
