import { beforeAll, describe, expect, test } from 'vitest';
import { type AuthorizeWorld, answerOf, authorizeWorld, signIn } from '../oauth/authorize/authorize-world.ts';
import { newOAuthDomain } from '../oauth/oauth-domain.ts';
import type { Browser } from '../support/browser.ts';
import { outcomeOf, REDIRECT_URI, rawGet, type Victim, victim } from './victim.ts';

/*
 * Open redirectors (RFC 9700 §4.1, §4.11): nothing but the registered address, letter by letter, is ever gone to.
 */

const AFTER = 'https://app.example.com/signed-out';

/** What is like the address and is not it. */
function variantsOf(address: string): readonly (readonly [string, string])[] {
  const { host, pathname } = new URL(address);
  return [
    ['another host', `https://evil.example${pathname}`],
    ['no scheme', `//${host}${pathname}`],
    ['no scheme, another host', '//evil.example/callback'],
    ['backslashes', `\\\\evil.example${pathname}`],
    ['a slash and a backslash', '/\\evil.example'],
    ['backslashes for slashes', address.replaceAll('/', '\\')],
    ['a backslash before an at sign', `https://evil.example\\@${host}${pathname}`],
    ['the host as user information', `https://${host}@evil.example${pathname}`],
    ['the host and a port as user information', `https://${host}:443@evil.example${pathname}`],
    ['user information', `https://user:password@${host}${pathname}`],
    ['the host as a label of another', `https://${host}.evil.example${pathname}`],
    ['a host that ends the same', `https://evil${host}${pathname}`],
    ['a fullwidth dot', `https://app\uff0eexample\uff0ecom${pathname}`],
    ['an ideographic dot', `https://app\u3002example.com${pathname}`],
    ['a homograph', `https://\u0430pp.example.com${pathname}`],
    ['its punycode', `https://xn--pp-7kc.example.com${pathname}`],
    ['a soft hyphen', `https://app.ex\u00adample.com${pathname}`],
    ['a zero-width joiner', `https://app.example.com\u200d${pathname}`],
    ['a dot at the end of the host', `https://${host}.${pathname}`],
    ['a scheme in upper case', address.replace('https', 'HTTPS')],
    ['a host in upper case', address.replace('app.example', 'APP.example')],
    ['a path in upper case', `https://${host}${pathname.toUpperCase()}`],
    ['http', address.replace('https', 'http')],
    ['the default port', `https://${host}:443${pathname}`],
    ['another port', `https://${host}:8443${pathname}`],
    ['path traversal', `${address}/../evil`],
    ['path traversal to itself', `https://${host}/x/..${pathname}`],
    ['encoded path traversal', `${address}/%2e%2e/evil`],
    ['twice encoded path traversal', `${address}/%252e%252e/evil`],
    ['path parameters', `${address};x=1`],
    ['a query', `${address}?x=1`],
    ['an empty query', `${address}?`],
    ['a fragment', `${address}#x`],
    ['an empty fragment', `${address}#`],
    ['an encoded fragment', `${address}%23`],
    ['a slash at the end', `${address}/`],
    ['two slashes', `https://${host}/${pathname}`],
    ['a letter percent-encoded', `https://${host}${pathname.replace('c', '%63').replace('s', '%73')}`],
    ['the whole percent-encoded', encodeURIComponent(address)],
    ['a NUL at the end', `${address}\0`],
    ['an encoded NUL', `${address}%00.evil.example`],
    ['CR and LF', `${address}\r\nLocation: https://evil.example/`],
    ['encoded CR and LF', `${address}%0d%0aLocation:%20https://evil.example/`],
    ['a LF at the end', `${address}\n`],
    ['a tab in the scheme', address.replace('https', 'ht\ttps')],
    ['a newline in the scheme', address.replace('https', 'ht\ntps')],
    ['a space before it', ` ${address}`],
    ['a space after it', `${address} `],
    ['a comma and another', `${address},https://evil.example/`],
    ['a space and another', `${address} https://evil.example/`],
    ['a pattern', 'https://*.example.com/callback'],
    ['javascript', 'javascript:alert(1)'],
    ['javascript that looks like it', `javascript://${host}${pathname}%0aalert(1)`],
    ['javascript with a tab', 'java\tscript:alert(1)'],
    ['data', 'data:text/html,<script>alert(1)</script>'],
    ['only the path', pathname],
    ['nothing', ''],
    ['10,000 characters', `${address}?${'x'.repeat(10_000)}`],
  ];
}

