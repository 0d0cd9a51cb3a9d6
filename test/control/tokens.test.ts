import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { MY_SCOPES, type TestClient, type TokenWorld, tokenWorld } from '../oauth/token-world.ts';
import { testDomain } from '../support/emulator.ts';
import { claimsOf } from '../support/token-claims.ts';

const PAGE = '/_emulator/tokens/decode';
let world: TokenWorld;
let bare: TestClient;
let userId: string;

beforeAll(async () => {
  world = await tokenWorld();
  bare = await world.client('Bare', { allowedGrants: [], allowedOperations: ['introspect'] });
  userId = (await world.domain.createUser('anna@example.com')).id;
});

const mint = (wish: JsonObject) => world.domain.send('POST', '/_emulator/tokens', { body: wish, token: null });
const decode = (token: string) => world.domain.send('POST', PAGE, { body: { token }, token: null });
const form = (fields: Record<string, string>, headers: Record<string, string>) =>
  world.domain.send('POST', PAGE, {
    body: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    token: null,
  });

async function minted(wish: JsonObject): Promise<{ access_token: string; id_token: string; expires_in: number }> {
  const { status, text, body } = await mint(wish);
  expect(status, text).toBe(200);
  return body;
}

describe('POST /_emulator/tokens', () => {
  it("mints the first client's own token when nothing is asked for, and the APIs take it", async () => {
    const { status, headers, body } = await mint({});
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({ token_type: 'Bearer', access_token: expect.any(String), expires_in: 3600 });
    expect(claimsOf(body.access_token)).toMatchObject({ sub: 'idcs-admin', sub_type: 'client' });
    expect((await world.domain.send('GET', '/admin/v1/Users?count=0', { token: body.access_token })).status).toBe(200);
  });

  it('mints a token of any user and client, whatever grants the client has', async () => {
    for (const who of [{ userName: 'ANNA@example.com' }, { userId }]) {
      const { access_token } = await minted({ client: bare.id, scope: 'openid', ...who });
      expect(claimsOf(access_token)).toMatchObject({ sub: 'anna@example.com', user_id: userId, client_id: bare.id });
      const { body } = await world.post('introspect', { token: access_token }, bare);
      expect(body).toMatchObject({ active: true, sub: 'anna@example.com' });
    }
  });

  it('mints an identity token, alone or with an access token that it belongs to', async () => {
    const alone = await minted({ type: 'id', userId, scope: 'openid', expiresIn: 60 });
    expect(alone).not.toHaveProperty('access_token');
    const claims = claimsOf(alone.id_token);
    expect(claims).toMatchObject({ tok_type: 'IT', sub: 'anna@example.com' });
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(60);
    expect(claims['session_exp']).toBe(claims['exp']);
    expect(alone.expires_in).toBe(60);
    const both = await minted({ type: 'both', userId, scope: 'openid', claims: { tier: 'gold' } });
    const hash = createHash('sha256').update(both.access_token).digest().subarray(0, 16).toString('base64url');
    expect(claimsOf(both.id_token)).toMatchObject({ at_hash: hash, tier: 'gold' });
    expect(claimsOf(both.access_token)['tier']).toBe('gold');
  });

  it('adds claims, puts them in the place of others, and takes them away', async () => {
    const { access_token, expires_in } = await minted({
      expiresIn: 120,
      audience: ['https://app.example.com/', 'other'],
      claims: { scope: 'Read', nested: { list: [1, true, 'x'] }, region_name: null },
    });
    const claims = claimsOf(access_token);
    expect(claims).toMatchObject({
      aud: ['https://app.example.com/', 'other'],
      scope: 'Read',
      nested: { list: [1, true, 'x'] },
    });
    expect(claims).not.toHaveProperty('region_name');
    expect(expires_in).toBe(120);
    expect((await decode(access_token)).body).toMatchObject({ verified: true, expired: false });
    expect((await world.domain.send('GET', '/admin/v1/Users?count=0', { token: access_token })).status).toBe(401);
  });

  it('mints one that has expired already', async () => {
    const { access_token, expires_in } = await minted({ expiresIn: -10 });
    expect(expires_in).toBe(-10);
    expect((await world.domain.send('GET', '/admin/v1/Users?count=0', { token: access_token })).status).toBe(401);
    expect((await decode(access_token)).body).toMatchObject({ verified: true, expired: true });
  });

  it.each<[JsonObject, number, string]>([
    [{ client: 'nobody' }, 404, 'nobody'],
    [{ userName: 'nobody@example.com' }, 404, 'nobody@example.com'],
    [{ userName: 'a', userId: 'b' }, 400, 'either'],
    [{ type: 'id' }, 400, 'userName'],
    [{ type: 'refresh' }, 400, 'type'],
    [{ scope: 'urn:opc:idm:nonsense' }, 400, 'scope'],
    [{ expiresIn: 1e9 }, 400, 'expiresIn'],
    [{ expiresIn: 1.5 }, 400, 'expiresIn'],
    [{ claims: ['x'] }, 400, 'claims'],
    [{ audience: [] }, 400, 'audience'],
    [{ userName: 'a\u0000b' }, 400, 'userName'],
    [{ nonsense: true }, 400, 'nonsense'],
  ])('refuses %j', async (wish, status, word) => {
    const answer = await mint(wish);
    expect(answer.status, answer.text).toBe(status);
    expect(answer.body.detail).toContain(word);
  });
});

