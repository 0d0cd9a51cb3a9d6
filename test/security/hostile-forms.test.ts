import { beforeAll, describe, expect, test } from 'vitest';
import { answerOf } from '../oauth/authorize/authorize-world.ts';
import { HANG_MS } from '../support/hang.ts';
import { claimsOf } from '../support/token-claims.ts';
import { rawGet, type Victim, victim } from './victim.ts';

/*
 * What a hostile client sends to the OAuth endpoints gets a 4xx in OAuth form, soon: never a 5xx.
 */

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const SAML2_BEARER = 'urn:ietf:params:oauth:grant-type:saml2-bearer';
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

const GRANTS = [
  'authorization_code',
  'implicit',
  'refresh_token',
  'client_credentials',
  'password',
  JWT_BEARER,
  SAML2_BEARER,
  DEVICE,
];

/** A good-looking request to each endpoint, whose every value an attack replaces in turn. */
const REQUESTS: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['token', { grant_type: 'authorization_code', code: 'x', redirect_uri: 'x', code_verifier: 'x' }],
  ['token', { grant_type: 'refresh_token', refresh_token: 'x', scope: 'openid' }],
  ['token', { grant_type: 'password', username: 'x', password: 'x', scope: 'openid' }],
  ['token', { grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' }],
  ['token', { grant_type: DEVICE, device_code: 'x' }],
  ['token', { grant_type: JWT_BEARER, assertion: 'x', scope: 'openid' }],
  ['token', { grant_type: SAML2_BEARER, assertion: 'x', scope: 'openid' }],
  [
    'token',
    { grant_type: EXCHANGE, requested_token_type: 'x', subject_token: 'x', subject_token_type: 'x', public_key: 'x' },
  ],
  ['introspect', { token: 'x', token_type_hint: 'access_token' }],
  ['revoke', { token: 'x', token_type_hint: 'refresh_token' }],
  ['device', { response_type: 'device_code', client_id: 'x', scope: 'openid' }],
];

const VALUES: readonly (readonly [string, string])[] = [
  ['a NUL', 'a%00b'],
  ['only a NUL', '%00'],
  ['invalid UTF-8', '%ff%fe%c0%af'],
  ['an encoded surrogate', '%ed%a0%80'],
  ['a broken percent-encoding', '%zz%'],
  ['CR and LF', 'a%0d%0aSet-Cookie:%20x=y'],
  ['quotes and a comment', '%27%20OR%201=1%20--%20%22'],
  ['markup', '<script>alert(1)</script>'],
  ['a path', '..%2f..%2f..%2fetc%2fpasswd'],
  ['a format', '%25s%25n$%7bjndi:ldap://127.0.0.1:1/%7d'],
  ['astral characters', '%f0%9f%92%a3'.repeat(50)],
  ['100,000 dots', '.'.repeat(100_000)],
  ['500,000 letters', 'a'.repeat(500_000)],
  ['200,000 spaces', '+'.repeat(200_000)],
  ['__proto__', '__proto__'],
  ['constructor', 'constructor'],
  ['JSON', '%7b%22a%22:1%7d'],
  ['a JWT of nothing', 'e30.e30.e30'],
  ['a JWT of nulls', 'bnVsbA.bnVsbA.bnVsbA'],
  ['a JWT of arrays', 'W10.W10.W10'],
];

let signedIn: Victim;
beforeAll(async () => {
  signedIn = await victim({ allowedGrants: GRANTS, clientType: 'trusted', allowedOperations: ['introspect'] });
});

async function send(endpoint: string, body: string, headers: Record<string, string> = FORM, auth = true) {
  const { world, app } = signedIn;
  const basic = Buffer.from(`${app.clientId}:${app.secret}`).toString('base64');
  const started = performance.now();
  const answer = await world.send('POST', `/oauth2/v1/${endpoint}`, {
    token: null,
    body,
    headers: auth ? { ...headers, authorization: `Basic ${basic}` } : headers,
  });
  expect(performance.now() - started, `${endpoint} ${body.slice(0, 100)}`).toBeLessThan(HANG_MS);
  return answer;
}

/** A 4xx of RFC 6749 §5.2; introspection and revocation may answer 200. */
function expectRefusal(answer: Awaited<ReturnType<typeof send>>, what: string, mayPass = false): void {
  const { status, body, headers, text } = answer;
  const of = `${what}: ${status} ${text.slice(0, 200)}`;
  if (mayPass && status === 200) return;
  expect(status, of).toBeGreaterThanOrEqual(400);
  expect(status, of).toBeLessThan(500);
  expect(headers.get('content-type'), of).toMatch(/^application\/json/);
  expect(headers.get('cache-control'), of).toMatch(/no-store/);
  expect(body, of).toMatchObject({ error: expect.any(String), error_description: expect.any(String) });
  expect(headers.get('set-cookie'), of).toBeNull();
}

describe.each(REQUESTS)('/oauth2/v1/%s %j', (endpoint, form) => {
  const mayPass = endpoint !== 'token';
  const encoded = (changes: Record<string, string>) =>
    Object.entries({
      ...Object.fromEntries(Object.entries(form).map(([n, v]) => [n, encodeURIComponent(v)])),
      ...changes,
    })
      .map(([name, value]) => `${name}=${value}`)
      .join('&');

  test.each(VALUES)('with %s in any parameter is refused', async (what, value) => {
    for (const name of Object.keys(form)) {
      // A token that was not asked for is no error of the request.
      const passes =
        mayPass || (form['grant_type'] === 'client_credentials' && name !== 'scope' && name !== 'grant_type');
      expectRefusal(await send(endpoint, encoded({ [name]: value })), `${what} in ${name}`, passes);
    }
  });

  test('with a parameter twice, as an array or as an object is refused', async () => {
    for (const name of Object.keys(form)) {
      expectRefusal(await send(endpoint, `${encoded({})}&${name}=y`), `${name} twice`);
      const rest = Object.fromEntries(Object.entries(form).filter(([other]) => other !== name));
      const others = new URLSearchParams(rest).toString();
      for (const spelling of [`${name}[]=y`, `${name}[x]=y`, `${name}[__proto__]=y`, `${name}.x=y`]) {
        const passes = mayPass && name === 'token_type_hint';
        expectRefusal(await send(endpoint, `${others}&${spelling}`), spelling, passes || (mayPass && name === 'scope'));
      }
    }
  });
});

describe.each(['token', 'introspect', 'revoke', 'device'])('/oauth2/v1/%s', (endpoint) => {
  test.each<readonly [string, Record<string, string>, string]>([
    ['no body', {}, ''],
    ['an empty form', FORM, ''],
    ['only separators', FORM, '&=&&=&'.repeat(1000)],
    ['JSON', { 'content-type': 'application/json' }, '{"grant_type":"client_credentials"}'],
    ['an array in JSON', { 'content-type': 'application/json' }, '["grant_type"]'],
    ['null in JSON', { 'content-type': 'application/json' }, 'null'],
    ['broken JSON', { 'content-type': 'application/json' }, '{'],
    ['XML', { 'content-type': 'application/xml' }, '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'],
    ['text', { 'content-type': 'text/plain' }, 'grant_type=client_credentials'],
    ['multipart', { 'content-type': 'multipart/form-data; boundary=x' }, '--x--'],
    ['a content type that is none', { 'content-type': ';;;=' }, 'grant_type=client_credentials'],
    ['names of prototypes', FORM, '__proto__=1&constructor=2&prototype=3&toString=4&hasOwnProperty=5'],
    ['names in brackets', FORM, '__proto__[grant_type]=client_credentials&constructor[prototype][x]=1'],
    ['NUL in a name', FORM, 'gra%00nt_type=client_credentials&%00=%00'],
    ['20,000 parameters', FORM, Array.from({ length: 20_000 }, (_, n) => `p${n}=1`).join('&')],
    ['one parameter 50,000 times', FORM, 'a=1&'.repeat(50_000)],
    ['a megabyte', FORM, `grant_type=${'a'.repeat(1_040_000)}`],
    ['more than a megabyte', FORM, `grant_type=${'a'.repeat(1_100_000)}`],
  ])('with %s is refused', async (what, headers, body) => {
    for (const auth of [true, false]) expectRefusal(await send(endpoint, body, headers, auth), what);
  });

  test.each([
    'Basic',
    'Basic ',
    'Basic !!!!',
    'Basic Og==',
    `Basic ${Buffer.from('no colon').toString('base64')}`,
    `Basic ${Buffer.from('%00:%00').toString('base64')}`,
    `Basic ${Buffer.from('a\0b:c\0d').toString('base64')}`,
    `Basic ${Buffer.from('%zz:%zz').toString('base64')}`,
    `Basic ${Buffer.from('__proto__:x').toString('base64')}`,
    `Basic ${Buffer.from([0xff, 0xfe, 0x3a, 0xff]).toString('base64')}`,
    `Basic ${Buffer.from(`${'a'.repeat(20_000)}:${'b'.repeat(20_000)}`).toString('base64')}`,
    'Bearer x',
    'Digest username="x"',
    'Negotiate x',
    'x'.repeat(30_000),
  ])('with the credentials %.40s is refused', async (authorization) => {
    const form = 'grant_type=client_credentials&scope=openid&token=x&response_type=device_code&client_id=x';
    expectRefusal(await send(endpoint, form, { ...FORM, authorization }, false), authorization.slice(0, 60));
  });
});

describe('A scope', () => {
  const scopes: readonly (readonly [string, string])[] = [
    ['10,000 resource scopes', Array.from({ length: 10_000 }, (_, n) => `https://api.example.com/${n}`).join(' ')],
    ['10,000 consumer scopes', Array.from({ length: 10_000 }, (_, n) => `urn:opc:resource:consumer::x${n}`).join(' ')],
    ['10,000 expiries', Array.from({ length: 10_000 }, (_, n) => `urn:opc:resource:expiry=${n + 60}`).join(' ')],
    ['an expiry that is no number', 'urn:opc:resource:expiry=1e309 openid'],
    ['an expiry below zero', 'urn:opc:resource:expiry=-1 openid'],
    ['an expiry of 400 digits', `openid urn:opc:resource:expiry=${'9'.repeat(400)}`],
    ['a tag filter of 100 kB', `urn:opc:resource:consumer:paas:tag:${'a'.repeat(100_000)}`],
    ['a NUL among good ones', 'openid \0'],
    ['NUL in a resource scope', 'https://api.example.com/\0'],
    ['broken percent-encoding in a role', 'urn:opc:idm:role.%zz'],
  ];

  test.each([
    ['10,000 unknown roles', Array.from({ length: 10_000 }, (_, n) => `urn:opc:idm:role.r${n}`).join(' ')],
    ['NUL in a role', 'urn:opc:idm:role.\0'],
    ['a role of 100 kB', `urn:opc:idm:role.${'r'.repeat(100_000)}`],
  ])('with %s gives none of them, soon', async (_what, scope) => {
    const form = new URLSearchParams({ grant_type: 'client_credentials', scope });
    const { status, body } = await send('token', form.toString());
    const claims = claimsOf(body.access_token);
    // What every client has.
    expect([status, claims.clientAppRoles]).toEqual([200, ['Authenticated Client']]);
    expect(claims['scope']).toBe('urn:opc:idm:t.security.client');
  });

  test.each(scopes)('with %s is refused at every grant, soon', async (what, scope) => {
    for (const form of [
      { grant_type: 'client_credentials', scope },
      { grant_type: 'password', username: 'admin@example.com', password: 'x', scope },
    ]) {
      expectRefusal(await send('token', new URLSearchParams(form).toString()), what);
    }
    const { app, browser } = signedIn;
    expectRefusal(
      await send(
        'device',
        new URLSearchParams({ response_type: 'device_code', client_id: app.clientId, scope }).toString(),
      ),
      what,
    );
    const started = performance.now();
    const page = await browser.post('/oauth2/v1/authorize', {
      client_id: app.clientId,
      response_type: 'code',
      redirect_uri: 'https://app.example.com/callback',
      scope,
    });
    expect(performance.now() - started).toBeLessThan(HANG_MS);
    expect(page.status).toBe(303);
    // Without the session's cookie nothing else is looked at first: the address says so.
    if (page.location!.startsWith('https://app.example.com')) {
      expect(answerOf(page)['error']).toMatch(/^(invalid_request|invalid_scope|unauthorized_client)$/);
    }
  });
});

describe('The authorization endpoint and the pages', () => {
  const NAMES = [
    'state',
    'nonce',
    'login_hint',
    'ui_locales',
    'acr_values',
    'display',
    'claims',
    'max_age',
    'prompt',
    'id_token_hint',
    'response_mode',
    'scope',
    'code_challenge',
    '__proto__',
    'constructor',
  ];

  test.each(VALUES.filter(([, value]) => value.length < 10_000))(
    'take %s in any parameter, signed in or not, without a 5xx',
    async (_what, value) => {
      const { world, app, browser } = signedIn;
      for (const name of NAMES) {
        const target = world.authorizeUrl(app, name === 'scope' ? { scope: undefined } : {}).replace('&state=st-1', '');
        const cookie = browser
          .cookies()
          .map((each) => `${each.name}=${each.value}`)
          .join('; ');
        for (const headers of [{}, { cookie }] as Record<string, string>[]) {
          for (const more of ['', '&response_mode=form_post']) {
            if (name === 'response_mode' && more !== '') continue;
            const { status, text } = await rawGet(world.url, `${target}&${name}=${value}${more}`, headers);
            expect(status, `${name}: ${text.slice(0, 200)}`).toBeLessThan(500);
          }
        }
      }
    },
  );

  test('a code whose nonce has a NUL is exchanged, or the request is refused', async () => {
    const { world, app, browser, exchange } = signedIn;
    for (const value of ['a\0b', '\ud83d\ude00', '\\u0000', '"', '\u2028']) {
      const page = await browser.get(world.authorizeUrl(app, { nonce: value, state: value }));
      const answer = answerOf(page);
      if (answer['code'] === undefined) {
        expect(answer['error']).toBe('invalid_request');
        continue;
      }
      const { status, body } = await exchange(answer['code']);
      expect(status).toBe(200);
      const claims = claimsOf(body.id_token);
      expect([claims['nonce'], answer['state']]).toEqual([value, value]);
    }
  });

  test('are not reached by methods that they do not have', async () => {
    const { world } = signedIn;
    for (const path of ['authorize', 'token', 'introspect', 'revoke', 'device', 'userinfo', 'userlogout']) {
      for (const method of ['PUT', 'PATCH', 'DELETE', 'TRACE']) {
        if (method === 'TRACE') continue;
        const { status } = await world.send(method, `/oauth2/v1/${path}`, { token: null, body: '{}' });
        expect([404, 405, 501], `${method} ${path}: ${status}`).toContain(status);
      }
    }
  });

  test('userinfo takes hostile tokens for none', async () => {
    const { world } = signedIn;
    for (const [what, value] of VALUES) {
      const answer = await world.send('POST', '/oauth2/v1/userinfo', {
        token: null,
        headers: FORM,
        body: `access_token=${value}`,
      });
      expect([400, 401], `${what} ${answer.status}`).toContain(answer.status);
      expect(answer.headers.get('www-authenticate'), what).toMatch(/^Bearer/);
    }
  });
});