describe('redirect_uri at the authorization endpoint', () => {
  let one: Victim;
  let many: Victim;
  beforeAll(async () => {
    one = await victim();
    many = await victim({ redirectUris: [REDIRECT_URI, 'http://127.0.0.1:8400/cb', 'http://localhost/cb'] });
  });

  test.each(variantsOf(REDIRECT_URI).filter(([, uri]) => uri !== ''))(
    'with %s leads nowhere, signed in or not',
    async (_what, redirect_uri) => {
      for (const browser of [one.browser, one.world.browser()]) {
        for (const more of [{}, { prompt: 'none' }, { response_type: 'nonsense' }, { response_mode: 'form_post' }]) {
          const page = await browser.get(one.world.authorizeUrl(one.app, { redirect_uri, ...more }));
          expect(outcomeOf(page)).toEqual({ status: 400, leadsTo: null });
          expect(page.forms).toEqual([]);
          expect(page.text).not.toMatch(/<(?:a|form|meta|script|iframe)\b[^>]*evil/);
        }
      }
    },
  );

  test.each([
    ['another port', 'http://127.0.0.1:8401/cb'],
    ['no port', 'http://127.0.0.1/cb'],
    ['localhost for 127.0.0.1', 'http://localhost:8400/cb'],
    ['127.0.0.1 for localhost', 'http://127.0.0.1/cb'],
    ['a port for none', 'http://localhost:80/cb'],
    ['IPv6', 'http://[::1]:8400/cb'],
    ['127.1', 'http://127.1:8400/cb'],
    ['a number', 'http://2130706433:8400/cb'],
    ['127.0.0.2', 'http://127.0.0.2:8400/cb'],
  ])('on loopback with %s leads nowhere: the match is exact', async (_what, redirect_uri) => {
    const page = await many.browser.get(many.world.authorizeUrl(many.app, { redirect_uri }));
    expect(outcomeOf(page)).toEqual({ status: 400, leadsTo: null });
  });

  test('left out or empty leads nowhere where there are several', async () => {
    for (const redirect_uri of [undefined, '']) {
      const page = await many.browser.get(many.world.authorizeUrl(many.app, { redirect_uri }));
      expect(outcomeOf(page)).toEqual({ status: 400, leadsTo: null });
    }
  });

  test.each([
    ['twice', `redirect_uri=${encodeURIComponent(REDIRECT_URI)}&redirect_uri=https://evil.example/`],
    [
      'twice, in the other order',
      `redirect_uri=https://evil.example/&redirect_uri=${encodeURIComponent(REDIRECT_URI)}`,
    ],
    [
      'twice the same',
      `redirect_uri=${encodeURIComponent(REDIRECT_URI)}&redirect_uri=${encodeURIComponent(REDIRECT_URI)}`,
    ],
    ['as an array', 'redirect_uri[]=https://evil.example/'],
    ['as an array with a number', 'redirect_uri[0]=https://evil.example/'],
    ['as an object', 'redirect_uri[x]=https://evil.example/'],
    ['as a member of __proto__', '__proto__[redirect_uri]=https://evil.example/'],
    ['in another case', 'Redirect_Uri=https://evil.example/'],
    ['with bad percent-encoding', 'redirect_uri=https://evil.example/%'],
    ['with an overlong slash', 'redirect_uri=https:%c0%af%c0%afevil.example/'],
    ['in UTF-16', 'redirect_uri=%ff%feh%00'],
  ])('%s leads nowhere', async (_what, query) => {
    const path = many.world.authorizeUrl(many.app, { redirect_uri: undefined });
    const { status, headers } = await rawGet(many.world.url, `${path}&${query}`);
    expect([status, headers['location']]).toEqual([400, undefined]);
  });

  test('in a form leads nowhere, and is not sent on', async () => {
    const form = { client_id: one.app.clientId, response_type: 'code', scope: 'openid' };
    for (const [what, redirect_uri] of variantsOf(REDIRECT_URI).slice(0, 12)) {
      const page = await one.browser.post('/oauth2/v1/authorize', { ...form, redirect_uri });
      expect(outcomeOf(page), what).toEqual({ status: 400, leadsTo: null });
    }
  });

  test('that is not registered any more gets no answer of a request that waits', async () => {
    const { world, app } = await victim();
    const browser = world.browser();
    const page = await browser.follow(await browser.get(world.authorizeUrl(app)));
    const body = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', path: 'redirectUris', value: ['https://new.example.com/'] }],
    };
    expect((await world.send('PATCH', `/admin/v1/Apps/${app.id}`, { body })).status).toBe(200);
    const { form } = await world.person('mallory');
    const answer = await browser.follow(await browser.submit(page, form));
    expect(outcomeOf(answer)).toEqual({ status: 400, leadsTo: null });
  });
});