describe('POST /_emulator/tokens/decode', () => {
  it('takes a token apart', async () => {
    const { access_token } = await minted({ userId, scope: MY_SCOPES });
    const { status, headers, body } = await decode(`Bearer ${access_token}`);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      header: expect.objectContaining({ alg: 'RS256', kid: 'SIGNING_KEY' }),
      claims: claimsOf(access_token),
      verified: true,
      expired: false,
      revoked: false,
      reasons: [],
    });
  });

  it('says that a token was revoked', async () => {
    const { access_token } = await minted({ client: bare.id });
    expect((await world.post('revoke', { token: access_token }, bare)).status).toBe(200);
    const { body } = await decode(access_token);
    expect(body).toMatchObject({ verified: true, revoked: true, reasons: [expect.stringContaining('revoked')] });
  });

  it('says of foreign tokens what is wrong with them', async () => {
    const other = await testDomain();
    const { body } = await decode(other.token);
    expect(body).toMatchObject({ verified: false, claims: { sub: 'idcs-admin' } });
    expect(body.reasons[0]).toContain(claimsOf(other.token)['tenant']);
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{}').toString('base64url')}.`;
    expect((await decode(unsigned)).body.reasons[0]).toContain('none');
  });

  it.each(['garbage', 'a.b.c', 'AQIDBAnothing=', '....', 'bnVsbA.bnVsbA.x', '\u0000'])('survives %s', async (token) => {
    const { status, body } = await decode(token);
    expect(status).toBe(200);
    expect(body).toMatchObject({ header: null, claims: null, verified: false });
    expect(body.reasons).toHaveLength(1);
  });
});

describe('the page of /_emulator/tokens/decode', () => {
  it('shows a token that its own form sends', async () => {
    const page = await world.domain.send('GET', PAGE, { token: null });
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    // Otherwise browsers send `Origin: null` with the form, which is refused.
    expect(page.headers.get('referrer-policy')).toBe('same-origin');
    expect(page.text).toContain(`action="${world.domain.url}${PAGE}"`);
    const { access_token } = await minted({ userId, claims: { note: '<script>alert(1)</script>' } });
    const shown = await form({ token: access_token }, { origin: new URL(world.domain.url).origin });
    expect(shown.status).toBe(200);
    expect(shown.headers.get('content-type')).toContain('text/html');
    expect(shown.text).toContain('anna@example.com');
    expect(shown.text).not.toContain('<script>alert');
    expect((await form({ token: 'x' }, { 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  });

  it.each<[string, Record<string, string>, number]>([
    ['names another origin', { origin: 'https://evil.example' }, 403],
    ['names no origin because it hides it', { origin: 'null' }, 403],
    ['comes from another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['does not say where it comes from', {}, 415],
    ['was typed by the user', { 'sec-fetch-site': 'none' }, 415],
  ])('refuses a form that %s', async (_name, headers, status) => {
    expect((await form({ token: 'x' }, headers)).status).toBe(status);
  });

  it('is the only place that takes forms', async () => {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      origin: new URL(world.domain.url).origin,
      'sec-fetch-site': 'same-origin',
    };
    for (const path of ['/_emulator/tokens', '/_emulator/clock/freeze', '/_emulator/seed']) {
      const answer = await world.domain.send('POST', path, { body: 'token=x', headers, token: null });
      expect(answer.status, path).toBe(415);
    }
  });

  it('refuses a form with two tokens', async () => {
    const answer = await world.domain.send('POST', PAGE, {
      body: 'token=a&token=b',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
      token: null,
    });
    expect(answer.status).toBe(400);
  });
});
