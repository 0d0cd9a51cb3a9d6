import { expect, test } from 'vitest';
import { type Browser, newBrowser } from '../support/browser.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';
import { newUser } from '../support/new-user.ts';

const PASSWORD = 'Correct-Horse-7';
const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';
const CHROME_NEXT = CHROME.replace('131', '132');
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0';

async function watchDevices(domain: TestDomain): Promise<void> {
  const path = '/admin/v1/SsoSettings/SsoSettings';
  const settings = (await domain.send('GET', path)).body;
  const answer = await domain.send('PUT', path, { body: { ...settings, deviceBaseliningEnabled: true } });
  expect([answer.status, answer.body.deviceBaseliningEnabled]).toEqual([200, true]);
}

async function signIn(browser: Browser, username: string, agent: string): Promise<void> {
  const page = await browser.follow(await browser.get('/ui/v1/signin', { 'user-agent': agent }));
  const [form] = page.forms;
  const fields = { ...form!.fields, username, password: PASSWORD };
  const answer = await browser.post(form!.action, fields, { 'user-agent': agent });
  expect(answer.status).toBe(303);
  await browser.get('/sso/v1/user/logout');
}

async function devicesOf(domain: TestDomain, userName: string) {
  const filter = encodeURIComponent(`owner.userName eq "${userName}"`);
  const { status, body } = await domain.send('GET', `/admin/v1/UserDevices?attributeSets=all&filter=${filter}`);
  expect(status).toBe(200);
  return body.Resources;
}

test('browsers that users sign in with are noted only where the domain wants it, once each', async () => {
  const domain = await testDomain();
  const { id } = await newUser(domain, 'dora', PASSWORD);
  await newUser(domain, 'other', PASSWORD);
  const chrome = newBrowser(domain.url);
  await signIn(chrome, 'dora', CHROME);
  expect(await devicesOf(domain, 'dora')).toEqual([]);

  await watchDevices(domain);
  await signIn(chrome, 'dora', CHROME);
  await signIn(chrome, 'dora', CHROME_NEXT);
  await signIn(chrome, 'other', CHROME);
  await signIn(newBrowser(domain.url), 'dora', FIREFOX);
  const devices = await devicesOf(domain, 'dora');
  expect(devices.map((device: { deviceType: string }) => device.deviceType)).toEqual([
    'Chrome on Linux',
    'Firefox on Windows 10',
  ]);
  expect(devices[0]).toMatchObject({
    owner: { value: id, userName: 'dora' },
    isBaselined: true,
    verified: false,
    dfp: expect.stringMatching(/^[0-9a-f]{64}$/),
    deviceFingerPrint: devices[0].dfp,
  });
  expect(await devicesOf(domain, 'other')).toHaveLength(1);

  const path = `/admin/v1/UserDevices/${devices[0].id}`;
  expect((await domain.send('GET', path)).body.owner.userName).toBe('dora');
  const found = await domain.send('POST', '/admin/v1/UserDevices/.search', {
    body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'], filter: 'isBaselined eq true' },
  });
  expect(found.body.totalResults).toBe(3);
  expect((await domain.send('DELETE', path)).status).toBe(204);
  expect((await domain.send('GET', path)).status).toBe(404);
  expect(await devicesOf(domain, 'dora')).toHaveLength(1);

  expect((await domain.send('DELETE', `/admin/v1/Users/${id}?forceDelete=true`)).status).toBe(204);
  expect(await devicesOf(domain, 'dora')).toEqual([]);
});

test('devices are for administrators of security, and nobody makes or changes one', async () => {
  const domain = await testDomain();
  await newUser(domain, 'plain', PASSWORD);
  const granted = await domain.tokenRequest({
    grant_type: 'password',
    username: 'plain',
    password: PASSWORD,
    scope: 'urn:opc:idm:__myscopes__',
  });
  const token = granted.body.access_token as string;
  expect((await domain.send('GET', '/admin/v1/UserDevices', { token })).status).toBe(401);
  expect((await domain.send('DELETE', '/admin/v1/UserDevices/x', { token })).status).toBe(401);
  const body = { schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:UserDevice'], dfp: 'x' };
  expect((await domain.send('POST', '/admin/v1/UserDevices', { body })).status).toBe(501);
  expect((await domain.send('PUT', '/admin/v1/UserDevices/x', { body })).status).toBe(501);
});
