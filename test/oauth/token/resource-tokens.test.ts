import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomIds } from '../../../src/ids.ts';
import { authenticateBearer } from '../../../src/oauth/bearer.ts';
import { findClient } from '../../../src/oauth/client.ts';
import { acceptedIssuers } from '../../../src/oauth/issuer.ts';
import { requestScope } from '../../../src/oauth/token/requested-scope.ts';
import { LOCAL_IDENTITY_PROVIDER, type Subject } from '../../../src/oauth/token/subject.ts';
import { answerWithTokens, issueTokens } from '../../../src/oauth/token/token-answer.ts';
import { accessTokenLifetime } from '../../../src/oauth/token/token-lifetime.ts';
import type { OAuthServices } from '../../../src/oauth/token/token-request.ts';
import { BY_PASSWORD } from '../../../src/signin/session.ts';
import { closeTestStore } from '../../support/context.ts';
import { claimsOf } from '../../support/token-claims.ts';
import { aDomain } from '../domain-fixture.ts';
import { basic, newOAuthDomain, type OAuthDomain, PASSWORD } from '../oauth-domain.ts';
import { insertResourceApp } from './resource-fixture.ts';

const ALL = 'urn:opc:resource:consumer::all';
const READ = 'http://docs.example/read';
const PAY = 'http://bank.example/pay';
const MULTI = 'urn:opc:resource:multiresourcescope';
let domain: OAuthDomain;
let docs: string;

beforeAll(async () => {
  domain = await newOAuthDomain();
  docs = await insertResourceApp(domain, 'http://docs.example/', ['read'], { allowOffline: true });
  await insertResourceApp(domain, 'http://bank.example/', ['pay'], {
    accessTokenExpiry: 600,
    secondaryAudiences: ['https://bank.example'],
  });
  await insertResourceApp(domain, 'https://psm.example', [ALL], { accessTokenExpiry: 86_400 });
  const allowedScopes = [READ, PAY, `https://psm.example${ALL}`].map((fqs) => ({ fqs }));
  await domain.client('web', { allowedScopes }, ['Identity Domain Administrator']);
  await domain.client('behalf', { allowedScopes, allowedOperations: ['onBehalfOfUser'] });
  await domain.client('account', { trustScope: 'Account' });
  await domain.user('jdoe', ['User Administrator']);
});

afterAll(async () => {
  await domain.app.close();
  await closeTestStore();
});

async function own(scope: string, client = 'web') {
  return (await domain.token({ grant_type: 'client_credentials', scope }, basic(client))).json();
}

async function users(scope: string, client = 'web') {
  const form = { grant_type: 'password', username: 'jdoe', password: PASSWORD, scope };
  return (await domain.token(form, basic(client))).json();
}

