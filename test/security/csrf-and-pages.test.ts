import { beforeAll, describe, expect, test } from 'vitest';
import { ADMIN, type AuthorizeWorld, answerOf, authorizeWorld, signIn } from '../oauth/authorize/authorize-world.ts';
import type { Browser, Visited } from '../support/browser.ts';
import { startTestEmulator, testDomain } from '../support/emulator.ts';
import { outcomeOf, postAs, rawGet, refusalOf, victim } from './victim.ts';

/*
 * Forms that another site sends, sessions that an attacker prepared, and pages in frames (RFC 6749 §10.12, §10.13, RFC 9700 §4.7).
 */

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

/** Every way in which a form's `csrf` can be wrong. */
async function wrongTokens(page: Visited, other: Visited, purposeOther: string): Promise<readonly string[]> {
  const own = page.forms[0]!.fields['csrf']!;
  return ['', 'x', own.slice(0, -1), `${own}x`, own.toUpperCase(), other.forms[0]!.fields['csrf']!, purposeOther];
}

/** The device page's `csrf`, for a browser that is signed in: of another purpose than all other forms. */
async function devicePage(browser: Browser): Promise<Visited> {
  return browser.follow(await browser.get('/ui/v1/device'));
}

function without(page: Visited, name: string): Visited {
  const forms = page.forms.map((form) => ({
    ...form,
    fields: Object.fromEntries(Object.entries(form.fields).filter(([field]) => field !== name)),
  }));
  return { ...page, forms };
}

