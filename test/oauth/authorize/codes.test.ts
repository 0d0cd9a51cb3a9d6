import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { DEVELOPMENT_CLIENT_SECRET } from '../../../src/config.ts';
import type { JsonObject } from '../../../src/scim/json.ts';
import { type AuthorizeWorld, answerOf, authorizeWorld, REDIRECT_URI, signIn } from './authorize-world.ts';

async function signedIn(changes: JsonObject = {}) {
  const world = await authorizeWorld();
  const app = await world.app(changes);
  const browser = world.browser();
  await signIn(browser, world.authorizeUrl(app));
  const newCode = async (parameters: Record<string, string> = {}) =>
    answerOf(await browser.get(world.authorizeUrl(app, parameters)))['code']!;
  const exchange = (code: string, more: Record<string, string> = {}) => world.exchange(app, code, more);
  return { world, app, browser, newCode, exchange };
}

async function isActive(world: AuthorizeWorld, token: string): Promise<boolean> {
  const basic = Buffer.from(`idcs-admin:${DEVELOPMENT_CLIENT_SECRET}`).toString('base64');
  const { status, body, text } = await world.send('POST', '/oauth2/v1/introspect', {
    token: null,
    body: new URLSearchParams({ token }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: `Basic ${basic}` },
  });
  if (status !== 200) throw new Error(`not introspected: ${status} ${text}`);
  return body.active;
}

const PUBLIC: JsonObject = { clientType: 'public', allowedGrants: ['authorization_code'] };
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');

