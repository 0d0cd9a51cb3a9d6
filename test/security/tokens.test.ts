import { beforeAll, describe, expect, test } from 'vitest';
import { DEVELOPMENT_ADMIN_PASSWORD, DEVELOPMENT_CLIENT_SECRET } from '../../src/config.ts';
import type { Emulator } from '../../src/index.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { answerOf } from '../oauth/authorize/authorize-world.ts';
import { replace } from '../oauth/token-world.ts';
import { startTestEmulator, testDomain } from '../support/emulator.ts';
import { claimsOf } from '../support/token-claims.ts';
import { outcomeOf, postAs, rawGet, refusalOf, type Victim, victim } from './victim.ts';

/*
 * One kind of token in the place of another, and tokens of one domain at another (RFC 9700 §2.3, OpenID Connect Core §16.11).
 */

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const ADMIN_CLIENT = { clientId: 'idcs-admin', secret: DEVELOPMENT_CLIENT_SECRET };
const GRANTS = ['authorization_code', 'implicit', 'refresh_token', 'client_credentials', 'password', JWT_BEARER];

/** Where a token may be brought, and whether it counted there. */
const PLACES: Readonly<Record<string, (signedIn: Victim, token: string) => Promise<boolean>>> = {
  'the admin API': async ({ world }, token) =>
    (await world.send('GET', '/admin/v1/PasswordPolicies', { token })).status !== 401,
  userinfo: async ({ world }, token) => (await world.send('GET', '/oauth2/v1/userinfo', { token })).status === 200,
  introspect: async ({ world }, token) =>
    (await postAs(world, ADMIN_CLIENT, 'introspect', { token })).body.active === true,
  'id_token_hint of a sign-in': async ({ world, app, browser }, token) => {
    const page = await browser.get(world.authorizeUrl(app, { id_token_hint: token, prompt: 'none' }));
    return answerOf(page)['code'] !== undefined;
  },
  'id_token_hint of a sign-out': async ({ world }, token) => {
    const page = await world.browser().get(`/oauth2/v1/userlogout?${new URLSearchParams({ id_token_hint: token })}`);
    return page.status !== 400;
  },
  'a user assertion': async ({ world, app }, assertion) =>
    (await postAs(world, app, 'token', { grant_type: JWT_BEARER, assertion, scope: 'openid' })).status === 200,
  'a client assertion': async ({ world, app }, client_assertion) => {
    const form = {
      grant_type: 'client_credentials',
      scope: 'urn:opc:idm:__myscopes__',
      client_id: app.clientId,
      client_assertion,
      client_assertion_type: ASSERTION_TYPE,
    };
    return (await postAs(world, null, 'token', form)).status === 200;
  },
};

async function whereItCounts(signedIn: Victim, token: string): Promise<string[]> {
  const counted: string[] = [];
  for (const [place, counts] of Object.entries(PLACES)) if (await counts(signedIn, token)) counted.push(place);
  return counted.sort();
}