describe('An answer that goes to a registered address', () => {
  const SPLIT = 'x\r\nSet-Cookie: owned=1\r\n\r\n<script>alert(1)</script>';

  test('carries a state with line breaks as a value, in no header and no markup', async () => {
    const { world, app, browser } = await victim();
    for (const response_mode of ['query', 'fragment']) {
      const page = await browser.get(world.authorizeUrl(app, { state: SPLIT, response_mode }));
      expect(answerOf(page)['state']).toBe(SPLIT);
      expect(page.headers.get('location')).toMatch(/^[\x21-\x7e]+$/);
      expect(page.headers.getSetCookie()).toEqual([]);
    }
    const posted = await browser.get(world.authorizeUrl(app, { state: SPLIT, response_mode: 'form_post' }));
    expect(posted.forms[0]).toMatchObject({ action: REDIRECT_URI, fields: { state: SPLIT } });
    expect(posted.text).not.toContain('<script>alert');
  });

  test('carries an error with what was asked for as a value, in no header', async () => {
    const { world, app, browser } = await victim();
    for (const parameters of [{ scope: `urn:opc:idm:${SPLIT}` }, { response_type: SPLIT }, { prompt: SPLIT }]) {
      const page = await browser.get(world.authorizeUrl(app, parameters));
      expect(answerOf(page)).toMatchObject({ error: expect.any(String), state: 'st-1' });
      expect(page.headers.get('location')).toMatch(/^[\x21-\x7e]+$/);
      expect(page.headers.getSetCookie()).toEqual([]);
    }
  });

  test('can not be given a second code, token or error by its state', async () => {
    const { world, app, browser } = await victim();
    const state = 'a&code=evil&error=evil#access_token=evil';
    const page = await browser.get(world.authorizeUrl(app, { state }));
    const { searchParams, hash } = new URL(page.location!);
    expect([searchParams.getAll('code').length, searchParams.get('error'), hash]).toEqual([1, null, '']);
    expect(searchParams.get('state')).toBe(state);
  });

  test('leaves a request for a form to a private scheme unanswered by one', async () => {
    const uri = 'com.example.app:/cb';
    const { world, app, browser } = await victim({ redirectUris: [REDIRECT_URI, uri], allUrlSchemesAllowed: true });
    const page = await browser.get(world.authorizeUrl(app, { redirect_uri: uri, response_mode: 'form_post' }));
    expect(answerOf(page, uri)).toMatchObject({ error: 'invalid_request' });
  });
});

