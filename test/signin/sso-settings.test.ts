import { describe, expect, test } from 'vitest';
import { DEVELOPMENT_ADMIN_PASSWORD } from '../../src/config.ts';
import type { JsonValue } from '../../src/scim/json.ts';
import { type Browser, newBrowser } from '../support/browser.ts';
import { advanceClock } from '../support/domain-clock.ts';
import { clientFor, startTestEmulator, type TestDomain, testDomain } from '../support/emulator.ts';

const PATH = '/admin/v1/SsoSettings/SsoSettings';
const ADMIN = { username: 'admin@example.com', password: DEVELOPMENT_ADMIN_PASSWORD };

function patch(domain: TestDomain, path: string, value: JsonValue) {
  return domain.send('PATCH', PATH, {
    body: {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', path, value }],
    },
  });
}

async function signedIn(url: string): Promise<Browser> {
  const browser = newBrowser(url);
  const page = await browser.follow(await browser.get('/ui/v1/signin'));
  expect((await browser.submit(page, ADMIN)).status).toBe(303);
  return browser;
}

const isSignedIn = async (browser: Browser) => (await browser.get('/ui/v1/myconsole')).status === 200;

describe('SsoSettings', () => {
  test('are one row, of 480 minutes', async () => {
    const domain = await testDomain();
    const one = await domain.send('GET', PATH);
    expect([one.status, one.body.id, one.body.sessionDuration]).toEqual([200, 'SsoSettings', 480]);
    const list = await domain.send('GET', '/admin/v1/SsoSettings');
    expect([list.body.totalResults, list.body.Resources[0].sessionDuration]).toEqual([1, 480]);
    expect((await domain.send('POST', '/admin/v1/SsoSettings', { body: {} })).status).toBe(405);
    expect((await domain.send('DELETE', PATH)).status).toBe(405);
  });

  test.each([0, 32_768, -1, 1.5, 'x'])('a session of %s minutes is refused', async (minutes) => {
    const domain = await testDomain();
    expect((await patch(domain, 'sessionDuration', minutes)).status).toBe(400);
  });

  test('sessionDuration counts for sessions that begin afterwards, in every process', async () => {
    const domain = await testDomain();
    const second = await startTestEmulator();
    try {
      const { url } = await second.domain(domain.name);
      const other = await clientFor(domain.name, url);
      await isSignedIn(await signedIn(other.url));
      expect((await patch(domain, 'sessionDuration', 2)).status).toBe(200);
      const browser = await signedIn(other.url);
      await advanceClock(domain, 115);
      expect(await isSignedIn(browser)).toBe(true);
      await advanceClock(domain, 10);
      expect(await isSignedIn(browser)).toBe(false);
    } finally {
      await second.stop();
    }
  });

  test('logoutUrl is where a sign-out without an address leads: a path of the domain, or an address', async () => {
    const domain = await testDomain();
    const browser = await signedIn(domain.url);
    expect((await patch(domain, 'logoutUrl', '/ui/v1/myconsole')).status).toBe(200);
    expect((await browser.get('/oauth2/v1/userlogout')).location).toBe(`${domain.url}/ui/v1/myconsole`);
    expect((await patch(domain, 'logoutUrl', 'https://www.example.com/bye')).status).toBe(200);
    expect((await browser.get('/oauth2/v1/userlogout')).location).toBe('https://www.example.com/bye');
  });

  test.each(['//evil.example', '/\\evil.example', 'javascript:alert(1)', 'https:evil', 'bye', 'https://a b'])(
    'logoutUrl is refused when it is no such thing: %s',
    async (url) => {
      const domain = await testDomain();
      expect((await patch(domain, 'logoutUrl', url)).status).toBe(400);
    },
  );
});
