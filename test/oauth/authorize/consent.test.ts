import { describe, expect, test } from 'vitest';
import type { Visited } from '../../support/browser.ts';
import { type AuthorizeWorld, answerOf, authorizeWorld, signIn, type TestApp } from './authorize-world.ts';

const ASKING = { bypassConsent: false };
const SCOPE = 'openid profile email';

async function world() {
  const made = await authorizeWorld();
  const app = await made.app(ASKING);
  const person = await made.person('consenting@example.com');
  const browser = made.browser();
  return { made, app, person, browser, url: made.authorizeUrl(app, { scope: SCOPE }) };
}

function expectConsent(page: Visited): void {
  expect([page.status, new URL(page.url).pathname.replace(/^\/_domains\/\w+/, '')]).toEqual([
    200,
    '/ui/v1/myconsole/consent',
  ]);
}

async function userToken(made: AuthorizeWorld, app: TestApp, browser: ReturnType<AuthorizeWorld['browser']>) {
  const scope = 'urn:opc:idm:__myscopes__';
  const { code } = answerOf(await browser.get(made.authorizeUrl(app, { scope })));
  return (await made.exchange(app, code!)).body.access_token as string;
}

describe('Consent', () => {
  test('is asked for once, and remembered', async () => {
    const { made, app, person, browser, url } = await world();
    const page = await signIn(browser, url, person.form);
    expectConsent(page);
    expect(page.text).toContain('profile');
    expect(page.text).toContain('email');
    const answer = answerOf(await browser.follow(await browser.submit(page, { decision: 'allow' })));
    expect(answer).toMatchObject({ code: expect.any(String), state: 'st-1' });
    expect(answerOf(await browser.get(url))).toMatchObject({ code: expect.any(String) });
    expect((await made.exchange(app, answer['code']!)).status).toBe(200);
  });

  test('is asked for what was not agreed to yet', async () => {
    const { made, app, person, browser, url } = await world();
    await browser.submit(await signIn(browser, url, person.form), { decision: 'allow' });
    const page = await browser.follow(await browser.get(made.authorizeUrl(app, { scope: `${SCOPE} phone` })));
    expectConsent(page);
    await browser.submit(page, { decision: 'allow' });
    const { body } = await made.send('GET', '/admin/v1/OAuthConsents');
    expect(body.Resources).toHaveLength(1);
    expect(body.Resources[0].scopes).toEqual(['profile', 'email', 'phone']);
  });

  test('that is denied answers access_denied and is not remembered', async () => {
    const { person, browser, url } = await world();
    const page = await signIn(browser, url, person.form);
    const denied = await browser.follow(await browser.submit(page, { decision: 'deny' }));
    expect(answerOf(denied)).toMatchObject({ error: 'access_denied', state: 'st-1' });
    expectConsent(await browser.follow(await browser.get(url)));
    const late = await browser.follow(await browser.submit(page, { decision: 'allow' }));
    expect([late.status, late.location]).toEqual([400, null]);
  });

  test('is not asked for by a client with bypassConsent, nor for openid alone', async () => {
    const { made, app, person, browser } = await world();
    const bypassing = await made.app();
    const answer = await signIn(browser, made.authorizeUrl(bypassing, { scope: SCOPE }), person.form);
    expect(answerOf(answer)).toMatchObject({ code: expect.any(String) });
    expect(answerOf(await browser.get(made.authorizeUrl(app)))).toMatchObject({ code: expect.any(String) });
  });

  test('prompt=none answers consent_required, prompt=consent asks again', async () => {
    const { made, app, person, browser, url } = await world();
    await signIn(browser, made.authorizeUrl(app), person.form);
    const silent = answerOf(await browser.get(`${url}&prompt=none`));
    expect(silent).toMatchObject({ error: 'consent_required', state: 'st-1' });
    await browser.submit(await browser.follow(await browser.get(url)), { decision: 'allow' });
    expect(answerOf(await browser.get(`${url}&prompt=none`))).toMatchObject({ code: expect.any(String) });
    const again = await browser.follow(await browser.get(`${url}&prompt=consent`));
    expectConsent(again);
    const agreed = await browser.follow(await browser.submit(again, { decision: 'allow' }));
    expect(answerOf(agreed)).toMatchObject({ code: expect.any(String) });
    expectConsent(await browser.follow(await browser.get(made.authorizeUrl(app, { prompt: 'consent' }))));
  });

  test('can be taken back by who gave it; others do not see it', async () => {
    const { made, app, person, browser, url } = await world();
    await browser.submit(await signIn(browser, url, person.form), { decision: 'allow' });
    const token = await userToken(made, app, browser);
    const other = await made.person('other@example.com');
    const otherBrowser = made.browser();
    await signIn(otherBrowser, made.authorizeUrl(app), other.form);
    const otherToken = await userToken(made, app, otherBrowser);

    const seen = await made.send('GET', '/admin/v1/OAuthConsents', { token });
    expect(seen.body).toMatchObject({
      totalResults: 1,
      Resources: [
        {
          user: { value: person.id, $ref: `${made.url}/admin/v1/Users/${person.id}` },
          app: { value: app.id, name: app.clientId },
          scopes: ['profile', 'email'],
          idcsCreatedBy: { type: 'User', value: person.id },
        },
      ],
    });
    const path = `/admin/v1/OAuthConsents/${seen.body.Resources[0].id}`;
    expect((await made.send('GET', '/admin/v1/OAuthConsents', { token: otherToken })).body.totalResults).toBe(0);
    expect((await made.send('GET', path, { token: otherToken })).status).toBe(404);
    expect((await made.send('DELETE', path, { token: otherToken })).status).toBe(404);
    expect((await made.send('GET', path, { token })).status).toBe(200);
    expect((await made.send('DELETE', path, { token })).status).toBe(204);
    expectConsent(await browser.follow(await browser.get(url)));
  });

  test('goes with its user and its application, and can be written by nobody', async () => {
    const { made, app, person, browser, url } = await world();
    const { id: gone, form } = await made.person('leaving@example.com');
    for (const each of [person.form, form]) {
      const visitor = made.browser();
      await visitor.submit(await signIn(visitor, url, each), { decision: 'allow' });
    }
    const count = async () => (await made.send('GET', '/admin/v1/OAuthConsents')).body.totalResults as number;
    expect(await count()).toBe(2);
    expect((await made.send('DELETE', `/admin/v1/Users/${gone}`)).status).toBe(204);
    expect(await count()).toBe(1);
    expect((await made.send('POST', '/admin/v1/OAuthConsents', { body: { scopes: ['x'] } })).status).toBe(405);
    expect((await browser.get('/ui/v1/myconsole/consent?request=none')).status).toBe(400);
    await made.send('PATCH', `/admin/v1/Apps/${app.id}`, {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', path: 'active', value: false }],
      },
    });
    expect((await made.send('DELETE', `/admin/v1/Apps/${app.id}`)).status).toBe(204);
    expect(await count()).toBe(0);
  });

  test('two first consents at once are one row', async () => {
    const { made, app, person, browser, url } = await world();
    await signIn(browser, made.authorizeUrl(app), person.form);
    const pages = await Promise.all(
      [url, `${url}&prompt=consent`].map(async (at) => browser.follow(await browser.get(at))),
    );
    const answers = await Promise.all(pages.map((page) => browser.submit(page, { decision: 'allow' })));
    expect(answers.map(({ status }) => status)).toEqual([303, 303]);
    expect((await made.send('GET', '/admin/v1/OAuthConsents')).body.totalResults).toBe(1);
  });

  test("can't be given by another site's form, nor in another browser", async () => {
    const { made, person, browser, url } = await world();
    const page = await signIn(browser, url, person.form);
    const [form] = page.forms;
    const forged = await browser.post(form!.action, { ...form!.fields, csrf: 'x'.repeat(43), decision: 'allow' });
    expect(forged.status).toBe(403);
    const stranger = made.browser();
    await stranger.get('/ui/v1/signin');
    expect((await stranger.get(page.url)).status).toBe(400);
    const odd = await browser.submit(page, { decision: 'perhaps' });
    expect([odd.status, odd.text.includes('The decision must be allow or deny.')]).toEqual([400, true]);
  });
});
