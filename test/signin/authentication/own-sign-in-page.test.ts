import { createDecipheriv, createHash, createPublicKey, verify } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AuthorizeWorld, answerOf, authorizeWorld, type TestApp } from '../../oauth/authorize/authorize-world.ts';
import { MY_SCOPES, newClient } from '../../oauth/token/assertion-fixture.ts';
import type { Browser, Visited } from '../../support/browser.ts';
import { newUser } from '../../support/new-user.ts';
import { claimsOf } from '../../support/token-claims.ts';
import { AUTHENTICATE, grantRole, PASSWORD } from './authentication-world.ts';

/*
 * An application with a sign-in page of its own: the domain hands the waiting request over to it, the page's server signs the user in by
 * the Authentication API, and the browser brings the result back.
 */

const OWN_PAGE = 'https://login.example.com/signin';
const SESSION = '/sso/v1/sdk/secure/session';
let world: AuthorizeWorld;
let app: TestApp;
/** The sign-in page's own client, which is not the application. */
let token: string;

beforeAll(async () => {
  world = await authorizeWorld();
  app = await world.app({ displayName: 'Shop', loginPageUrl: OWN_PAGE });
  const client = await newClient(world, 'page_server');
  await grantRole(world, client.appId, 'Signin');
  const form = { grant_type: 'client_credentials', scope: MY_SCOPES };
  token = (await world.tokenRequest(form, client)).body.access_token;
  await newUser(world, 'joe', PASSWORD);
});

/** What the page's server does with the form that it gets: checks whose it is, and reads it. */
async function received(page: Visited) {
  const { action, fields } = page.forms[0]!;
  expect(action).toBe(OWN_PAGE);
  const jwks = (await world.send('GET', '/admin/v1/SigningCert/jwk')).body;
  const key = createPublicKey({ key: jwks.keys[0], format: 'jwk' });
  const { loginCtx, signature } = fields;
  expect(verify('sha256', Buffer.from(loginCtx!), key, Buffer.from(signature!, 'base64'))).toBe(true);
  const { tenant } = claimsOf(token);
  const secret = createHash('sha256').update(String(tenant).toLowerCase()).digest().subarray(0, 16);
  const decipher = createDecipheriv('aes-128-cbc', secret, Buffer.alloc(16));
  return JSON.parse(decipher.update(loginCtx!, 'base64', 'utf8') + decipher.final('utf8'));
}

async function handedOver(browser: Browser): Promise<{ requestState: string; nextOp: string[] }> {
  const page = await browser.get(world.authorizeUrl(app, { nonce: 'n-1' }));
  expect(page.status, page.text).toBe(200);
  return received(page);
}

const post = (requestState: string, body: object) =>
  world.send('POST', AUTHENTICATE, { token, body: { requestState, ...body } });
const byPassword = (requestState: string) =>
  post(requestState, { op: 'credSubmit', credentials: { username: 'joe', password: PASSWORD } });

describe('a sign-in page of the application', () => {
  it('signs in by authnToken, and the waiting OpenID request is answered', async () => {
    const browser = world.browser();
    const context = await handedOver(browser);
    expect(context).toMatchObject({ status: 'success', nextOp: ['credSubmit'], requestState: expect.any(String) });
    const { body, text } = await byPassword(context.requestState);
    expect(body.authnToken, text).toEqual(expect.any(String));

    const sent = await browser.post(SESSION, { authnToken: body.authnToken, authorization: token });
    expect(sent.status, sent.text).toBe(303);
    expect(sent.location).toContain('/oauth2/v1/authorize?resume=');
    const { code } = answerOf(await browser.follow(sent));
    const tokens = await world.exchange(app, code!);
    expect(claimsOf(tokens.body.id_token)).toMatchObject({
      sub: 'joe',
      nonce: 'n-1',
      sid: claimsOf(body.authnToken)['sid'],
    });

    const again = await world.browser().post(SESSION, { authnToken: body.authnToken, authorization: token });
    expect([again.status, again.text.includes('AUTH-3008')]).toEqual([401, true]);
  });

  it('signs in by requestState where createSession is offered', async () => {
    const value = [
      { name: 'effect', value: 'ALLOW' },
      { name: 'authenticationFactor', value: 'IDP+2FA' },
      { name: 'allowUserToSkip2FAEnrolment', value: 'true' },
    ];
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
    const rule = { schemas, Operations: [{ op: 'replace', path: 'return', value }] };
    expect((await world.send('PATCH', '/admin/v1/Rules/DefaultSignOnRule', { body: rule })).status).toBe(200);
    const browser = world.browser();
    const { requestState } = await handedOver(browser);
    const offered = (await byPassword(requestState)).body;
    expect(offered.nextOp).toContain('createSession');
    const form = { requestState: offered.requestState, authorization: token };
    const sent = await browser.post(SESSION, form);
    expect(sent.status, sent.text).toBe(303);
    expect(answerOf(await browser.follow(sent))['code']).toEqual(expect.any(String));
    expect((await browser.post(SESSION, form)).status).toBe(401);
  });

  it('refuses what is no sign-in that is over, and what is somebody else’s', async () => {
    const browser = world.browser();
    const { requestState } = await handedOver(browser);
    expect((await browser.post(SESSION, { requestState, authorization: token })).status).toBe(401);
    expect((await browser.post(SESSION, { requestState })).text).toContain('AUTH-1001');
    expect((await browser.post(SESSION, {})).text).toContain('AUTH-1001');
    expect((await browser.post(SESSION, { authnToken: 'a.b.c', authorization: token })).text).toContain('AUTH-3008');
    const other = (
      await world.send('POST', '/_emulator/tokens', { token: null, body: { userName: 'joe', type: 'id' } })
    ).body;
    expect((await browser.post(SESSION, { authnToken: String(other.id_token) })).text).toContain('AUTH-3008');
    expect((await browser.post(SESSION, { authnToken: 'x', authorization: 'garbled' })).status).toBe(401);
  });

  it('goes to the identity provider as far as there is a way', async () => {
    const choose = (fields: Record<string, string>) =>
      world
        .browser()
        .post('/sso/v1/sdk/secure/idp', { authorization: token, ...fields }, { accept: 'application/json' });
    expect((await choose({ idpId: 'none', idpType: 'Saml' })).text).toContain('AUTH-3021');
    const body = {
      schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:SocialIdentityProvider'],
      name: 'Google',
      serviceProviderName: 'Google',
      consumerKey: 'key',
      consumerSecret: 'secret',
      enabled: true,
      showOnLogin: true,
      accountLinkingEnabled: true,
      registrationEnabled: false,
    };
    const { id } = (await world.send('POST', '/admin/v1/SocialIdentityProviders', { body })).body;
    const answer = await choose({ idpId: id, idpType: 'Social', idpName: 'Google' });
    expect([answer.status, answer.text.includes('docs/coverage.md')]).toEqual([501, true]);
  });
});