describe('A form of another site', () => {
  test('signs nobody in: login CSRF', async () => {
    const { world, app } = await victim();
    const attacker = world.browser();
    const attackers = await attacker.follow(await attacker.get(world.authorizeUrl(app)));
    const browser = world.browser();
    const page = await browser.follow(await browser.get(world.authorizeUrl(app)));
    const signedIn = world.browser();
    await signIn(signedIn, world.authorizeUrl(app));
    const purpose = (await devicePage(signedIn)).forms[0]!.fields['csrf']!;
    for (const csrf of await wrongTokens(page, attackers, purpose)) {
      const answer = await browser.submit(page, { ...ADMIN, csrf });
      expect(outcomeOf(answer), csrf).toEqual({ status: 403, leadsTo: null });
    }
    expect((await browser.submit(without(page, 'csrf'), ADMIN)).status).toBe(403);
    // The attacker's own, whole form, in the victim's browser: with the victim's csrf, and without.
    expect((await browser.submit(attackers, ADMIN)).status).toBe(403);
    const csrf = page.forms[0]!.fields['csrf']!;
    expect((await browser.submit(attackers, { ...ADMIN, csrf })).status).toBe(400);
    // A browser that does not send its cookie, as with a form of another site.
    expect((await world.browser().submit(page, ADMIN)).status).toBe(403);
    expect(browser.cookies().some(({ name }) => name.startsWith('ORA_OCIS_1_'))).toBe(false);
  });

  test("an attacker's request does not go on in the victim's browser, nor end there", async () => {
    const { world, app, browser } = await victim();
    const attacker = world.browser();
    const page = await attacker.follow(await attacker.get(world.authorizeUrl(app, { prompt: 'login' })));
    const resumed = await attacker.submit(page, ADMIN);
    for (const path of [resumed.location!, resumed.location!.replace('resume', 'cancel'), page.url]) {
      expect(outcomeOf(await browser.get(path))).toEqual({ status: 400, leadsTo: null });
      expect(outcomeOf(await world.browser().get(path))).toEqual({ status: 400, leadsTo: null });
    }
    expect(answerOf(await attacker.get(resumed.location!))['code']).toBeDefined();
  });

  test('agrees to nothing: consent', async () => {
    const { world, app } = await victim({ bypassConsent: false });
    const scope = 'openid urn:opc:idm:__myscopes__';
    const browser = world.browser();
    const asked = await signIn(browser, world.authorizeUrl(app, { scope, prompt: 'consent' }));
    expect(asked.url).toContain('/consent');
    const attacker = world.browser();
    const attackers = await signIn(attacker, world.authorizeUrl(app, { scope, prompt: 'consent' }));
    const purpose = (await devicePage(browser)).forms[0]!.fields['csrf']!;
    for (const csrf of await wrongTokens(asked, attackers, purpose)) {
      expect(outcomeOf(await browser.submit(asked, { decision: 'allow', csrf })), csrf).toEqual({
        status: 403,
        leadsTo: null,
      });
    }
    expect((await browser.submit(without(asked, 'csrf'), { decision: 'allow' })).status).toBe(403);
    expect((await browser.submit(attackers, { decision: 'allow' })).status).toBe(403);
    const csrf = asked.forms[0]!.fields['csrf']!;
    expect((await browser.submit(attackers, { decision: 'allow', csrf })).status).toBe(400);
    // A link can't agree either.
    const query = new URLSearchParams({ ...asked.forms[0]!.fields, decision: 'allow' });
    const linked = await browser.get(`/ui/v1/myconsole/consent?${query}`);
    expect([linked.status, linked.location]).toEqual([200, null]);
    const consents = await world.send('GET', '/admin/v1/OAuthConsents');
    expect(consents.body.totalResults ?? 0).toBe(0);
    expect(answerOf(await browser.follow(await browser.submit(asked, { decision: 'allow' })))['code']).toBeDefined();
  });

  test('lets no device in: nor does a link', async () => {
    const { world, app, browser } = await victim({ allowedGrants: ['authorization_code', DEVICE] });
    const { body } = await postAs(world, null, 'device', {
      response_type: 'device_code',
      client_id: app.clientId,
      scope: 'openid',
    });
    const poll = () => postAs(world, app, 'token', { grant_type: DEVICE, device_code: body.device_code });
    const link = `/ui/v1/device?user_code=${body.user_code}&decision=allow`;
    const typed = await browser.get(link);
    expect(typed.text).not.toContain('name="decision"');
    expect(refusalOf(await poll())).toEqual([400, 'authorization_pending']);
    const page = await browser.submit(typed, { user_code: body.user_code });
    const attacker = world.browser();
    await signIn(attacker, world.authorizeUrl(app));
    const other = await devicePage(attacker);
    const fresh = world.browser();
    const purpose = (await fresh.follow(await fresh.get('/ui/v1/signin'))).forms[0]!.fields['csrf']!;
    for (const csrf of await wrongTokens(page, other, purpose)) {
      const answer = await browser.submit(page, { decision: 'allow', csrf });
      expect(answer.status, csrf).toBe(403);
    }
    expect((await browser.submit(without(page, 'csrf'), { decision: 'allow' })).status).toBe(403);
    await world.advance(6);
    expect(refusalOf(await poll())).toEqual([400, 'authorization_pending']);
  });

  test('changes no password', async () => {
    const world = await authorizeWorld();
    const { id } = await world.createUser('dora');
    const schemas = ['urn:ietf:params:scim:schemas:oracle:idcs:UserPasswordChanger'];
    await world.send('PATCH', `/admin/v1/Users/${id}`, {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', path: 'password', value: 'Correct-Horse-42' }],
      },
    });
    await world.send('PUT', `/admin/v1/UserPasswordChanger/${id}`, { body: { schemas, password: 'Correct-Horse-43' } });
    // 130 days later the password has expired.
    await world.advance(130 * 24 * 3600);
    const browser = world.browser();
    const page = await signIn(browser, '/ui/v1/signin', { username: 'dora', password: 'Correct-Horse-43' });
    expect(page.url).toContain('/ui/v1/changepassword');
    const form = { oldPassword: 'Correct-Horse-43', password: 'Attacker-Horse-44', confirmation: 'Attacker-Horse-44' };
    for (const csrf of ['', 'x']) expect((await browser.submit(page, { ...form, csrf })).status).toBe(403);
    expect((await world.browser().submit(page, form)).status).toBe(403);
    const query = new URLSearchParams({ ...page.forms[0]!.fields, ...form });
    expect((await browser.get(`/ui/v1/changepassword?${query}`)).status).toBe(200);
    expect(
      (await browser.submit(page, { ...form, password: 'Mine-Horse-45', confirmation: 'Mine-Horse-45' })).status,
    ).toBe(303);
  });
});

