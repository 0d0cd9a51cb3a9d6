import * as client from 'openid-client';
import { expect, test } from 'vitest';
import { arrive, newPage } from '../support/browser.ts';
import { callback } from '../support/callback.ts';
import { type Client, type Domain, newDomain, REAL_ISSUER } from '../support/domain.ts';
import type { Mode } from '../support/servers.ts';

// Both options are what the library wants for any server: http instead of https, and signatures checked (it trusts TLS).
const ANY_HTTP_SERVER = { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] };

test('strict mode: discovery, code with PKCE, userinfo, refresh, logout', async () => {
  const { domain, registered, returned } = await setUp('strict');
  const configuration = await client.discovery(
    new URL(domain.url),
    registered.id,
    registered.secret,
    undefined,
    ANY_HTTP_SERVER,
  );
  expect(configuration.serverMetadata().supportsPKCE()).toBe(true);
  await journey(configuration, domain, returned);
});

test('default mode: discovery refuses the issuer, as against the real service', async () => {
  const { domain, registered } = await setUp('default');
  const discovered = client.discovery(
    new URL(domain.url),
    registered.id,
    registered.secret,
    undefined,
    ANY_HTTP_SERVER,
  );
  await expect(discovered).rejects.toMatchObject({
    code: 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
    cause: { attribute: 'issuer' },
  });
});

test('default mode: with the document as configuration all works', async () => {
  const { domain, registered, returned } = await setUp('default');
  const metadata = await (await fetch(`${domain.url}/.well-known/openid-configuration`)).json();
  const configuration = new client.Configuration(metadata, registered.id, registered.secret);
  client.allowInsecureRequests(configuration);
  expect(configuration.serverMetadata().issuer).toBe(REAL_ISSUER);
  await journey(configuration, domain, returned);
});

test('default mode: checked signatures meet closed keys', async () => {
  const { domain, registered, returned } = await setUp('default');
  const metadata = await (await fetch(`${domain.url}/.well-known/openid-configuration`)).json();
  const configuration = new client.Configuration(metadata, registered.id, registered.secret);
  client.allowInsecureRequests(configuration);
  client.enableNonRepudiationChecks(configuration);
  await expect(journey(configuration, domain, returned)).rejects.toMatchObject({
    code: 'OAUTH_RESPONSE_IS_NOT_CONFORM',
    cause: { status: 401 },
  });
});

async function setUp(mode: Mode) {
  const domain = await newDomain(mode);
  const returned = await callback();
  const registered: Client = await domain.registerClient({
    redirectUris: [returned.redirectUri],
    postLogoutRedirectUris: [returned.postLogoutRedirectUri],
    allowedOperations: ['introspect'],
  });
  return { domain, returned, registered };
}

async function journey(
  configuration: client.Configuration,
  domain: Domain,
  returned: Awaited<ReturnType<typeof callback>>,
): Promise<void> {
  const page = await newPage();
  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const authorization = client.buildAuthorizationUrl(configuration, {
    redirect_uri: returned.redirectUri,
    scope: 'openid profile email offline_access',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  });
  const answer = await returned.signIn(page, domain, authorization);
  const tokens = await client.authorizationCodeGrant(configuration, answer, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  });
  const claims = tokens.claims()!;
  expect(claims.iss).toBe(configuration.serverMetadata().issuer);
  expect(claims.sub).toBe(domain.userName);

  const profile = await client.fetchUserInfo(configuration, tokens.access_token, claims.sub);
  expect(profile).toMatchObject({ sub: domain.userName, given_name: 'Jane', email: domain.userName });

  const refreshed = await client.refreshTokenGrant(configuration, tokens.refresh_token!);
  expect(refreshed.access_token).not.toBe(tokens.access_token);
  await client.fetchUserInfo(configuration, refreshed.access_token, claims.sub);

  const inspected = await client.tokenIntrospection(configuration, refreshed.access_token);
  expect(inspected.active).toBe(true);

  const logout = client.buildEndSessionUrl(configuration, {
    id_token_hint: tokens.id_token!,
    post_logout_redirect_uri: returned.postLogoutRedirectUri,
    state: 'gone',
  });
  await page.goto(logout.href);
  await arrive(page, `${returned.postLogoutRedirectUri}?state=gone`);
  await page.goto(authorization.href);
  await page.locator('input[name=password]').waitFor();
}
