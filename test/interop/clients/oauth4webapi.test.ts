import * as oauth from 'oauth4webapi';
import { expect, test } from 'vitest';
import { arrive, newPage } from '../support/browser.ts';
import { type Callback, callback } from '../support/callback.ts';
import { type Client, type Domain, newDomain, REAL_ISSUER } from '../support/domain.ts';
import type { Mode } from '../support/servers.ts';
import { fetchUsableKeys } from '../support/usable-keys.ts';

/** What the library wants for any server without https. */
const http = { [oauth.allowInsecureRequests]: true };

test('strict mode: discovery, code with PKCE, userinfo, refresh, logout', async () => {
  const { domain, registered, returned } = await setUp('strict');
  const issuer = new URL(domain.url);
  const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http));
  expect(server.code_challenge_methods_supported).toContain('S256');
  const answer = await journey(server, domain, registered, returned);
  await oauth.validateApplicationLevelSignature(server, answer, http);
});

test('default mode: discovery refuses the issuer, as against the real service', async () => {
  const { domain } = await setUp('default');
  const issuer = new URL(domain.url);
  const response = await oauth.discoveryRequest(issuer, http);
  await expect(oauth.processDiscoveryResponse(issuer, response)).rejects.toMatchObject({
    code: oauth.JSON_ATTRIBUTE_COMPARISON,
    cause: { attribute: 'issuer', expected: issuer.href.replace(/\/$/, '') },
  });
});

test('default mode: with the issuer that it expects all works, but the keys are closed', async () => {
  const { domain, registered, returned } = await setUp('default');
  const response = await oauth.discoveryRequest(new URL(domain.url), http);
  const server = await oauth.processDiscoveryResponse(new URL(REAL_ISSUER), response);
  const answer = await journey(server, domain, registered, returned);
  await expect(oauth.validateApplicationLevelSignature(server, answer, http)).rejects.toMatchObject({
    code: oauth.RESPONSE_IS_NOT_CONFORM,
    cause: { status: 401 },
  });
});

test('default mode: with signingCertPublicAccess and usable keys signatures verify too', async () => {
  const { domain, registered, returned } = await setUp('default');
  await domain.openSigningKeys();
  const response = await oauth.discoveryRequest(new URL(domain.url), http);
  const server = await oauth.processDiscoveryResponse(new URL(REAL_ISSUER), response);
  const answer = await journey(server, domain, registered, returned);
  const usable = { ...http, [oauth.customFetch]: fetchUsableKeys };
  await oauth.validateApplicationLevelSignature(server, answer, usable);
});

async function setUp(mode: Mode) {
  const domain = await newDomain(mode);
  const returned = await callback();
  const registered = await domain.registerClient({
    redirectUris: [returned.redirectUri],
    postLogoutRedirectUris: [returned.postLogoutRedirectUri],
  });
  return { domain, returned, registered };
}

/** @returns the token endpoint's answer, for checks of its id token's signature */
async function journey(
  server: oauth.AuthorizationServer,
  domain: Domain,
  registered: Client,
  returned: Callback,
): Promise<Response> {
  const page = await newPage();
  const client = { client_id: registered.id };
  const authentication = oauth.ClientSecretBasic(registered.secret);
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const authorization = new URL(server.authorization_endpoint!);
  authorization.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: returned.redirectUri,
    response_type: 'code',
    scope: 'openid profile offline_access',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  }).toString();
  const address = await returned.signIn(page, domain, authorization);
  const parameters = oauth.validateAuthResponse(server, client, address, state);
  const answer = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    authentication,
    parameters,
    returned.redirectUri,
    verifier,
    http,
  );
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
  const { sub, iss } = oauth.getValidatedIdTokenClaims(tokens)!;
  expect(sub).toBe(domain.userName);
  expect(iss).toBe(server.issuer);

  const asked = await oauth.userInfoRequest(server, client, tokens.access_token, http);
  expect(await oauth.processUserInfoResponse(server, client, sub, asked)).toMatchObject({ family_name: 'Doe' });

  const refresh = await oauth.refreshTokenGrantRequest(server, client, authentication, tokens.refresh_token!, http);
  const refreshed = await oauth.processRefreshTokenResponse(server, client, refresh);
  expect(refreshed.access_token).not.toBe(tokens.access_token);

  const revoke = await oauth.revocationRequest(server, client, authentication, tokens.refresh_token!, http);
  await oauth.processRevocationResponse(revoke);
  const again = await oauth.refreshTokenGrantRequest(server, client, authentication, tokens.refresh_token!, http);
  await expect(oauth.processRefreshTokenResponse(server, client, again)).rejects.toMatchObject({
    error: 'invalid_grant',
  });

  const logout = new URL(server.end_session_endpoint!);
  logout.search = new URLSearchParams({
    id_token_hint: tokens.id_token!,
    post_logout_redirect_uri: returned.postLogoutRedirectUri,
  }).toString();
  await page.goto(logout.href);
  await arrive(page, returned.postLogoutRedirectUri);
  return answer;
}