describe('A session', () => {
  test('that an attacker planted in a browser is not the one that a sign-in gives', async () => {
    const { world, app, browser } = await victim();
    const planted = browser.cookies().find(({ name }) => name.startsWith('ORA_OCIS_1_'))!;
    const target = world.browser();
    const page = await target.follow(await target.get(world.authorizeUrl(app)));
    const jar = target.cookies().map(({ name, value }) => `${name}=${value}`);
    const { headers } = await world
      .browser()
      .post(
        page.forms[0]!.action,
        { ...page.forms[0]!.fields, ...(await world.person('dora')).form },
        { cookie: [...jar, `${planted.name}=${planted.value}`].join('; ') },
      );
    const set = headers.getSetCookie().find((cookie) => cookie.startsWith(`${planted.name}=`));
    expect(set).toBeDefined();
    expect(set).not.toContain(planted.value);
    // The planted one is over.
    expect((await browser.get('/ui/v1/myconsole')).status).toBe(302);
  });

  test('is not known by its hash, nor by a cookie of another kind or domain', async () => {
    const { world, browser } = await victim();
    const other = await victim();
    const { createHash } = await import('node:crypto');
    const cookie = browser.cookies().find(({ name }) => name.startsWith('ORA_OCIS_1_'))!;
    const binding = browser.cookies().find(({ name }) => name.startsWith('ORA_OCIS_REQ_1_'))!;
    const foreign = other.browser.cookies().find(({ name }) => name.startsWith('ORA_OCIS_1_'))!;
    const hash = createHash('sha256').update(cookie.value).digest('hex');
    for (const value of [hash, binding.value, foreign.value, '', `${cookie.value}x`, "' or 1=1 --", '%00', '../..']) {
      const { status } = await world.browser().get('/ui/v1/myconsole', { cookie: `${cookie.name}=${value}` });
      expect(status, value).toBe(302);
    }
  });

  test('ends in the browser that signs out, for whoever has copied the cookie', async () => {
    const { world, browser } = await victim();
    const cookie = browser
      .cookies()
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    await browser.get('/oauth2/v1/userlogout');
    expect((await world.browser().get('/ui/v1/myconsole', { cookie })).status).toBe(302);
  });

  test('and the binding are HttpOnly, SameSite=Lax, of the domain’s path, and without Domain; Secure over HTTPS', async () => {
    const { world, browser } = await victim();
    const path = new URL(world.url).pathname;
    expect(browser.cookies()).toHaveLength(2);
    for (const { header } of browser.cookies()) {
      expect(header).toMatch(/; HttpOnly/i);
      expect(header).toMatch(/; SameSite=Lax/i);
      expect(header).toContain(`; Path=${path}`);
      expect(header).not.toMatch(/; Domain=/i);
      expect(header).not.toMatch(/; Secure/i);
    }
    const secure = await startTestEmulator({ baseUrl: 'https://idcs.example' });
    try {
      const { name } = await testDomain(secure);
      const { headers } = await rawGet(secure.url, `/_domains/${name}/ui/v1/signin`);
      expect(headers['set-cookie']).toHaveLength(1);
      expect(headers['set-cookie']![0]).toMatch(/; Secure/i);
    } finally {
      await secure.stop();
    }
  });
});