const PROGRAMS = [
  'javascript:alert(1)',
  'JavaScript:alert(1)',
  'javascript://app.example.com/%0aalert(1)',
  'data:text/html,x',
  'vbscript:msgbox',
  'file:///etc/passwd',
  'blob:https://app.example.com/1',
  'filesystem:https://app.example.com/t/x',
  'about:blank',
  'view-source:https://app.example.com/',
];

describe('An address that is a program or a file', () => {
  test.each(PROGRAMS)('%s is refused by every address of an App, though all schemes are allowed', async (uri) => {
    const world = await authorizeWorld();
    for (const attribute of ['redirectUris', 'postLogoutRedirectUris', 'logoutUri']) {
      const value = attribute === 'logoutUri' ? uri : [REDIRECT_URI, uri];
      const app = world.app({ [attribute]: value, allUrlSchemesAllowed: true });
      await expect(app).rejects.toThrow(new RegExp(`400.*App\\.${attribute}`));
    }
    const { id } = await world.app({ allUrlSchemesAllowed: true });
    const body = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'add', path: 'redirectUris', value: [uri] }],
    };
    const { status, text } = await world.send('PATCH', `/admin/v1/Apps/${id}`, { body });
    expect([status, text]).toEqual([400, expect.stringContaining('App.redirectUris')]);
  });

  test('an app may have a scheme of its own', async () => {
    const world = await authorizeWorld();
    const uris = ['com.example.app:/cb', 'myapp://cb'];
    await world.app({ redirectUris: uris, postLogoutRedirectUris: uris, allUrlSchemesAllowed: true });
  });

  test.each(PROGRAMS)('%s is not answered even where it was stored before', async (uri) => {
    const domain = await newOAuthDomain();
    await domain.client('old', {
      allowedGrants: ['authorization_code', 'implicit'],
      redirectUris: [uri],
      postLogoutRedirectUris: [uri],
    });
    const logout = new URLSearchParams({ client_id: 'old', post_logout_redirect_uri: uri });
    const signedOut = await domain.app.inject({ url: `/oauth2/v1/userlogout?${logout}` });
    expect([signedOut.statusCode, signedOut.headers.location]).toEqual([400, undefined]);
    for (const given of [uri, undefined]) {
      const query = new URLSearchParams({
        client_id: 'old',
        response_type: 'token',
        scope: 'openid',
        prompt: 'none',
        ...(given === undefined ? {} : { redirect_uri: given }),
      });
      const { statusCode, headers } = await domain.app.inject({ url: `/oauth2/v1/authorize?${query}` });
      expect([statusCode, headers.location]).toEqual([400, undefined]);
    }
  });
});

describe('post_logout_redirect_uri', () => {
  let signedIn: Victim;
  let idToken: string;
  beforeAll(async () => {
    signedIn = await victim({ postLogoutRedirectUris: [AFTER] });
    idToken = (await signedIn.tokens()).id_token;
  });

  test.each(variantsOf(AFTER).filter(([, uri]) => uri !== ''))(
    'with %s leads nowhere, and nobody is signed out',
    async (_what, uri) => {
      const { app, browser } = signedIn;
      for (const who of [{ id_token_hint: idToken }, { client_id: app.clientId }, {}]) {
        const query = new URLSearchParams({ ...(who as Record<string, string>), post_logout_redirect_uri: uri });
        const page = await browser.get(`/oauth2/v1/userlogout?${query}`);
        expect(outcomeOf(page)).toEqual({ status: 400, leadsTo: null });
        expect(page.text).not.toMatch(/<(?:a|form|meta|script|iframe)\b[^>]*evil/);
      }
      expect((await browser.get('/ui/v1/myconsole')).status).toBe(200);
    },
  );

  test('of another client leads nowhere, nor one that is only a redirect URI', async () => {
    const { world, app, browser } = signedIn;
    const other = await world.app({ postLogoutRedirectUris: ['https://other.example.com/out'] });
    for (const form of [
      { client_id: app.clientId, post_logout_redirect_uri: 'https://other.example.com/out' },
      { client_id: other.clientId, post_logout_redirect_uri: AFTER },
      { client_id: app.clientId, post_logout_redirect_uri: REDIRECT_URI },
      { id_token_hint: idToken, client_id: other.clientId, post_logout_redirect_uri: AFTER },
    ]) {
      const page = await browser.get(`/oauth2/v1/userlogout?${new URLSearchParams(form)}`);
      expect(outcomeOf(page)).toEqual({ status: 400, leadsTo: null });
    }
  });

  test('keeps line breaks of a state out of the headers', async () => {
    const { world, app } = await victim({ postLogoutRedirectUris: [AFTER] });
    const query = new URLSearchParams({
      client_id: app.clientId,
      post_logout_redirect_uri: AFTER,
      state: 'a\r\nSet-Cookie: b=c\0\u2028',
    });
    const page = await world.browser().get(`/oauth2/v1/userlogout?${query}`);
    expect(page.headers.getSetCookie().filter((cookie) => cookie.startsWith('b='))).toEqual([]);
    if (page.location !== null) {
      expect(page.headers.get('location')).toMatch(/^[\x21-\x7e]+$/);
      expect(page.location.startsWith(AFTER)).toBe(true);
    } else expect(page.status).toBe(400);
  });
});

