import { beforeAll, describe, expect, test } from 'vitest';
import type { Browser } from '../../support/browser.ts';
import { type AuthorizeWorld, answerOf, authorizeWorld, REDIRECT_URI, type TestApp } from './authorize-world.ts';

let world: AuthorizeWorld;
let app: TestApp;
let browser: Browser;

beforeAll(async () => {
  world = await authorizeWorld();
  app = await world.app();
  browser = world.browser();
});

const S256 = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

describe('A client or redirect URI that is not good', () => {
  test('is never redirected to; a script gets JSON with the recorded words', async () => {
    const uri = 'https://evil.example.com/cb';
    const answer = await browser.get(world.authorizeUrl(app, { redirect_uri: uri }), { accept: '*/*' });
    expect([answer.status, answer.location]).toEqual([400, null]);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    const ecid = answer.headers.get('x-oracle-dms-ecid');
    expect(JSON.parse(answer.text)).toEqual({
      error: 'invalid_redirect_uri',
      error_description: `Client ${app.clientId} requested an invalid redirect URL: ${uri}. ECID: ${ecid}`,
    });
  });

  test('a browser gets a page with the same words, escaped', async () => {
    const uri = 'https://evil.example.com/<script>';
    const page = await browser.get(world.authorizeUrl(app, { redirect_uri: uri }));
    expect([page.status, page.headers.get('content-type')]).toEqual([400, 'text/html;charset=utf-8']);
    expect(page.text).toContain('invalid_redirect_uri');
    expect(page.text).not.toContain('<script>');
    const scripted = await browser.get(world.authorizeUrl(app, { redirect_uri: uri }), {
      accept: 'application/json, text/html;q=0.5',
    });
    expect(scripted.headers.get('content-type')).toMatch(/^application\/json/);
  });

  test.each([
    ['another path', `${REDIRECT_URI}/`],
    ['a query', `${REDIRECT_URI}?x=1`],
    ['another case', REDIRECT_URI.toUpperCase()],
    ['a fragment', `${REDIRECT_URI}#x`],
    ['no address', 'callback'],
    ['a NUL', `${REDIRECT_URI}\0`],
  ])('a redirect URI with %s is another one', async (_what, redirect_uri) => {
    const answer = await browser.get(world.authorizeUrl(app, { redirect_uri }), { accept: 'application/json' });
    expect([answer.status, JSON.parse(answer.text).error]).toEqual([400, 'invalid_redirect_uri']);
  });

  test.each([
    ['client_id missing', { client_id: undefined }, 'invalid_request'],
    ['an unknown client', { client_id: 'nobody' }, 'invalid_client'],
    ['a client id with a NUL', { client_id: 'a\0b' }, 'invalid_client'],
  ])('%s', async (_what, parameters, error) => {
    const answer = await browser.get(world.authorizeUrl(app, parameters), { accept: 'application/json' });
    expect([answer.status, answer.location, JSON.parse(answer.text).error]).toEqual([400, null, error]);
  });

  test('client_id or redirect_uri twice', async () => {
    for (const more of ['&client_id=other', `&redirect_uri=${encodeURIComponent(REDIRECT_URI)}`]) {
      const answer = await browser.get(world.authorizeUrl(app) + more, { accept: 'application/json' });
      expect([answer.status, answer.location]).toEqual([400, null]);
      expect(JSON.parse(answer.text)).toMatchObject({ error: 'invalid_request' });
    }
  });

  test('an inactive client', async () => {
    const inactive = await world.app({ active: false });
    const answer = await browser.get(world.authorizeUrl(inactive), { accept: 'application/json' });
    expect([answer.status, JSON.parse(answer.text).error]).toEqual([400, 'invalid_client']);
  });

  test('a redirect URI can be left out only where there is one', async () => {
    const page = await browser.get(world.authorizeUrl(app, { redirect_uri: undefined, scope: undefined }));
    expect(answerOf(page)).toMatchObject({ error: 'invalid_scope' });
    const two = await world.app({ redirectUris: [REDIRECT_URI, 'https://b.example.com/'] });
    const answer = await browser.get(world.authorizeUrl(two, { redirect_uri: undefined }), { accept: '*/*' });
    expect([answer.status, JSON.parse(answer.text).error]).toEqual([400, 'invalid_request']);
  });
});

