import { describe, expect, test } from 'vitest';
import { DEVELOPMENT_ADMIN_PASSWORD } from '../../src/config.ts';
import { newBrowser } from '../support/browser.ts';
import { testDomain } from '../support/emulator.ts';

const ADMIN = { username: 'admin@example.com', password: DEVELOPMENT_ADMIN_PASSWORD };

describe('GET and POST /ui/v1/signin', () => {
  test('the right password begins a session and leads to My Apps', async () => {
    const { url } = await testDomain();
    const browser = newBrowser(url);
    const page = await browser.follow(await browser.get('/ui/v1/signin'));
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html;charset=utf-8']);
    const answer = await browser.submit(page, ADMIN);
    expect([answer.status, answer.location]).toEqual([303, `${url}/ui/v1/myconsole`]);
    expect(browser.cookies().map((cookie) => cookie.name.replace(/_[^_]*$/, ''))).toEqual([
      'ORA_OCIS_REQ_1',
      'ORA_OCIS_1',
    ]);
  });
});
