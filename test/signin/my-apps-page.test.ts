import { describe, expect, test } from 'vitest';
import { DEVELOPMENT_ADMIN_PASSWORD } from '../../src/config.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { type Browser, newBrowser } from '../support/browser.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';
import { newUser } from '../support/new-user.ts';

const PASSWORD = 'Correct-Horse-42';

async function app(domain: TestDomain, displayName: string, changes: JsonObject = {}): Promise<string> {
  const { status, body, text } = await domain.send('POST', '/admin/v1/Apps', {
    body: {
      schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:App'],
      displayName,
      basedOnTemplate: { value: 'CustomWebAppTemplateId' },
      active: true,
      landingPageUrl: `https://${displayName.toLowerCase()}.example.com/`,
      ...changes,
    },
  });
  expect(status, text).toBe(201);
  return body.id;
}

async function grant(domain: TestDomain, appId: string, type: 'User' | 'Group', value: string): Promise<void> {
  const { status, text } = await domain.send('POST', '/admin/v1/Grants', {
    body: {
      schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:Grant'],
      grantMechanism: `ADMINISTRATOR_TO_${type.toUpperCase()}`,
      grantee: { type, value },
      app: { value: appId },
    },
  });
  expect(status, text).toBe(201);
}

async function dora(domain: TestDomain): Promise<{ id: string; browser: Browser }> {
  const { id } = await newUser(domain, 'dora', PASSWORD);
  const browser = newBrowser(domain.url);
  const page = await browser.follow(await browser.get('/ui/v1/signin'));
  await browser.submit(page, { username: 'dora', password: PASSWORD });
  return { id, browser };
}

describe('GET /ui/v1/myconsole', () => {
  test('shows the apps that are open to all or granted, and no others', async () => {
    const domain = await testDomain();
    const { id, browser } = await dora(domain);
    await app(domain, 'Open');
    await app(domain, 'Closed', { allowAccessControl: true });
    await app(domain, 'Hidden', { showInMyApps: false });
    await app(domain, 'Inactive', { active: false });
    await app(domain, 'Without', { landingPageUrl: 'javascript:alert(1)' });
    await grant(domain, await app(domain, 'Granted', { allowAccessControl: true }), 'User', id);
    const group = await domain.createGroup('crew', [id]);
    await grant(domain, await app(domain, 'Grouped', { allowAccessControl: true }), 'Group', group.id);
    await grant(domain, await app(domain, 'Everybody', { allowAccessControl: true }), 'Group', 'AllUsersId');
    const { status, text } = await browser.get('/ui/v1/myconsole');
    expect(status).toBe(200);
    const links = [...text.matchAll(/href="(https:\/\/[a-z]+\.example\.com\/)"/g)].map((match) => match[1]);
    expect(links).toEqual(['everybody', 'granted', 'grouped', 'open'].map((name) => `https://${name}.example.com/`));
    expect(text).toContain('/oauth2/v1/userlogout');
    expect(text).not.toContain('javascript:alert');
  });

  test('leads who is not signed in to the sign-in page and back', async () => {
    const { url } = await testDomain();
    const browser = newBrowser(url);
    const page = await browser.follow(await browser.get('/ui/v1/myconsole'));
    expect(page.url).toContain('/ui/v1/signin?request=');
    const answer = await browser.submit(page, { username: 'admin@example.com', password: DEVELOPMENT_ADMIN_PASSWORD });
    expect(answer.location).toBe(`${url}/ui/v1/myconsole`);
  });
});

describe('GET /', () => {
  test('leads a browser to My Apps, and tells programs that there is nothing', async () => {
    const { url, send } = await testDomain();
    const answer = await newBrowser(url).get('/');
    expect([answer.status, answer.location]).toEqual([302, `${url}/ui/v1/myconsole`]);
    const json = await send('GET', '/', { headers: { accept: 'application/json' } });
    expect([json.status, json.body.detail]).toEqual([404, 'There is nothing at GET /.']);
  });
});

describe('GET /ui/v1/error', () => {
  test('is a page with the request’s ECID, whatever its address says', async () => {
    const { url } = await testDomain();
    const { status, text, headers } = await newBrowser(url).get('/ui/v1/error?error=<script>&description=call+0900');
    expect(status).toBe(400);
    expect(text).toContain(headers.get('x-oracle-dms-ecid'));
    expect(text).not.toMatch(/<script>|0900/);
  });
});