describe('Parameters of pages that name an address', () => {
  const EVIL = [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    '/../../evil',
    '\r\nx: y',
  ];
  const NAMES = [
    'request',
    'resume',
    'cancel',
    'continueTo',
    'returnUrl',
    'redirect',
    'redirect_uri',
    'goto',
    'next',
    'url',
    'user_code',
    'q',
    'ui_locales',
    'post_logout_redirect_uri',
  ];
  const PATHS = [
    '/ui/v1/signin',
    '/ui/v1/device',
    '/ui/v1/myconsole',
    '/ui/v1/myconsole/consent',
    '/ui/v1/changepassword',
    '/ui/v1/error',
    '/oauth2/v1/authorize',
    '/oauth2/v1/consent',
    '/oauth2/v1/userlogout',
    '/sso/v1/user/logout',
    '/',
  ];
  let world: AuthorizeWorld;
  beforeAll(async () => {
    world = await authorizeWorld();
  });

  async function isHarmless(browser: Browser, path: string, query: string): Promise<void> {
    const page = await browser.get(`${path}?${query}`);
    const at = `${path}?${query}`;
    expect(page.status, at).toBeLessThan(500);
    if (page.location !== null) expect(page.location.startsWith(`${world.url}/`), `${at}: ${page.location}`).toBe(true);
    for (const form of page.forms) expect(form.action.startsWith(`${world.url}/`), at).toBe(true);
    expect(page.text, at).not.toMatch(/(?:href|src|content|action)="[^"]*(?:evil|javascript:)/);
    expect([...page.headers.keys()], at).not.toContain('x');
  }

  test.each(PATHS)('%s leads nowhere outside the domain, signed in or not', async (path) => {
    const browser = world.browser();
    for (const signed of [false, true]) {
      if (signed) await signIn(browser, '/ui/v1/signin');
      for (const name of NAMES) {
        for (const value of EVIL) await isHarmless(browser, path, new URLSearchParams({ [name]: value }).toString());
      }
    }
  });

  test('a code typed into an address that leads to a sign-in is letters alone when it comes back', async () => {
    const browser = world.browser();
    const value = 'ab&continueTo=//evil.example#<script>\r\nx: y';
    const page = await browser.get(`/ui/v1/device?${new URLSearchParams({ user_code: value })}`);
    const answer = await browser.submit(await browser.follow(page), { username: 'admin@example.com', password: '' });
    expect(answer.location).toBeNull();
    const signedIn = await signIn(world.browser(), `/ui/v1/device?${new URLSearchParams({ user_code: value })}`);
    expect(new URL(signedIn.url).search).toMatch(/^\?user_code=[A-Z]+$/);
  });
});