describe('Every page', () => {
  let pages: readonly Visited[];
  let redirects: readonly Visited[];
  beforeAll(async () => {
    const { world, app, browser } = await victim({ bypassConsent: false });
    const consenting = world.browser();
    const scope = 'openid urn:opc:idm:__myscopes__';
    const fresh = world.browser();
    const begin = await fresh.get(world.authorizeUrl(app));
    const signInPage = await fresh.follow(begin);
    const wrong = await fresh.submit(signInPage, { ...ADMIN, password: 'wrong' });
    const right = await fresh.submit(signInPage, ADMIN);
    const consent = await signIn(consenting, world.authorizeUrl(app, { scope, prompt: 'consent' }));
    const html = { accept: 'text/html' };
    pages = [
      signInPage,
      wrong,
      consent,
      await consenting.submit(consent, { decision: 'allow', csrf: 'x' }),
      await browser.get('/ui/v1/myconsole'),
      await browser.get('/ui/v1/device'),
      await browser.get('/ui/v1/error'),
      await browser.get('/ui/v1/changepassword?request=x'),
      await browser.get('/ui/v1/signin?request=x'),
      await browser.get(world.authorizeUrl(app, { redirect_uri: 'https://evil.example/' })),
      await browser.get(world.authorizeUrl(app, { response_mode: 'form_post', scope: undefined })),
      await browser.get('/oauth2/v1/authorize?resume=x', html),
      await browser.get('/ui/v1/myconsole/consent?request=x', html),
      await browser.get('/oauth2/v1/userlogout?post_logout_redirect_uri=https://evil.example/'),
      await browser.post('/ui/v1/signin', ADMIN),
      await browser.get('/oauth2/v1/userlogout'),
    ];
    redirects = [
      begin,
      right,
      await consenting.submit(consent, { decision: 'deny' }),
      await fresh.get(right.location!),
      await fresh.get(world.authorizeUrl(app, { scope: undefined })),
      await world.browser().get('/ui/v1/myconsole'),
      await world.browser().get('/ui/v1/device'),
      await world.browser().get('/'),
    ];
  });

  test('is HTML that no other site can frame, keep, or learn the address of', () => {
    for (const { url, status, headers } of pages) {
      const at = `${status} ${url}`;
      expect(headers.get('content-type'), at).toMatch(/^text\/html/);
      expect(headers.get('x-frame-options'), at).toBe('DENY');
      const policy = headers.get('content-security-policy') ?? '';
      for (const part of ["frame-ancestors 'none'", "default-src 'none'", "base-uri 'none'", "form-action 'self'"]) {
        expect(policy, at).toContain(part);
      }
      expect(policy, at).not.toMatch(/unsafe-|\*/);
      expect(headers.get('cache-control'), at).toBe('no-store');
      expect(headers.get('referrer-policy'), at).toBe('no-referrer');
      expect(headers.get('x-content-type-options'), at).toBe('nosniff');
      expect(headers.get('access-control-allow-origin'), at).toBeNull();
    }
  });

  test('that leads on is not kept either, and a form is never sent on with its password: 303, not 307', () => {
    for (const { url, status, headers } of redirects) {
      expect([302, 303], url).toContain(status);
      expect(headers.get('cache-control'), `${status} ${url}`).toMatch(/no-store/);
    }
    expect(redirects[1]!.status).toBe(303);
    expect(redirects[2]!.status).toBe(303);
  });
});

describe('Scripts of other origins', () => {
  const PAGE = 'http://localhost:3000';
  const WINDOWS = [
    '/ui/v1/signin',
    '/ui/v1/device',
    '/ui/v1/myconsole',
    '/oauth2/v1/authorize',
    '/oauth2/v1/userlogout',
  ];
  let world: AuthorizeWorld;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    const strict = await startTestEmulator({ issuer: 'domain' });
    stop = () => strict.stop();
    world = await authorizeWorld(strict);
    return () => stop();
  });

  function spellings(path: string): readonly string[] {
    const [first = '', ...rest] = path.slice(1).split('/');
    return [
      path,
      `${path}/`,
      `/%${first.charCodeAt(0).toString(16)}${first.slice(1)}/${rest.join('/')}`,
      `/${first}/%${rest[0]!.charCodeAt(0).toString(16)}${rest[0]!.slice(1)}/${rest.slice(1).join('/')}`,
      path.replace(/.$/, (last) => `%${last.charCodeAt(0).toString(16)}`),
      `/${path}`,
      `${path};x`,
      `/x/..${path}`,
    ];
  }

  test.each(WINDOWS)('can not read %s, however its address is spelled', async (path) => {
    for (const target of spellings(path)) {
      const { status, headers } = await rawGet(world.url, target, { origin: PAGE });
      if (status === 404) continue;
      expect([target, headers['access-control-allow-origin']]).toEqual([target, undefined]);
    }
  });

  test('can not read the control plane, however its address is spelled', async () => {
    for (const target of ['/_emulator/info', '/%5femulator/info', '/_emulator/inf%6f', '/_%65mulator/domains']) {
      const { status, headers } = await rawGet(world.url, target, { origin: PAGE });
      expect([target, headers['access-control-allow-origin']]).toEqual([target, undefined]);
      expect([403, 404], target).toContain(status);
    }
  });
});