describe('tokens for resource applications', () => {
  it('carry the primary audience and the bare scope value, and no AppRoles', async () => {
    const claims = claimsOf((await own(READ)).access_token);
    expect(claims).toMatchObject({ aud: 'http://docs.example/', scope: 'read', sub_type: 'client', sub: 'web' });
    for (const name of ['clientAppRoles', 'userAppRoles', 'user_isAdmin', 'resource_app_id']) {
      expect(claims).not.toHaveProperty(name);
    }
  });

  it('list secondary audiences after the primary one', async () => {
    expect(claimsOf((await own(PAY)).access_token)['aud']).toEqual(['http://bank.example/', 'https://bank.example']);
  });

  it('name the resource application for users, whose AppRoles they leave out', async () => {
    const claims = claimsOf((await users(READ)).access_token);
    expect(claims).toMatchObject({ sub: 'jdoe', scope: 'read', resource_app_id: docs });
    for (const name of ['clientAppRoles', 'userAppRoles', 'user_isAdmin']) expect(claims).not.toHaveProperty(name);
  });

  it('do not speak of onBehalfOfUser, which is about the domain itself', async () => {
    expect(claimsOf((await users(READ, 'behalf')).access_token)).not.toHaveProperty('onBehalfOfUser');
    const admin = await users('urn:opc:idm:__myscopes__', 'behalf');
    expect(claimsOf(admin.access_token)).toMatchObject({ onBehalfOfUser: true });
  });

  it("are refused by the domain's own API", async () => {
    const { store, clock, domain: row } = domain.context;
    const token = (await own(READ)).access_token;
    await expect(authenticateBearer({ store, keys: domain.keys }, row, clock, `Bearer ${token}`)).rejects.toThrow(
      'another audience',
    );
  });

  it('come with an identity token when openid is asked for too', async () => {
    const answer = await users(`${READ} openid`);
    expect(claimsOf(answer.access_token)).toMatchObject({ aud: 'http://docs.example/', scope: 'read openid' });
    expect(claimsOf(answer.id_token)).toMatchObject({ tok_type: 'IT', azp: 'web', sub: 'jdoe' });
  });

  it('live as long as the resource application says, and <audience>consumer::all is one of its scopes', async () => {
    const answer = await users(`https://psm.example${ALL}`);
    expect(answer.expires_in).toBe(86_400);
    const { iat, exp, scope } = claimsOf(answer.access_token);
    expect(Number(exp) - Number(iat)).toBe(86_400);
    expect(scope).toBe(ALL);
  });

  it.each([
    [`${PAY} urn:opc:resource:expiry=60`, 60],
    [`${PAY} urn:opc:resource:expiry=7200`, 600],
    [`${READ} urn:opc:resource:expiry=7200`, 7200],
    [READ, 3600],
  ])('live the least that is asked and allowed: %s for %i seconds', async (scope, seconds) => {
    expect((await own(scope)).expires_in).toBe(seconds);
  });

  it('are refreshed only where the resource application allows it', async () => {
    expect(await users(`${READ} offline_access`)).toHaveProperty('refresh_token');
    const answer = await users(`${PAY} offline_access`);
    expect(answer).not.toHaveProperty('refresh_token');
    expect(claimsOf(answer.access_token)['scope']).toBe('pay');
  });

  it('are refreshed for as long as the resource application says', async () => {
    await insertResourceApp(domain, 'http://short.example/', ['read'], { allowOffline: true, refreshTokenExpiry: 900 });
    const scope = 'http://short.example/read';
    await domain.client('short', { allowedScopes: [{ fqs: scope }] });
    const { refresh_token } = await users(`${scope} offline_access`, 'short');
    const refresh = () => domain.token({ grant_type: 'refresh_token', refresh_token }, basic('short'));
    domain.context.clock.advance(899_000);
    expect(claimsOf((await refresh()).json().access_token)).toMatchObject({ aud: 'http://short.example/' });
    domain.context.clock.advance(2000);
    expect((await refresh()).json().error).toBe('invalid_grant');
  });

  it('of the account say consumer::all to a client, and not for a user', async () => {
    expect(claimsOf((await own(ALL, 'account')).access_token)).toMatchObject({
      aud: 'urn:opc:resource:scope:account',
      scope: ALL,
    });
    const answer = await users(`${ALL} offline_access`, 'account');
    expect(claimsOf(answer.access_token)).toMatchObject({
      aud: 'urn:opc:resource:scope:account',
      scope: 'offline_access',
    });
    expect(answer.refresh_token).toEqual(expect.any(String));
  });
});

describe('a request for several resources', () => {
  it('is answered with a token for each, and one identity token', async () => {
    const answer = await users(`${READ} ${PAY} openid ${MULTI}`);
    expect(Object.keys(answer).sort()).toEqual(['id_token', 'tokenResponses']);
    const responses = answer.tokenResponses as { access_token: string; token_type: string; expires_in: number }[];
    expect(responses.map((one) => [one.token_type, one.expires_in])).toEqual([
      ['Bearer', 3600],
      ['Bearer', 600],
    ]);
    expect(responses.map((one) => claimsOf(one.access_token)['scope'])).toEqual(['read openid', 'pay openid']);
  });

  it("may have the domain's own scopes among them", async () => {
    const { tokenResponses } = await own(`${READ} urn:opc:idm:__myscopes__ ${MULTI}`);
    const [admin, resource] = tokenResponses.map((one: { access_token: string }) => claimsOf(one.access_token));
    expect(admin.clientAppRoles).toContain('Identity Domain Administrator');
    expect(resource).toMatchObject({ aud: 'http://docs.example/', scope: 'read' });
    expect(resource).not.toHaveProperty('clientAppRoles');
  });

  it('keeps that form for one resource', async () => {
    expect((await own(`${READ} ${MULTI}`)).tokenResponses).toHaveLength(1);
  });

  it('fails without multiresourcescope', async () => {
    expect((await own(`${READ} ${PAY}`)).error).toBe('invalid_scope');
  });

  it('can not be answered by the authorization endpoint with a token', async () => {
    const { services, context, client } = await parties();
    const requested = await requestScope(services, context, client, `${READ} ${PAY} ${MULTI}`);
    const options = { wanted: { access: true, identity: false } };
    await expect(issueTokens(services, context, client, requested, null, options)).rejects.toMatchObject({
      code: 'invalid_scope',
    });
  });
});

