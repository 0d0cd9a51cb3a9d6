import { describe, expect, test } from 'vitest';
import { newBrowser } from '../support/browser.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';

const NEW = 'Better-Battery-43';

async function invited(): Promise<{ domain: TestDomain; id: string; link: string }> {
  const domain = await testDomain();
  const { id } = await domain.createUser('dora');
  const body = { schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:UserActivationInitiator'] };
  await domain.send('PUT', `/admin/v1/UserActivationInitiator/${id}`, { body });
  const { body: inbox } = await domain.send('GET', '/_emulator/messages?to=dora@example.com', { token: null });
  return { domain, id, link: inbox.messages[0].link };
}

const chosen = (password: string) => ({ password, confirmation: password });

describe('GET and POST /ui/v1/resetpwd', () => {
  test('the mailed link lets its holder choose a password and sign in', async () => {
    const { domain, id, link } = await invited();
    const browser = newBrowser(domain.url);
    const page = await browser.get(link);
    expect(page.status, page.text).toBe(200);
    expect(page.text).toContain('dora');
    expect(page.forms[0]!.fields).not.toHaveProperty('oldPassword');
    expect((await browser.submit(page, { password: NEW, confirmation: 'another' })).text).toContain('not the same');
    const short = await browser.submit(page, chosen('short'));
    expect(short.text).toContain('at least 12 characters');
    const done = await browser.submit(short, chosen(NEW));
    expect([done.status, done.location]).toEqual([303, `${domain.url}/ui/v1/signin`]);
    const signIn = await browser.follow(done);
    const session = await browser.submit(signIn, { username: 'dora', password: NEW });
    expect(session.location).toBe(`${domain.url}/ui/v1/myconsole`);
    const user = await domain.send('GET', `/admin/v1/Users/${id}`);
    expect(user.body.idcsLastModifiedBy).toMatchObject({ type: 'User', value: id });
    expect((await browser.get(link)).status).toBe(400);
    expect((await browser.submit(page, chosen('Third-Password-44'))).status).toBe(400);
  });

  test('a form of another browser, a wrong token and none are refused', async () => {
    const { domain, link } = await invited();
    const page = await newBrowser(domain.url).get(link);
    expect((await newBrowser(domain.url).submit(page, chosen(NEW))).status).toBe(403);
    const browser = newBrowser(domain.url);
    for (const token of ['?token=wrong', '', '?token=a&token=b']) {
      expect((await browser.get(`/ui/v1/resetpwd${token}`)).status).toBe(400);
    }
  });
});
