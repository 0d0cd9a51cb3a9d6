import { describe, expect, test } from 'vitest';
import { startTestEmulator } from '../../support/emulator.ts';
import { answerOf, authorizeWorld, halfHash, REDIRECT_URI, signIn, verifiedClaims } from './authorize-world.ts';

const TYPES: readonly (readonly [type: string, fields: readonly string[]])[] = [
  ['code', ['code']],
  ['token', ['access_token', 'token_type', 'expires_in']],
  ['id_token', ['id_token']],
  ['id_token token', ['access_token', 'token_type', 'expires_in', 'id_token']],
  ['code id_token', ['code', 'id_token']],
  ['code token', ['code', 'access_token', 'token_type', 'expires_in']],
  ['code id_token token', ['code', 'access_token', 'token_type', 'expires_in', 'id_token']],
];

async function signedIn() {
  const world = await authorizeWorld();
  const app = await world.app();
  const browser = world.browser();
  await signIn(browser, world.authorizeUrl(app));
  const url = (parameters: Record<string, string | undefined>) =>
    world.authorizeUrl(app, { nonce: 'n-1', ...parameters });
  return { world, app, browser, url };
}

describe('Response types', () => {
  test.each(TYPES)('%s answers with its fields, in the place for them', async (response_type, fields) => {
    const { world, app, browser, url } = await signedIn();
    const words = response_type.split(' ');
    for (const type of [response_type, words.reverse().join(' ')]) {
      const { via, state, ...answer } = answerOf(await browser.get(url({ response_type: type })));
      expect(Object.keys(answer).sort()).toEqual([...fields].sort());
      expect([via, state]).toEqual([response_type === 'code' ? 'query' : 'fragment', 'st-1']);
      if (answer['expires_in'] !== undefined)
        expect([answer['token_type'], answer['expires_in']]).toEqual(['Bearer', '3600']);
      if (answer['access_token'] !== undefined) {
        expect(await verifiedClaims(world, answer['access_token'])).toMatchObject({ tok_type: 'AT', scope: 'openid' });
      }
      if (answer['id_token'] !== undefined) {
        const claims = await verifiedClaims(world, answer['id_token']);
        expect(claims).toMatchObject({ nonce: 'n-1', azp: app.clientId });
        expect(claims['at_hash']).toBe(answer['access_token'] && halfHash(answer['access_token']));
        expect(claims['c_hash']).toBe(answer['code'] && halfHash(answer['code']));
      }
    }
  });

  test('a hybrid code gives another access token, and an identity token with the same nonce', async () => {
    const { world, app, browser, url } = await signedIn();
    const front = answerOf(
      await browser.get(url({ response_type: 'code id_token token', scope: 'openid offline_access' })),
    );
    expect((await verifiedClaims(world, front['access_token']!))['scope']).toBe('openid');
    const { body } = await world.exchange(app, front['code']!);
    expect(body).toMatchObject({ refresh_token: expect.any(String) });
    const [first, second] = [front['access_token']!, body.access_token as string];
    expect(first).not.toBe(second);
    expect((await verifiedClaims(world, body.id_token))['nonce']).toBe('n-1');
  });

  test('form_post posts the fields by a form, for every type', async () => {
    const { browser, url } = await signedIn();
    for (const [response_type, fields] of TYPES) {
      const page = await browser.get(url({ response_type, response_mode: 'form_post', state: '"><x>' }));
      expect([page.status, page.headers.get('cache-control')]).toEqual([200, 'no-store']);
      const [form] = page.forms;
      expect(form?.action).toBe(REDIRECT_URI);
      expect(Object.keys(form!.fields).sort()).toEqual([...fields, 'state'].sort());
      expect(form!.fields['state']).toBe('"><x>');
    }
  });

  test('a code may come in the fragment, a token never in the query', async () => {
    const { browser, url } = await signedIn();
    expect(answerOf(await browser.get(url({ response_mode: 'fragment' })))).toMatchObject({ via: 'fragment' });
    expect(answerOf(await browser.get(url({ response_mode: 'query' })))).toMatchObject({ via: 'query' });
    for (const [response_type] of TYPES.slice(1)) {
      const answer = answerOf(await browser.get(url({ response_type, response_mode: 'query' })));
      expect(answer).toMatchObject({ via: 'fragment', error: 'invalid_request' });
    }
  });

  test('the redirect URI is kept as it is: its query, its missing path, its private scheme', async () => {
    const world = await authorizeWorld();
    const uris = [
      'https://app.example.com',
      'https://app.example.com/cb?tenant=a%20b',
      'com.example.app:/cb',
      'http://x.example/ü',
    ];
    const app = await world.app({ redirectUris: uris, allUrlSchemesAllowed: true });
    const browser = world.browser();
    const page = await browser.follow(await browser.get(world.authorizeUrl(app, { redirect_uri: uris[2] })));
    expect(page.headers.get('content-security-policy')).toContain('com.example.app:');
    await browser.submit(page, { username: 'admin@example.com', password: 'Idcs-Emulator-2026' });
    const locations: (string | null)[] = [];
    for (const redirect_uri of uris) {
      locations.push((await browser.get(world.authorizeUrl(app, { redirect_uri }))).headers.get('location'));
    }
    expect(locations).toEqual([
      expect.stringMatching(/^https:\/\/app\.example\.com\?code=/),
      expect.stringMatching(/^https:\/\/app\.example\.com\/cb\?tenant=a%20b&code=/),
      expect.stringMatching(/^com\.example\.app:\/cb\?code=/),
      expect.stringMatching(/^http:\/\/x\.example\/%C3%BC\?code=/),
    ]);
    const form = await browser.get(world.authorizeUrl(app, { redirect_uri: uris[2], response_mode: 'form_post' }));
    expect(answerOf(form, uris[2])).toMatchObject({ error: 'invalid_request' });
  });

  test('a POST is answered as a GET is, also from a page of another site', async () => {
    const { world, app, browser } = await signedIn();
    const fields = { client_id: app.clientId, response_type: 'code', redirect_uri: REDIRECT_URI, scope: 'openid' };
    const own = await browser.post('/oauth2/v1/authorize', fields);
    expect([own.status, answerOf(own)]).toEqual([303, { code: expect.any(String), via: 'query' }]);
    // Cookies are SameSite=Lax: such a POST brings none, the redirect after it does.
    const foreign = await world.browser().post('/oauth2/v1/authorize', { ...fields, state: 'x y' });
    expect(foreign.status).toBe(303);
    expect(answerOf(await browser.follow(foreign))).toMatchObject({ state: 'x y', via: 'query' });
    expect(answerOf(await browser.follow(await browser.get(foreign.location!)))).toMatchObject({ state: 'x y' });
  });

  test('only strict OpenID mode names the issuer (RFC 9207)', async () => {
    const { browser, url } = await signedIn();
    expect(answerOf(await browser.get(url({})))['iss']).toBeUndefined();
    const strict = await startTestEmulator({ issuer: 'domain' });
    try {
      const world = await authorizeWorld(strict);
      const app = await world.app();
      expect(answerOf(await signIn(world.browser(), world.authorizeUrl(app)))['iss']).toBe(world.url);
      const refused = await world.browser().get(world.authorizeUrl(app, { response_type: 'x' }));
      expect(answerOf(refused)).toMatchObject({ error: 'unsupported_response_type', iss: world.url });
    } finally {
      await strict.stop();
    }
  });
});