async function parties() {
  const { store, clock, baseUrl, log, passwords, secrets, domain: row } = domain.context;
  const context = { domain: row, clock, baseUrl, log };
  const given = {
    store,
    passwords,
    secrets,
    keys: domain.keys,
    ids: randomIds,
    strictIssuer: false,
    devLogin: false,
    mtlsPort: () => null,
  };
  const services: OAuthServices = { ...given, contextOf: () => context };
  return { services, context, client: (await findClient(store, row, 'web'))! };
}

describe('tokens of a browser session', () => {
  it('end with it, and say so in expires_in', async () => {
    const { services, context, client } = await parties();
    const { store, clock, domain: row } = domain.context;
    const now = Math.floor(clock.now() / 1000);
    const subject: Subject = {
      user: (await store.resources.readByName(row.id, 'User', 'jdoe'))!,
      roles: [],
      sessionId: 'a:b',
      authenticated: now,
      amr: BY_PASSWORD,
      identityProvider: LOCAL_IDENTITY_PROVIDER,
      sessionExpires: now + 7500,
    };
    const answer = async (scope: string) => {
      const requested = await requestScope(services, context, client, scope);
      return await answerWithTokens(services, context, client, requested, subject);
    };
    expect(await answer('openid')).toMatchObject({ expires_in: 3600 });
    expect(await answer(`https://psm.example${ALL}`)).toMatchObject({ expires_in: 7500 });
    clock.advance(7000_000);
    const last = await answer('openid urn:opc:resource:expiry=7200');
    expect(last['expires_in']).toBe(500);
    for (const name of ['access_token', 'id_token']) {
      expect(claimsOf(String(last[name]))['exp']).toBe(now + 7500);
    }
    expect(claimsOf(String(last['id_token']))['session_exp']).toBe(now + 7500);
    clock.advance(500_000);
    await expect(answer('openid')).rejects.toMatchObject({ code: 'invalid_grant' });
  });
});

describe('accessTokenLifetime', () => {
  it.each([
    [null, null, null, 3600],
    [null, 600, null, 600],
    [null, 86_400, null, 86_400],
    [null, 86_400, 7000, 7000],
    [null, null, 7000, 3600],
    [null, null, 500, 500],
    [31_556_952, null, null, 31_556_952],
    [7200, 600, null, 600],
    [60, 600, 500, 60],
  ])('custom %s, resource %s, session %s: %i seconds', (custom, resource, session, seconds) => {
    expect(accessTokenLifetime({ custom, resource, session, standard: 3600 })).toBe(seconds);
  });
});

describe('identity tokens', () => {
  it('list groups and AppRoles when the scope asks for them', async () => {
    const id = await domain.user('member', ['Me']);
    const group = await domain.group([id], []);
    const form = { grant_type: 'password', username: 'member', password: PASSWORD, scope: 'openid groups approles' };
    const { id_token, access_token } = (await domain.token(form, basic('web'))).json();
    expect(claimsOf(id_token)).toMatchObject({ groups: [{ id: group }], appRoles: [{ name: 'Me' }] });
    expect(claimsOf(access_token)).not.toHaveProperty('groups');
    expect(claimsOf((await users('openid')).id_token)).not.toHaveProperty('groups');
  });
});

describe('acceptedIssuers', () => {
  const base = 'http://127.0.0.1:8080';

  it('has the issuer and the one before it', () => {
    const settings = { issuer: 'https://new.example', prevIssuer: 'https://identity.oraclecloud.com/' };
    const domain = aDomain({ settings });
    expect([...acceptedIssuers(domain, base, false)]).toEqual([
      'https://new.example',
      'https://identity.oraclecloud.com/',
    ]);
    expect([...acceptedIssuers(domain, base, true)]).toEqual(['https://new.example', base]);
    expect([...acceptedIssuers(aDomain(), base, false)]).toEqual(['https://identity.oraclecloud.com/']);
  });
});
