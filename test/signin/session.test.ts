import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEVELOPMENT_ADMIN_PASSWORD } from '../../src/config.ts';
import type { Emulator } from '../../src/index.ts';
import { type Browser, newBrowser } from '../support/browser.ts';
import { advanceClock } from '../support/domain-clock.ts';
import { startTestEmulator, type TestDomain, testDomain } from '../support/emulator.ts';
import { newUser } from '../support/new-user.ts';

const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const ADMIN = { username: 'admin@example.com', password: DEVELOPMENT_ADMIN_PASSWORD };

async function signIn(browser: Browser, who: Record<string, string> = ADMIN): Promise<void> {
  const page = await browser.follow(await browser.get('/ui/v1/signin'));
  expect((await browser.submit(page, who)).status).toBe(303);
}

async function signedIn({ url }: TestDomain, who: Record<string, string> = ADMIN): Promise<Browser> {
  const browser = newBrowser(url);
  await signIn(browser, who);
  return browser;
}

const isSignedIn = async (browser: Browser) => (await browser.get('/ui/v1/myconsole')).status === 200;
const cookie = (browser: Browser) => browser.cookies().find(({ name }) => name.startsWith('ORA_OCIS_1_'))!;

describe('The session', () => {
  test('its cookies are out of reach of scripts and other sites, and belong to the domain’s path', async () => {
    const domain = await testDomain();
    const browser = await signedIn(domain);
    expect(browser.cookies()).toHaveLength(2);
    for (const { header, path } of browser.cookies()) {
      expect(header).toMatch(/; HttpOnly/);
      expect(header).toMatch(/; SameSite=Lax/);
      expect(header).not.toMatch(/; Secure|Domain=|Expires=|Max-Age=/);
      expect(path).toBe(`/_domains/${domain.name}`);
    }
  });

  test('a value that somebody planted before is not taken over: signing in makes a new one', async () => {
    const domain = await testDomain();
    const attacker = await signedIn(domain);
    const planted = `${cookie(attacker).name}=${cookie(attacker).value}`;
    const victim = newBrowser(domain.url);
    const page = await victim.follow(await victim.get('/ui/v1/signin'));
    const binding = victim
      .cookies()
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    const answer = await victim.post(
      '/ui/v1/signin',
      { ...page.forms[0]!.fields, ...ADMIN },
      { cookie: `${binding}; ${planted}` },
    );
    expect(answer.status).toBe(303);
    expect(cookie(victim).value).not.toBe(cookie(attacker).value);
    // What was planted has ended.
    expect(await isSignedIn(attacker)).toBe(false);
    expect(await isSignedIn(victim)).toBe(true);
  });

  test('ends 8 hours after the sign-in, however much it is used', async () => {
    const domain = await testDomain();
    const browser = await signedIn(domain);
    await advanceClock(domain, 4 * 3600);
    expect(await isSignedIn(browser)).toBe(true);
    await advanceClock(domain, 4 * 3600 - 60);
    expect(await isSignedIn(browser)).toBe(true);
    await advanceClock(domain, 61);
    expect(await isSignedIn(browser)).toBe(false);
  });

  test('is void once its user is deactivated or deleted', async () => {
    const domain = await testDomain();
    const password = 'Correct-Horse-42';
    for (const end of ['deactivate', 'delete']) {
      const user = await newUser(domain, end, password);
      const browser = await signedIn(domain, { username: end, password });
      expect(await isSignedIn(browser)).toBe(true);
      if (end === 'delete') await domain.send('DELETE', `/admin/v1/Users/${user.id}`);
      else {
        await domain.send('PATCH', `/admin/v1/Users/${user.id}`, {
          body: { schemas: [PATCH], Operations: [{ op: 'replace', path: 'active', value: false }] },
        });
      }
      expect(await isSignedIn(browser)).toBe(false);
    }
  });

  test('two domains on one host have a session each, and neither takes the other’s', async () => {
    const [one, two] = [await testDomain(), await testDomain()];
    const browser = await signedIn(one);
    const other = await signedIn(two);
    expect(cookie(browser).name).not.toBe(cookie(other).name);
    const stolen = { cookie: `${cookie(other).name}=${cookie(browser).value}` };
    expect((await newBrowser(two.url).get('/ui/v1/myconsole', stolen)).status).toBe(302);
    await browser.get('/oauth2/v1/userlogout');
    expect(await isSignedIn(other)).toBe(true);
  });

  test('a cookie that is not ours is nobody’s session', async () => {
    const domain = await testDomain();
    const { name } = cookie(await signedIn(domain));
    for (const value of ['', 'x', '%00', '%zz', 'a'.repeat(5000)]) {
      const { status } = await newBrowser(domain.url).get('/ui/v1/myconsole', { cookie: `${name}=${value}` });
      expect([value, status]).toEqual([value, 302]);
    }
  });
});

describe('Behind HTTPS', () => {
  let server: Emulator;
  beforeAll(async () => {
    server = await startTestEmulator({ trustProxy: true });
  });
  afterAll(() => server.stop());

  test('cookies are Secure', async () => {
    const { url } = await testDomain(server);
    const { headers } = await fetch(`${url}/ui/v1/signin`, {
      redirect: 'manual',
      headers: { 'x-forwarded-proto': 'https' },
    });
    expect(headers.getSetCookie()).toHaveLength(1);
    expect(headers.getSetCookie()[0]).toMatch(/; Secure/);
    expect(headers.get('location')).toMatch(/^https:/);
  });
});
