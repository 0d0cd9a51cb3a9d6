import { describe, expect, test } from 'vitest';
import { DEVELOPMENT_ADMIN_PASSWORD } from '../../src/config.ts';
import { type Browser, newBrowser, type Visited } from '../support/browser.ts';
import { advanceClock } from '../support/domain-clock.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';

const ADMIN = { username: 'admin@example.com', password: DEVELOPMENT_ADMIN_PASSWORD };

async function opened({ url }: TestDomain): Promise<{ browser: Browser; page: Visited }> {
  const browser = newBrowser(url);
  return { browser, page: await browser.follow(await browser.get('/ui/v1/signin')) };
}

function sessionCookie(browser: Browser) {
  return browser.cookies().find((cookie) => cookie.name.startsWith('ORA_OCIS_1_'));
}

describe('GET and POST /ui/v1/signin', () => {
  test('the right password begins a session and leads to My Apps', async () => {
    const domain = await testDomain();
    const { browser, page } = await opened(domain);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html;charset=utf-8']);
    const answer = await browser.submit(page, ADMIN);
    expect([answer.status, answer.location]).toEqual([303, `${domain.url}/ui/v1/myconsole`]);
    const apps = await browser.follow(answer);
    expect([apps.status, apps.url]).toEqual([200, `${domain.url}/ui/v1/myconsole`]);
    expect((await browser.get('/ui/v1/signin')).location).toBe(`${domain.url}/ui/v1/myconsole`);
  });

  test('a wrong password and an unknown user can’t be told apart', async () => {
    const domain = await testDomain();
    const answers = [];
    for (const username of ['admin@example.com', 'nobody@example.com']) {
      const { browser, page } = await opened(domain);
      const answer = await browser.submit(page, { username, password: 'Wrong-Password-1' });
      expect(sessionCookie(browser)).toBeUndefined();
      const hidden = answer.forms[0]!.fields;
      answers.push({
        status: answer.status,
        text: [username, hidden['csrf']!, hidden['request']!]
          .reduce((text, part) => text.replaceAll(part, '…'), answer.text)
          .replace(/nonce[-=][^ ';>]*/g, ''),
      });
    }
    expect(answers[0]).toEqual(answers[1]);
  });

  test('wrong passwords on the page lock the account, and the right one is refused then', async () => {
    const domain = await testDomain();
    const { browser, page } = await opened(domain);
    for (let n = 0; n < 5; n++) await browser.submit(page, { ...ADMIN, password: `Wrong-Password-${n}` });
    const refused = await browser.submit(page, ADMIN);
    expect([refused.status, sessionCookie(browser)]).toEqual([200, undefined]);
    await advanceClock(domain, 31 * 60);
    const again = await opened(domain);
    expect((await again.browser.submit(again.page, ADMIN)).status).toBe(303);
  });

  test('a form without csrf, with another purpose’s, or another browser’s is refused', async () => {
    const domain = await testDomain();
    const { browser, page } = await opened(domain);
    const other = await opened(domain);
    for (const csrf of ['', 'x', other.page.forms[0]!.fields['csrf']!, 'é'.repeat(50)]) {
      const answer = await browser.submit(page, { ...ADMIN, csrf });
      expect([csrf, answer.status, sessionCookie(browser)]).toEqual([csrf, 403, undefined]);
    }
    const withoutCookies = newBrowser(domain.url);
    expect((await withoutCookies.submit(page, ADMIN)).status).toBe(403);
  });

  test('a sign-in of another browser, an unknown one and an expired one lead back to the application', async () => {
    const domain = await testDomain();
    const { browser, page } = await opened(domain);
    const other = await opened(domain);
    const foreign = other.page.forms[0]!.fields['request']!;
    expect((await browser.submit(page, { ...ADMIN, request: foreign })).status).toBe(400);
    expect((await browser.get(`/ui/v1/signin?request=${foreign}`)).status).toBe(400);
    expect((await browser.get('/ui/v1/signin?request=x&request=y')).status).toBe(400);
    expect((await browser.get('/ui/v1/signin?request=%00')).status).toBe(400);
    await advanceClock(domain, 15 * 60 - 5);
    expect((await browser.get(page.url.slice(domain.url.length))).status).toBe(200);
    await advanceClock(domain, 10);
    const late = await browser.submit(page, ADMIN);
    expect([late.status, sessionCookie(browser)]).toEqual([400, undefined]);
    expect(late.text).toContain('start again');
  });

  test('what no form of ours sends is refused, and never with a 5xx', async () => {
    const domain = await testDomain();
    const { browser, page } = await opened(domain);
    const { fields } = page.forms[0]!;
    const sent = new URLSearchParams({ ...fields, ...ADMIN }).toString();
    const post = (body: string, type = 'application/x-www-form-urlencoded') =>
      fetch(`${domain.url}/ui/v1/signin`, {
        method: 'POST',
        redirect: 'manual',
        body,
        headers: {
          'content-type': type,
          cookie: browser
            .cookies()
            .map(({ name, value }) => `${name}=${value}`)
            .join('; '),
        },
      });
    expect((await post(`${sent}&username=other`)).status).toBe(400);
    expect((await post(sent.replace('admin', '%00admin'))).status).toBe(400);
    expect((await post('%zz=%')).status).toBe(403);
    expect((await post('{}', 'application/json')).status).toBe(400);
    expect((await post('x', 'text/plain')).status).toBe(415);
    const long = await post(
      new URLSearchParams({ ...fields, username: 'u'.repeat(100_000), password: 'p'.repeat(100_000) }).toString(),
    );
    expect(long.status).toBe(200);
  });

  test('a deactivated user is not signed in', async () => {
    const domain = await testDomain();
    const user = await domain.createUser('dora', { password: 'Correct-Horse-42' });
    await domain.send('PATCH', `/admin/v1/Users/${user.id}`, {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', path: 'active', value: false }],
      },
    });
    const { browser, page } = await opened(domain);
    const answer = await browser.submit(page, { username: 'dora', password: 'Correct-Horse-42' });
    expect([answer.status, sessionCookie(browser)]).toEqual([200, undefined]);
  });

  test('dev login is off: a user’s id signs nobody in', async () => {
    const domain = await testDomain();
    const user = await domain.createUser('dora');
    const { browser, page } = await opened(domain);
    expect(page.text).not.toContain(user.id);
    const answer = await browser.submit(page, { devuser: user.id });
    expect([answer.status, sessionCookie(browser)]).toEqual([200, undefined]);
  });
});