describe('A code', () => {
  test('gives tokens once; a replay revokes them all', async () => {
    const { world, app, newCode, exchange } = await signedIn();
    const code = await newCode({ scope: 'urn:opc:idm:__myscopes__ offline_access' });
    const first = await exchange(code);
    expect(first.status).toBe(200);
    const refresh = () =>
      world.tokenRequest(
        { grant_type: 'refresh_token', refresh_token: first.body.refresh_token },
        { id: app.clientId, secret: app.secret },
      );
    const tokens = [first.body.access_token as string, (await refresh()).body.access_token as string];
    expect(await Promise.all(tokens.map((token) => isActive(world, token)))).toEqual([true, true]);

    const replay = await exchange(code);
    expect([replay.status, replay.body]).toEqual([
      400,
      { error: 'invalid_grant', error_description: expect.stringContaining('used before') },
    ]);
    expect((await refresh()).body.error).toBe('invalid_grant');
    expect(await Promise.all(tokens.map((token) => isActive(world, token)))).toEqual([false, false]);
    const used = await world.send('GET', '/admin/v1/PasswordPolicies', { token: tokens[0]! });
    expect(used.status).toBe(401);
    expect((await exchange(await newCode())).status).toBe(200);
  });

  test('of two exchanges at once one wins, and the other counts as a replay', async () => {
    const { world, app, newCode, exchange } = await signedIn();
    for (let round = 0; round < 3; round++) {
      const code = await newCode({ scope: 'openid offline_access' });
      const answers = await Promise.all([exchange(code), exchange(code), exchange(code)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
      const won = answers.find(({ status }) => status === 200)!;
      const refreshed = await world.tokenRequest(
        { grant_type: 'refresh_token', refresh_token: won.body.refresh_token },
        { id: app.clientId, secret: app.secret },
      );
      expect(refreshed.body.error).toBe('invalid_grant');
    }
  });

  test('lives for 3 minutes by the clock of the domain', async () => {
    const { world, newCode, exchange } = await signedIn();
    const [first, second] = [await newCode(), await newCode()];
    await world.advance(170);
    expect((await exchange(first)).status).toBe(200);
    await world.advance(10);
    const late = await exchange(second);
    expect([late.status, late.body.error]).toEqual([400, 'invalid_grant']);
  });

  test('is for its client alone: another one gets nothing and breaks nothing', async () => {
    const { world, newCode, exchange } = await signedIn();
    const other = await world.app();
    const code = await newCode();
    expect((await world.exchange(other, code)).body.error).toBe('invalid_grant');
    const { status, body } = await exchange(code);
    expect(status).toBe(200);
    const replay = await world.exchange(other, code);
    expect(replay.body.error_description).toContain('given to another client');
    const userinfo = await world.send('GET', '/oauth2/v1/userinfo', { token: body.access_token });
    expect(userinfo.status).not.toBe(401);
  });

  test.each(['', 'AQIDBA=', 'x\0', 'a'.repeat(10_000)])('that never was (%#) is refused', async (code) => {
    const { exchange } = await signedIn();
    const { status, body } = await exchange(code);
    expect([status, body.error]).toEqual([400, code === '' ? 'invalid_request' : 'invalid_grant']);
  });

  test('redirect_uri need not be sent to the token endpoint, but must be the same', async () => {
    const { newCode, exchange } = await signedIn();
    const code = await newCode();
    const wrong = await exchange(code, { redirect_uri: `${REDIRECT_URI}/` });
    expect([wrong.status, wrong.body.error]).toEqual([400, 'invalid_grant']);
    expect((await exchange(code, { redirect_uri: REDIRECT_URI })).status).toBe(200);
    expect((await exchange(await newCode())).status).toBe(200);
  });

  test('of a user who was deactivated or deleted since gives nothing', async () => {
    const { world, app } = await signedIn();
    const person = await world.person('leaving@example.com');
    const browser = world.browser();
    const { code } = answerOf(await signIn(browser, world.authorizeUrl(app), person.form));
    const { code: second } = answerOf(await browser.get(world.authorizeUrl(app)));
    const body = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', path: 'active', value: false }],
    };
    await world.send('PATCH', `/admin/v1/Users/${person.id}`, { body });
    expect((await world.exchange(app, code!)).body.error).toBe('invalid_grant');
    await world.send('DELETE', `/admin/v1/Users/${person.id}`);
    expect((await world.exchange(app, second!)).body.error).toBe('invalid_grant');
  });

  test('gives an identity token only with openid, and a refresh token only with offline_access and the grant', async () => {
    const { newCode, exchange } = await signedIn({ allowedGrants: ['authorization_code'] });
    const plain = await exchange(await newCode({ scope: 'urn:opc:idm:__myscopes__' }));
    expect(Object.keys(plain.body)).toEqual(['access_token', 'token_type', 'expires_in']);
    const offline = await exchange(await newCode({ scope: 'openid offline_access' }));
    expect(Object.keys(offline.body)).toEqual(['access_token', 'token_type', 'expires_in', 'id_token']);
  });

  test('needs the client to prove who it is, and to have the grant', async () => {
    const { world, app, newCode } = await signedIn();
    const code = await newCode();
    const wrong = await world.exchange({ ...app, secret: 'wrong' }, code);
    expect([wrong.status, wrong.body.error]).toEqual([401, 'invalid_client']);
    expect((await world.exchange(app, code)).status).toBe(200);
  });
});

describe('PKCE', () => {
  const s256 = { code_challenge: CHALLENGE, code_challenge_method: 'S256' };

  test('S256 and plain prove a public client', async () => {
    const { newCode, exchange } = await signedIn(PUBLIC);
    for (const challenge of [
      s256,
      { code_challenge: VERIFIER, code_challenge_method: 'plain' },
      { code_challenge: VERIFIER },
    ]) {
      const { status, body } = await exchange(await newCode(challenge), {
        code_verifier: VERIFIER,
        redirect_uri: REDIRECT_URI,
      });
      expect([status, body.token_type]).toEqual([200, 'Bearer']);
    }
  });

  test.each([
    ['no verifier', s256, {}],
    ['another verifier', s256, { code_verifier: `${VERIFIER}x` }],
    ['the challenge as verifier', s256, { code_verifier: CHALLENGE }],
    ['a verifier for no challenge', {}, { code_verifier: VERIFIER }],
    ['a verifier that is too short for plain', { code_challenge: VERIFIER }, { code_verifier: 'short' }],
  ])('%s gives invalid_grant and leaves the code as it is', async (_what, challenge, more) => {
    const { newCode, exchange } = await signedIn(PUBLIC);
    const code = await newCode(challenge as Record<string, string>);
    const { status, body } = await exchange(code, more as Record<string, string>);
    expect([status, body.error]).toEqual([400, 'invalid_grant']);
    const good = 'code_challenge' in challenge ? { code_verifier: VERIFIER } : {};
    expect((await exchange(code, good)).status).toBe(200);
  });

  test('a confidential client that used it must prove both', async () => {
    const { newCode, exchange } = await signedIn();
    const code = await newCode(s256);
    expect((await exchange(code)).body.error).toBe('invalid_grant');
    expect((await exchange(code, { code_verifier: VERIFIER })).status).toBe(200);
  });

  test('a public client without it is served, as by the real service', async () => {
    const { newCode, exchange } = await signedIn(PUBLIC);
    expect((await exchange(await newCode())).status).toBe(200);
  });
});
