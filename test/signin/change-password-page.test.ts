import { describe, expect, test } from 'vitest';
import { type Browser, newBrowser, type Visited } from '../support/browser.ts';
import { advanceClock } from '../support/domain-clock.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';

const OLD = 'Correct-Horse-42';
const NEW = 'Better-Battery-43';

interface Change {
  readonly domain: TestDomain;
  readonly userId: string;
  readonly browser: Browser;
  readonly page: Visited;
}

async function mustChange(): Promise<Change> {
  const domain = await testDomain();
  const user = await domain.createUser('dora', { password: OLD });
  const browser = newBrowser(domain.url);
  const signIn = await browser.follow(await browser.get('/ui/v1/signin'));
  const answer = await browser.submit(signIn, { username: 'dora', password: OLD });
  expect(answer.location).toMatch(`${domain.url}/ui/v1/changepassword?request=`);
  return { domain, userId: user.id, browser, page: await browser.follow(answer) };
}

const hasSession = (browser: Browser) => browser.cookies().some((cookie) => cookie.name.startsWith('ORA_OCIS_1_'));
const change = (password: string, more: Record<string, string> = {}) => ({
  oldPassword: OLD,
  password,
  confirmation: password,
  ...more,
});

describe('GET and POST /ui/v1/changepassword', () => {
  test('who must change the password is signed in with the new one, and the old one is gone', async () => {
    const { domain, userId, browser, page } = await mustChange();
    expect([page.status, hasSession(browser)]).toEqual([200, false]);
    expect(page.text).not.toContain(OLD);
    const answer = await browser.submit(page, change(NEW));
    expect([answer.status, answer.location, hasSession(browser)]).toEqual([303, `${domain.url}/ui/v1/myconsole`, true]);
    const grant = (password: string) =>
      domain.tokenRequest({ grant_type: 'password', username: 'dora', password, scope: 'openid' });
    expect((await grant(OLD)).body.error).toBe('invalid_grant');
    const state = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:passwordState:User';
    const user = await domain.send(
      'GET',
      `/admin/v1/Users/${userId}?attributes=idcsLastModifiedBy,${state}:mustChange`,
    );
    expect(user.body.idcsLastModifiedBy).toMatchObject({ type: 'User', value: userId });
    expect(user.body[state]?.mustChange ?? false).toBe(false);
    // Done once: the page is gone.
    expect((await browser.submit(page, change('Third-Password-44', { oldPassword: NEW }))).status).toBe(400);
  });

  test('every rule that the new password breaks is named, and nothing changes', async () => {
    const { browser, page } = await mustChange();
    const answer = await browser.submit(page, change('short'));
    for (const rule of ['at least 12 characters', 'uppercase', 'numeric', 'special'])
      expect(answer.text).toContain(rule);
    expect([answer.status, hasSession(browser)]).toEqual([200, false]);
    const same = await browser.submit(answer, change(OLD));
    expect(same.text).toMatch(/one of the last \d+ passwords/);
    expect((await browser.submit(same, change(NEW))).status).toBe(303);
  });

  test('a confirmation that differs is no try; wrong old passwords are, and lock', async () => {
    const { browser, page } = await mustChange();
    for (let n = 0; n < 6; n++) {
      const answer = await browser.submit(page, change(NEW, { oldPassword: 'wrong', confirmation: 'other' }));
      expect(answer.status).toBe(200);
    }
    for (let n = 0; n < 5; n++) await browser.submit(page, change(NEW, { oldPassword: `Wrong-Password-${n}` }));
    const locked = await browser.submit(page, change(NEW));
    expect([locked.status, hasSession(browser)], locked.text).toEqual([200, false]);
    expect(locked.forms[0]!.action).toContain('/ui/v1/signin');
  });

  test('an expired password is changed the same way', async () => {
    const { domain, browser, page } = await mustChange();
    await browser.submit(page, change(NEW));
    await domain.send('POST', '/_emulator/clock/advance', { body: { duration: 'P121D' }, token: null });
    const later = newBrowser(domain.url);
    const signIn = await later.follow(await later.get('/ui/v1/signin'));
    const asked = await later.follow(await later.submit(signIn, { username: 'dora', password: NEW }));
    expect(asked.url).toContain('/ui/v1/changepassword');
    expect((await later.submit(asked, change('Third-Password-44', { oldPassword: NEW }))).status).toBe(303);
  });

  test('the page is of no use to another browser, without csrf, or after its time', async () => {
    const { domain, browser, page } = await mustChange();
    const other = newBrowser(domain.url);
    await other.get('/ui/v1/signin');
    expect((await other.get(page.url.slice(domain.url.length))).status).toBe(400);
    expect((await other.submit(page, change(NEW))).status).toBe(403);
    expect((await browser.submit(page, change(NEW, { csrf: 'x' }))).status).toBe(403);
    expect((await browser.get('/ui/v1/changepassword')).status).toBe(400);
    await advanceClock(domain, 901);
    expect((await browser.submit(page, change(NEW))).status).toBe(400);
  });
});