describe('A request that is not good', () => {
  test.each<readonly [string, Record<string, string | undefined>, string]>([
    ['response_type missing', { response_type: undefined }, 'invalid_request'],
    ['an unknown response_type', { response_type: 'cookie' }, 'unsupported_response_type'],
    ['a response_type with a word twice', { response_type: 'code code' }, 'unsupported_response_type'],
    ['an unknown response_mode', { response_mode: 'web_message' }, 'invalid_request'],
    ['scope missing', { scope: undefined }, 'invalid_scope'],
    ['an unknown admin scope', { scope: 'urn:opc:idm:t.nothing' }, 'invalid_scope'],
    ['a request object', { request: 'e30.e30.' }, 'request_not_supported'],
    ['a request_uri', { request_uri: 'https://app.example.com/r' }, 'request_uri_not_supported'],
    ['a registration', { registration: '{}' }, 'registration_not_supported'],
    ['an unknown prompt', { prompt: 'loud' }, 'invalid_request'],
    ['prompt none beside another', { prompt: 'none login' }, 'invalid_request'],
    ['a max_age that is no number', { max_age: '-1' }, 'invalid_request'],
    ['a method without a challenge', { code_challenge_method: 'S256' }, 'invalid_request'],
    ['an unknown method', { code_challenge: S256, code_challenge_method: 'S512' }, 'invalid_request'],
    ['a short challenge', { code_challenge: 'short' }, 'invalid_request'],
    [
      'a challenge that is no SHA-256',
      { code_challenge: `${S256}x`, code_challenge_method: 'S256' },
      'invalid_request',
    ],
    ['an id_token_hint of somebody else', { id_token_hint: 'a.b.c' }, 'invalid_request'],
  ])('%s goes to the client, with the state', async (_what, parameters, error) => {
    const answer = answerOf(await browser.get(world.authorizeUrl(app, parameters)));
    expect(answer).toEqual({ error, error_description: expect.any(String), state: 'st-1', via: 'query' });
  });

  test.each<readonly [string, Record<string, string | undefined>, string]>([
    ['id_token without nonce', { response_type: 'id_token' }, 'invalid_request'],
    [
      'id_token without openid',
      { response_type: 'id_token', scope: 'urn:opc:idm:__myscopes__', nonce: 'n' },
      'invalid_scope',
    ],
    ['prompt=none without a session', { response_type: 'token', prompt: 'none' }, 'login_required'],
    [
      'a token for several resources',
      { response_type: 'token', scope: 'urn:opc:idm:__myscopes__ urn:opc:resource:multiresourcescope' },
      'invalid_scope',
    ],
  ])('%s: the answer is in the fragment', async (_what, parameters, error) => {
    const answer = answerOf(await browser.get(world.authorizeUrl(app, parameters)));
    expect(answer).toMatchObject({ error, state: 'st-1', via: 'fragment' });
  });

  test('is told by a form where one was asked for', async () => {
    const page = await browser.get(world.authorizeUrl(app, { response_mode: 'form_post', scope: undefined }));
    expect(page.forms[0]).toMatchObject({ action: REDIRECT_URI, fields: { error: 'invalid_scope', state: 'st-1' } });
  });

  test('a repeated parameter, and a state that is repeated does not come back', async () => {
    expect(answerOf(await browser.get(`${world.authorizeUrl(app)}&scope=email`))).toMatchObject({
      error: 'invalid_request',
      error_description: 'The parameter scope is sent more than once.',
    });
    const answer = answerOf(await browser.get(`${world.authorizeUrl(app)}&state=b`));
    expect(answer).toMatchObject({ error: 'invalid_request' });
    expect(answer['state']).toBeUndefined();
  });

  test.each([
    ['code', ['implicit']],
    ['token', ['authorization_code']],
    ['id_token', ['authorization_code']],
    ['code token', ['authorization_code']],
    ['code id_token', ['implicit']],
  ])('response_type %s needs more than the grants %j', async (response_type, allowedGrants) => {
    const narrow = await world.app({ allowedGrants });
    const answer = answerOf(await browser.get(world.authorizeUrl(narrow, { response_type, nonce: 'n' })));
    expect(answer).toMatchObject({ error: 'unauthorized_client' });
  });
});

describe('Odd requests to the endpoint', () => {
  test('never fail in the server', async () => {
    const paths = [
      '/oauth2/v1/authorize',
      '/oauth2/v1/authorize?client_id=%ff%fe',
      '/oauth2/v1/authorize?client_id=%zz',
      `/oauth2/v1/authorize?client_id=${'x'.repeat(20_000)}`,
      '/oauth2/v1/authorize?resume=%00',
      '/oauth2/v1/authorize?resume=a&resume=b',
      '/oauth2/v1/authorize?__proto__=1&client_id[]=2',
      '/ui/v1/myconsole/consent?request=%00',
      '/ui/v1/myconsole/consent',
    ];
    for (const path of paths) {
      const { status } = await browser.get(path);
      expect(status, path).toBe(400);
    }
    const long = world.authorizeUrl(app, { state: '\0'.repeat(2000), nonce: '\0\ud800', login_hint: '\0' });
    expect((await browser.get(long)).status).toBeLessThan(500);
    const json = await world.send('POST', '/oauth2/v1/authorize', { body: { client_id: app.clientId } });
    expect([json.status, json.body.error]).toEqual([400, 'invalid_request']);
    const big = await browser.post('/oauth2/v1/authorize', {
      client_id: app.clientId,
      response_type: 'code',
      scope: 'openid',
      state: 'x'.repeat(60_000),
    });
    expect([big.status, big.location]).toEqual([303, expect.stringContaining('/ui/v1/signin?request=')]);
    expect((await world.send('POST', '/ui/v1/myconsole/consent', { body: {} })).status).toBe(400);
  });

  test('OPTIONS names the verbs, and no other site may read answers', async () => {
    const { status, headers } = await world.send('OPTIONS', '/oauth2/v1/authorize', { token: null });
    expect([status, headers.get('access-control-allow-methods')]).toEqual([200, 'GET,POST,OPTIONS']);
    const page = await browser.get(world.authorizeUrl(app), { origin: 'https://app.example.com' });
    expect(page.headers.get('access-control-allow-origin')).toBeNull();
    expect((await world.send('HEAD', world.authorizeUrl(app), { token: null })).status).toBeGreaterThanOrEqual(400);
  });
});