describe('Each kind of token counts where it is meant for, and nowhere else', () => {
  let signedIn: Victim;
  // biome-ignore lint/suspicious/noExplicitAny: an answer's body
  let issued: any;
  beforeAll(async () => {
    signedIn = await victim({ allowedGrants: GRANTS, clientType: 'trusted', allowedOperations: ['introspect'] });
    issued = await signedIn.tokens('openid offline_access urn:opc:idm:__myscopes__');
  });

  test('an access token', async () => {
    expect(await whereItCounts(signedIn, issued.access_token)).toEqual(['introspect', 'the admin API', 'userinfo']);
  });

  test('an identity token', async () => {
    expect(await whereItCounts(signedIn, issued.id_token)).toEqual([
      'a user assertion',
      'id_token_hint of a sign-in',
      'id_token_hint of a sign-out',
    ]);
  });

  test('a refresh token', async () => {
    const { world, app } = signedIn;
    expect(await whereItCounts(signedIn, issued.refresh_token)).toEqual([]);
    // To the client that it was given to, introspection tells.
    expect((await postAs(world, app, 'introspect', { token: issued.refresh_token })).body.active).toBe(true);
  });

  test('an access token of a client', async () => {
    const { world, app } = signedIn;
    const form = { grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' };
    const { body } = await postAs(world, app, 'token', form);
    expect(await whereItCounts(signedIn, body.access_token)).toEqual(['introspect', 'the admin API']);
  });

  test('a code, a secret and a password', async () => {
    for (const value of [await signedIn.code(), signedIn.app.secret, DEVELOPMENT_ADMIN_PASSWORD]) {
      expect(await whereItCounts(signedIn, value)).toEqual([]);
    }
  });

  test('an access token for openid alone opens nothing of the admin API', async () => {
    const { access_token } = await signedIn.tokens('openid');
    const claims = claimsOf(access_token);
    expect(claims['userAppRoles'] ?? []).toEqual([]);
    for (const path of ['Users', 'Apps', 'Groups', 'Grants', 'Settings', 'PasswordPolicies']) {
      const { status, body } = await signedIn.world.send('GET', `/admin/v1/${path}`, { token: access_token });
      expect([401, 403], `${path} ${JSON.stringify(body).slice(0, 200)}`).toContain(status);
    }
  });

  test('an access token for a resource application counts at no API of the domain', async () => {
    const { world } = signedIn;
    const audience = 'https://api.example.com/';
    const resource = await world.app({
      isOAuthClient: false,
      isOAuthResource: true,
      audience,
      scopes: [{ value: 'read', fqs: `${audience}read` }],
      allowedGrants: undefined,
      redirectUris: undefined,
    } as never);
    expect(resource.id).toBeDefined();
    const app = await world.app({ allowedGrants: GRANTS, allowedScopes: [{ fqs: `${audience}read` }] });
    const form = { grant_type: 'client_credentials', scope: `${audience}read` };
    const { status, text, body } = await postAs(world, app, 'token', form);
    expect(status, text).toBe(200);
    expect(await whereItCounts(signedIn, body.access_token)).toEqual(['introspect']);
  });

  test.each<readonly [string, JsonObject]>([
    ['a UPST', { tok_type: 'UPST' }],
    ['of no type', { tok_type: null }],
    ['of a type in another case', { tok_type: 'at' }],
    ['of a list of types', { tok_type: ['AT', 'IT'] }],
    ['of another tenant', { tenant: 'idcs-ffffffffffffffffffffffffffffffff' }],
    ['of no tenant', { tenant: null }],
    ['without an end', { exp: null }],
    ['whose end is a text', { exp: '99999999999' }],
  ])('a token that the domain has signed, but %s, counts nowhere', async (_what, claims) => {
    const { world, app } = signedIn;
    const { status, body } = await world.send('POST', '/_emulator/tokens', {
      token: null,
      body: { client: app.clientId, userName: 'admin@example.com', scope: 'openid urn:opc:idm:__myscopes__', claims },
    });
    expect(status).toBeLessThan(300);
    expect(await whereItCounts(signedIn, body.access_token)).toEqual([]);
  });

  test('a Bearer token in the query or in a cookie is none', async () => {
    const { world } = signedIn;
    const { access_token } = issued;
    for (const path of ['/admin/v1/PasswordPolicies', '/oauth2/v1/userinfo']) {
      const query = await world.send('GET', `${path}?access_token=${access_token}`, { token: null });
      expect([400, 401], path).toContain(query.status);
      const cookie = { cookie: `access_token=${access_token}` };
      expect((await world.send('GET', path, { token: null, headers: cookie })).status).toBe(401);
    }
  });
});

describe('Tokens of a user or client that is gone', () => {
  test('a deactivated user’s access token counts nowhere', async () => {
    const signedIn = await victim({ allowedGrants: GRANTS, clientType: 'trusted' });
    const { world, app } = signedIn;
    const { id, form } = await world.person('dora');
    const { body } = await postAs(world, app, 'token', {
      grant_type: 'password',
      ...form,
      scope: 'urn:opc:idm:__myscopes__ openid',
    });
    expect(await whereItCounts(signedIn, body.access_token)).toEqual(['introspect', 'the admin API', 'userinfo']);
    await world.send('PATCH', `/admin/v1/Users/${id}`, { body: replace('active', false) });
    expect(await whereItCounts(signedIn, body.access_token)).toEqual([]);
    expect(await PLACES['a user assertion']!(signedIn, body.id_token)).toBe(false);
    await world.send('DELETE', `/admin/v1/Users/${id}?forceDelete=true`);
    expect(await whereItCounts(signedIn, body.access_token)).toEqual([]);
  });

  test('a user’s access token counts nowhere at the admin API once its client is deactivated', async () => {
    const signedIn = await victim();
    const { world, app } = signedIn;
    const { access_token } = await signedIn.tokens('openid urn:opc:idm:__myscopes__');
    expect(await PLACES['the admin API']!(signedIn, access_token)).toBe(true);
    await world.send('PATCH', `/admin/v1/Apps/${app.id}`, { body: replace('active', false) });
    expect(await PLACES['the admin API']!(signedIn, access_token)).toBe(false);
  });

  test('a deactivated client’s access token counts nowhere', async () => {
    const signedIn = await victim();
    const { world } = signedIn;
    const app = await world.app({ allowedGrants: GRANTS });
    const form = { grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' };
    const { body } = await postAs(world, app, 'token', form);
    expect(await whereItCounts(signedIn, body.access_token)).toEqual(['introspect', 'the admin API']);
    await world.send('PATCH', `/admin/v1/Apps/${app.id}`, { body: replace('active', false) });
    expect(await whereItCounts(signedIn, body.access_token)).toEqual([]);
    await world.send('DELETE', `/admin/v1/Apps/${app.id}`);
    expect(await whereItCounts(signedIn, body.access_token)).toEqual([]);
  });
});

describe.each([
  ['keys of their own', {}],
  ['the same keys (IDCS_ID_SEED)', { idSeed: 7 }],
])('Of two domains with %s', (_what, options) => {
  let on: Emulator;
  let one: Victim;
  let two: Victim;
  beforeAll(async () => {
    on = await startTestEmulator(options);
    const changes = { name: 'same_name', allowedGrants: GRANTS, clientType: 'trusted' };
    one = await victim(changes, { on });
    two = await victim(changes, { on });
    return () => on.stop();
  });

  test('no token of one counts at the other', async () => {
    const { access_token, id_token, refresh_token } = await one.tokens(
      'openid offline_access urn:opc:idm:__myscopes__',
    );
    for (const token of [access_token, id_token, refresh_token]) {
      expect(await whereItCounts(one, token).then((places) => places.length > 0 || token === refresh_token)).toBe(true);
      expect(await whereItCounts(two, token)).toEqual([]);
    }
    expect(refusalOf(await two.refresh(refresh_token))).toEqual([400, 'invalid_grant']);
  });

  test('no code, session, waiting request or device of one counts at the other', async () => {
    const code = await one.code();
    expect(refusalOf(await two.exchange(code))).toEqual([400, 'invalid_grant']);
    const browser = one.world.browser();
    const page = await browser.follow(await browser.get(one.world.authorizeUrl(one.app)));
    const cookie = browser
      .cookies()
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    const path = page.url.slice(one.world.url.length);
    expect(outcomeOf(await two.world.browser().get(path, { cookie }))).toEqual({ status: 400, leadsTo: null });
  });
});

describe('Mix-up of authorization servers', () => {
  let on: Emulator;
  let signedIn: Victim;
  beforeAll(async () => {
    on = await startTestEmulator({ issuer: 'domain' });
    signedIn = await victim({ allowedGrants: GRANTS }, { on });
    return () => on.stop();
  });

  test.each<readonly [string, Record<string, string | undefined>]>([
    ['a code', {}],
    ['a code in the fragment', { response_mode: 'fragment' }],
    ['a code in a form', { response_mode: 'form_post' }],
    ['a token', { response_type: 'token' }],
    ['an identity token', { response_type: 'id_token', nonce: 'n' }],
    ['all three', { response_type: 'code id_token token', nonce: 'n' }],
    ['all three in a form', { response_type: 'code id_token token', nonce: 'n', response_mode: 'form_post' }],
    ['an error', { scope: undefined }],
    ['an error in the fragment', { response_type: 'token', scope: undefined }],
    ['an error in a form', { response_mode: 'form_post', scope: undefined }],
    ['an error of an unknown response_type', { response_type: 'x' }],
    ['login_required', { prompt: 'none', max_age: '0', id_token_hint: undefined }],
  ])('%s comes with the issuer (RFC 9207)', async (_what, parameters) => {
    const { world, app, browser } = signedIn;
    if (parameters['max_age'] !== undefined) await world.advance(5);
    const page = await browser.get(world.authorizeUrl(app, parameters));
    const answer = page.location === null ? page.forms[0]!.fields : answerOf(page);
    const { body } = await world.send('GET', '/.well-known/openid-configuration');
    expect(body.authorization_response_iss_parameter_supported).toBe(true);
    expect(answer['iss']).toBe(body.issuer);
    if (answer['id_token'] !== undefined) {
      const claims = claimsOf(answer['id_token']);
      expect(claims['iss']).toBe(body.issuer);
    }
  });

  test('nor can the Host header, where the address is configured', async () => {
    const fixed = await startTestEmulator({ issuer: 'domain', baseUrl: 'https://idcs.example' });
    try {
      const { name } = await testDomain(fixed);
      const prefix = `/_domains/${name}`;
      const own = `https://idcs.example${prefix}`;
      for (const headers of [
        { host: 'evil.example' },
        { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' },
        { forwarded: 'host=evil.example' },
      ] as Record<string, string>[]) {
        const discovery = await rawGet(fixed.url, `${prefix}/.well-known/openid-configuration`, headers);
        expect(JSON.parse(discovery.text).issuer).toBe(own);
        expect(discovery.text).not.toContain('evil');
        const page = await rawGet(fixed.url, `${prefix}/ui/v1/signin`, headers);
        expect([page.status, String(page.headers.location).startsWith(`${own}/`)]).toEqual([302, true]);
      }
      for (const host of ['evil.example/', 'a b', 'evil.example@x', '"', '<script>']) {
        const { status, text } = await rawGet(on.url, '/ui/v1/signin', { host });
        expect([400, 404], host).toContain(status);
        expect(text).not.toContain('<script>');
      }
    } finally {
      await fixed.stop();
    }
  });

  test('a request can not choose the issuer', async () => {
    const { world, app, browser } = signedIn;
    const page = await browser.get(`${world.authorizeUrl(app)}&iss=https://evil.example`);
    expect(new URL(page.location!).searchParams.getAll('iss')).toEqual([world.url]);
  });
});
