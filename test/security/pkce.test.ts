import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { answerOf } from '../oauth/authorize/authorize-world.ts';
import { refusalOf, victim } from './victim.ts';

/*
 * PKCE and attempts to get around it (RFC 7636, RFC 9700 §2.1.1 and §4.8).
 */

const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
const S256 = { code_challenge: CHALLENGE, code_challenge_method: 'S256' };
const PLAIN = { code_challenge: VERIFIER, code_challenge_method: 'plain' };
const PUBLIC: JsonObject = { clientType: 'public', allowedGrants: ['authorization_code'] };

const clients: readonly (readonly [string, JsonObject])[] = [
  ['a public client', PUBLIC],
  ['a confidential client', {}],
];

describe.each(clients)('A code of %s with PKCE', (_what, changes) => {
  test.each<readonly [string, Record<string, string>, Record<string, string>]>([
    ['no verifier: an injected code', S256, {}],
    ['an empty verifier', S256, { code_verifier: '' }],
    ['the challenge as verifier', S256, { code_verifier: CHALLENGE }],
    ['the challenge as verifier, called plain', S256, { code_verifier: CHALLENGE, code_challenge_method: 'plain' }],
    ["the attacker's verifier", S256, { code_verifier: 'a'.repeat(43) }],
    ["the attacker's verifier and challenge", S256, { code_verifier: 'a'.repeat(43), code_challenge: 'a'.repeat(43) }],
    ['the verifier in another case', S256, { code_verifier: VERIFIER.toUpperCase() }],
    ['a verifier with padding', S256, { code_verifier: `${VERIFIER}=` }],
    ['a verifier with a space', S256, { code_verifier: `${VERIFIER} ` }],
    ['a verifier with a NUL', S256, { code_verifier: `${VERIFIER}\0` }],
    ['half a verifier', S256, { code_verifier: VERIFIER.slice(0, 20) }],
    ['a verifier of 100,000 characters', S256, { code_verifier: 'a'.repeat(100_000) }],
    ['no verifier for plain', PLAIN, {}],
    ['the hash of the verifier for plain', PLAIN, { code_verifier: CHALLENGE }],
    ['the beginning of the verifier for plain', { code_challenge: `${VERIFIER}x` }, { code_verifier: VERIFIER }],
    ['a verifier where there was no challenge: a stripped one', {}, { code_verifier: VERIFIER }],
    ['S256 read as plain where the method was stripped', { code_challenge: CHALLENGE }, { code_verifier: VERIFIER }],
  ])('%s is refused, and the code is still good for who began', async (_attack, parameters, proof) => {
    const { code, exchange } = await victim(changes);
    const stolen = await code(parameters);
    expect(refusalOf(await exchange(stolen, proof))).toEqual([400, 'invalid_grant']);
    const own =
      parameters['code_challenge'] === undefined
        ? {}
        : { code_verifier: parameters === S256 ? VERIFIER : parameters['code_challenge'] };
    expect((await exchange(stolen, own as Record<string, string>)).status).toBe(200);
  });

  test("another code's verifier is refused: a code that was injected into another sign-in", async () => {
    const { code, exchange } = await victim(changes);
    const other = 'b'.repeat(64);
    const challenge = createHash('sha256').update(other).digest('base64url');
    const stolen = await code(S256);
    await code({ code_challenge: challenge, code_challenge_method: 'S256' });
    expect(refusalOf(await exchange(stolen, { code_verifier: other }))).toEqual([400, 'invalid_grant']);
  });

  test('a verifier twice is refused', async () => {
    const { world, app, code } = await victim(changes);
    const form = new URLSearchParams({ grant_type: 'authorization_code', code: await code(S256) });
    form.append('client_id', app.clientId);
    if (app.secret !== '') form.append('client_secret', app.secret);
    form.append('code_verifier', 'a'.repeat(43));
    form.append('code_verifier', VERIFIER);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await world.send('POST', '/oauth2/v1/token', { token: null, headers, body: form.toString() });
    expect(refusalOf(answer)).toEqual([400, 'invalid_request']);
  });
});

describe('A challenge', () => {
  test.each([
    ['short', { code_challenge: 'a'.repeat(42) }],
    ['long', { code_challenge: 'a'.repeat(129) }],
    ['very long', { code_challenge: 'a'.repeat(5_000) }],
    ['with a character that no verifier has', { code_challenge: `${'a'.repeat(43)}+` }],
    ['with padding', { code_challenge: `${CHALLENGE}=`, code_challenge_method: 'S256' }],
    ['with a line break', { code_challenge: `${CHALLENGE}\n`, code_challenge_method: 'S256' }],
    ['longer than a SHA-256', { code_challenge: 'a'.repeat(64), code_challenge_method: 'S256' }],
    ['with an unknown method', { ...S256, code_challenge_method: 'S512' }],
    ['with a method in another case', { ...S256, code_challenge_method: 's256' }],
    ['with the method none', { ...S256, code_challenge_method: 'none' }],
    ['missing beside its method', { code_challenge_method: 'S256' }],
    ['empty beside its method', { code_challenge: '', code_challenge_method: 'S256' }],
  ])('%s is refused with no code', async (_what, parameters) => {
    const { world, app, browser } = await victim();
    const answer = answerOf(await browser.get(world.authorizeUrl(app, parameters)));
    expect(answer).toMatchObject({ error: 'invalid_request' });
    expect(answer['code']).toBeUndefined();
  });

  test('twice is refused with no code', async () => {
    const { world, app, browser } = await victim();
    const url = `${world.authorizeUrl(app, S256)}&code_challenge=${'a'.repeat(43)}`;
    const answer = answerOf(await browser.get(url));
    expect([answer['error'], answer['code']]).toEqual(['invalid_request', undefined]);
  });

  test('is kept over a sign-in', async () => {
    const { world, app } = await victim();
    const browser = world.browser();
    const page = await browser.follow(await browser.get(world.authorizeUrl(app, S256)));
    const { code } = answerOf(await browser.follow(await browser.submit(page, (await world.person('dora')).form)));
    expect(refusalOf(await world.exchange(app, code!))).toEqual([400, 'invalid_grant']);
    expect((await world.exchange(app, code!, { code_verifier: VERIFIER })).status).toBe(200);
  });
});
