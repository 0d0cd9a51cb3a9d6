import { describe, expect, test } from 'vitest';
import { ADMIN, answerOf, authorizeWorld, halfHash, signIn, verifiedClaims } from './authorize-world.ts';

describe('The code flow', () => {
  test('leads a browser without a session over the sign-in page to a code, and the code to tokens', async () => {
    const world = await authorizeWorld();
    const app = await world.app();
    const browser = world.browser();
    const first = await browser.get(world.authorizeUrl(app, { scope: 'openid offline_access', nonce: 'n-1' }));
    expect(first.status).toBe(302);
    expect(first.location).toMatch(/\/ui\/v1\/signin\?request=[\w-]{32}$/);
    const page = await browser.follow(first);
    const answer = answerOf(await browser.follow(await browser.submit(page, ADMIN)));
    expect(answer).toEqual({ code: expect.stringMatching(/^AQIDB[\w-]+=$/), state: 'st-1', via: 'query' });

    const { status, body, headers } = await world.exchange(app, answer['code']!);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({ token_type: 'Bearer', refresh_token: expect.stringMatching(/=$/) });
    const access = await verifiedClaims(world, body.access_token);
    const identity = await verifiedClaims(world, body.id_token);
    expect(access).toMatchObject({ tok_type: 'AT', sub: 'admin@example.com', gtp: 'azc', client_id: app.clientId });
    expect(identity).toMatchObject({
      tok_type: 'IT',
      sub: 'admin@example.com',
      nonce: 'n-1',
      azp: app.clientId,
      at_hash: halfHash(body.access_token),
      sid: access['sid'],
      amr: ['USERNAME_PASSWORD'],
    });
    expect(Number(identity['exp']) - Number(identity['auth_time'])).toBe(8 * 3600);
  });

  test('a browser with a session gets the next code at once', async () => {
    const world = await authorizeWorld();
    const app = await world.app();
    const browser = world.browser();
    await signIn(browser, world.authorizeUrl(app));
    const answer = answerOf(await browser.get(world.authorizeUrl(app, { state: 'ä b&c=d' })));
    expect(answer).toEqual({ code: expect.any(String), state: 'ä b&c=d', via: 'query' });
  });
});
