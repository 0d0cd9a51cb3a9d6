import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configFromEnvironment, configWarnings } from '../../src/config.ts';
import type { Emulator } from '../../src/index.ts';
import { newBrowser } from '../support/browser.ts';
import { startTestEmulator, type TestDomain, testDomain } from '../support/emulator.ts';

let server: Emulator;
beforeAll(async () => {
  server = await startTestEmulator({ devLogin: true });
});
afterAll(() => server.stop());

const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

async function opened({ url }: TestDomain) {
  const browser = newBrowser(url);
  return { browser, page: await browser.follow(await browser.get('/ui/v1/signin')) };
}

describe('IDCS_DEV_LOGIN', () => {
  test('a click on a user signs in without a password', async () => {
    const domain = await testDomain(server);
    const user = await domain.createUser('dora');
    const { browser, page } = await opened(domain);
    expect(page.text).toContain(user.id);
    const answer = await browser.submit(page, { devuser: user.id });
    expect(answer.location).toBe(`${domain.url}/ui/v1/myconsole`);
    expect((await browser.follow(answer)).text).toContain('Given Family');
  });

  test('a click of another site’s page signs nobody in', async () => {
    const domain = await testDomain(server);
    const user = await domain.createUser('dora');
    const { browser, page } = await opened(domain);
    expect((await browser.submit(page, { devuser: user.id, csrf: 'x' })).status).toBe(403);
    expect((await browser.submit(page, { devuser: user.id, request: 'x' })).status).toBe(400);
    expect((await browser.get('/ui/v1/myconsole')).status).toBe(302);
  });

  test('who is inactive, locked, unknown or a service user is neither listed nor signed in', async () => {
    const domain = await testDomain(server);
    const inactive = await domain.createUser('inactive');
    const locked = await domain.createUser('locked');
    const service = await domain.createUser('service', {
      'urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User': { serviceUser: true },
    });
    const patch = (id: string, path: string, value: unknown) =>
      domain.send('PATCH', `/admin/v1/Users/${id}`, {
        body: JSON.stringify({ schemas: [PATCH], Operations: [{ op: 'replace', path, value }] }),
      });
    expect((await patch(inactive.id, 'active', false)).status).toBe(200);
    const on = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:userState:User:locked.on';
    expect((await patch(locked.id, on, true)).status).toBe(200);
    const { browser, page } = await opened(domain);
    for (const id of [inactive.id, locked.id, service.id, 'nobody']) {
      expect(page.text).not.toContain(id);
      const answer = await browser.submit(page, { devuser: id });
      expect([answer.status, answer.location]).toEqual([200, null]);
    }
    expect((await browser.get('/ui/v1/myconsole')).status).toBe(302);
  });

  test('50 users are listed by name, and q finds others', async () => {
    const domain = await testDomain(server);
    await Promise.all(Array.from({ length: 55 }, (_, n) => domain.createUser(`user${String(n).padStart(2, '0')}`)));
    const { browser, page } = await opened(domain);
    expect(page.text.match(/value="[0-9a-f]{32}"/g)).toHaveLength(50);
    expect(page.text).not.toContain('user54');
    const found = await browser.get(`${page.url}&q=USER54`);
    expect(found.text).toContain('user54');
    expect(found.text).not.toContain('user01');
    expect((await browser.get(`${page.url}&q=${'%25_'.repeat(300)}`)).status).toBe(200);
  });

  test('is warned of at every start', () => {
    expect(configWarnings(configFromEnvironment({ IDCS_DEV_LOGIN: 'true' })).join()).toContain('IDCS_DEV_LOGIN');
    expect(configWarnings(configFromEnvironment({}))).toEqual([]);
  });
});
