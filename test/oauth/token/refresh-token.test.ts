import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeTestStore } from '../../support/context.ts';
import { claimsOf } from '../../support/token-claims.ts';
import { basic, newOAuthDomain, type OAuthDomain, PASSWORD } from '../oauth-domain.ts';

const MY_SCOPES = 'urn:opc:idm:__myscopes__';
const DAY = 24 * 3600 * 1000;
let domain: OAuthDomain;

beforeAll(async () => {
  domain = await newOAuthDomain();
  await domain.client('console', {}, ['Identity Domain Administrator', 'User Administrator']);
  await domain.client('other');
});

afterAll(async () => {
  await domain.app.close();
  await closeTestStore();
});

async function firstTokens(userName: string, scope = `${MY_SCOPES} offline_access`) {
  const form = { grant_type: 'password', username: userName, password: PASSWORD, scope };
  const answer = await domain.token(form, basic('console'));
  expect(answer.statusCode).toBe(200);
  return answer.json() as { access_token: string; refresh_token: string };
}

function refresh(token: string, more: Record<string, string> = {}, client = 'console') {
  return domain.token({ grant_type: 'refresh_token', refresh_token: token, ...more }, basic(client));
}

describe('the refresh_token grant', () => {
  it('gives a refresh token of the recorded form with offline_access', async () => {
    await domain.user('anna');
    expect((await firstTokens('anna')).refresh_token).toMatch(/^AQIDBA[\w-]{40,}=$/);
  });

  it('gives a new access token of the same session, and the same refresh token again', async () => {
    await domain.user('berta');
    const first = await firstTokens('berta');
    domain.context.clock.advance(1000);
    const answer = await refresh(first.refresh_token);
    expect(answer.json()).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 3600,
      refresh_token: first.refresh_token,
    });
    const [before, after] = [claimsOf(first.access_token), claimsOf(answer.json().access_token)];
    expect(after).toMatchObject({ sub: 'berta', sid: before['sid'], scope: before['scope'] });
    expect(after['jti']).not.toBe(before['jti']);
    expect(Number(after['iat'])).toBe(Number(before['iat']) + 1);
    expect((await refresh(first.refresh_token)).statusCode).toBe(200);
  });

  it('has the AppRoles of today', async () => {
    const id = await domain.user('clara');
    const { refresh_token } = await firstTokens('clara');
    await domain.grant(['User Administrator'], 'User', id);
    const answer = await refresh(refresh_token);
    expect(claimsOf(answer.json().access_token)['userAppRoles']).toEqual(['Authenticated', 'User Administrator']);
  });

  it('gives less when less is asked for, and refuses more', async () => {
    await domain.user('dora');
    const { refresh_token } = await firstTokens('dora', `${MY_SCOPES} openid offline_access`);
    const less = await refresh(refresh_token, { scope: 'openid' });
    expect(claimsOf(less.json().access_token)['scope']).toBe('openid');
    const more = await refresh(refresh_token, { scope: `${MY_SCOPES} email` });
    expect(more.statusCode).toBe(400);
    expect(more.json()).toMatchObject({ error: 'invalid_scope', error_description: expect.stringContaining('email') });
  });

  it('refuses the token of another client, and a token that is none', async () => {
    await domain.user('emma');
    const { refresh_token } = await firstTokens('emma');
    for (const answer of [await refresh(refresh_token, {}, 'other'), await refresh('AQIDBAnothing=')]) {
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toMatchObject({ error: 'invalid_grant' });
    }
  });

  it("refuses a user who isn't active any more", async () => {
    const id = await domain.user('flora');
    const { refresh_token } = await firstTokens('flora');
    const { store, domain: row } = domain.context;
    await store.resources.delete(row.id, 'User', id, null);
    expect((await refresh(refresh_token)).json()).toMatchObject({ error: 'invalid_grant' });
  });

  it("expires after a week by the domain's clock", async () => {
    await domain.user('greta');
    const { refresh_token } = await firstTokens('greta');
    domain.context.clock.advance(7 * DAY - 1);
    expect((await refresh(refresh_token)).statusCode).toBe(200);
    domain.context.clock.advance(1);
    expect((await refresh(refresh_token)).json()).toMatchObject({ error: 'invalid_grant' });
  });

  it('keeps no refresh token in the clear', async () => {
    await domain.user('hanna');
    const { refresh_token } = await firstTokens('hanna');
    const { store, domain: row } = domain.context;
    expect(await store.tokens.find(row.id, 'refresh', refresh_token)).toBeNull();
  });
});
