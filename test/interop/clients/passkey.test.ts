import * as client from 'openid-client';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { arrive, newPage } from '../support/browser.ts';
import { callback } from '../support/callback.ts';
import { type Domain, newDomain } from '../support/domain.ts';

/*
 * A second factor in a real browser: Chromium with a virtual authenticator (WebAuthn §11) registers a passkey on the sign-in page and
 * uses it, each time for an OpenID Connect login.
 */

test('a passkey is registered at the first login, and used at the second', async () => {
  const { domain, configuration, returned } = await setUp();
  const page = await newPage();
  const authenticator = await virtualAuthenticator(page);
  const log: string[] = [];
  page.on('console', (message) => log.push(message.text()));

  const first = await begin(configuration, returned.redirectUri);
  await password(page, domain, first.url);
  await page.locator('button[value="enroll:FIDO_AUTHENTICATOR"]').click();
  await page.locator('#passkey-start').click();
  await page.locator('button[name=action][value=done]').first().click();
  expect(await first.amr(page)).toEqual(['USERNAME_PASSWORD', 'FIDO_AUTHENTICATOR']);
  expect(await authenticator.credentials()).toHaveLength(1);

  await page.context().clearCookies();
  const second = await begin(configuration, returned.redirectUri);
  await password(page, domain, second.url);
  await page.locator('#passkey-start').click();
  expect(await second.amr(page)).toEqual(['USERNAME_PASSWORD', 'FIDO_AUTHENTICATOR']);

  // Nothing was blocked by the pages' Content-Security-Policy.
  expect(log.filter((line) => line.includes('Content Security Policy'))).toEqual([]);
});

test('who does not consent at the authenticator is told, and can try again', async () => {
  const { domain, configuration, returned } = await setUp();
  const page = await newPage();
  const authenticator = await virtualAuthenticator(page);
  const login = await begin(configuration, returned.redirectUri);
  await password(page, domain, login.url);
  await page.locator('button[value="enroll:FIDO_AUTHENTICATOR"]').click();
  await authenticator.verifiesUser(false);
  await page.locator('#passkey-start').click();
  await page.locator('#passkey-failed').waitFor({ state: 'visible' });
  await authenticator.verifiesUser(true);
  await page.locator('#passkey-start').click();
  await page.locator('button[name=action][value=done]').first().click();
  expect(await login.amr(page)).toContain('FIDO_AUTHENTICATOR');
});

test('a page that waits for a phone goes on by itself', async () => {
  const { domain, configuration, returned } = await setUp();
  const page = await newPage();
  const login = await begin(configuration, returned.redirectUri);
  await password(page, domain, login.url);
  await page.locator('button[value="enroll:PUSH"]').click();
  await page.locator('img.qr').waitFor();
  const phone = `${domain.url}/_emulator/push`;
  const waiting = await (await fetch(`${phone}?userName=${encodeURIComponent(domain.userName)}`)).json();
  const scanned = await fetch(`${phone}/${waiting.enrollments[0].requestId}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ action: 'scan' }),
  });
  expect(scanned.status).toBe(200);
  await page.locator('button[name=action][value=done]').first().click();
  expect(await login.amr(page)).toEqual(['USERNAME_PASSWORD', 'PUSH']);
});

/** A domain whose sign-on rule wants a second factor, passkeys among them. Browsers want a name for those: localhost. */
async function setUp() {
  const domain = await newDomain('default');
  const patch = (path: string, op: object) =>
    domain.admin('PATCH', path, {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', ...op }],
    });
  await patch('/AuthenticationFactorSettings/AuthenticationFactorSettings', {
    path: 'fidoAuthenticatorEnabled',
    value: true,
  });
  await patch('/AuthenticationFactorSettings/AuthenticationFactorSettings', {
    path: 'urn:ietf:params:scim:schemas:oracle:idcs:extension:fido:AuthenticationFactorSettings',
    value: {
      attestation: 'DIRECT',
      authenticatorSelectionAttachment: 'PLATFORM',
      authenticatorSelectionUserVerification: 'REQUIRED',
      authenticatorSelectionResidentKey: 'PREFERRED',
      authenticatorSelectionRequireResidentKey: false,
      timeout: 30_000,
      publicKeyTypes: ['ES256'],
      excludeCredentials: true,
    },
  });
  await patch('/Rules/DefaultSignOnRule', {
    path: 'return',
    value: [
      { name: 'effect', value: 'ALLOW' },
      { name: 'authenticationFactor', value: 'IDP+2FA' },
    ],
  });
  const returned = await callback();
  const registered = await domain.registerClient({ redirectUris: [returned.redirectUri], bypassConsent: true });
  const url = domain.url.replace('//127.0.0.1:', '//localhost:');
  const metadata = await (await fetch(`${url}/.well-known/openid-configuration`)).json();
  const configuration = new client.Configuration(metadata, registered.id, registered.secret);
  client.allowInsecureRequests(configuration);
  return { domain, configuration, returned };
}

async function begin(configuration: client.Configuration, redirectUri: string) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const url = client.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    scope: 'openid',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
  });
  return {
    url,
    /** Waits for the answer and redeems it. */
    async amr(page: Page): Promise<unknown> {
      await arrive(page, redirectUri);
      const answer = new URL(page.url());
      const tokens = await client.authorizationCodeGrant(configuration, answer, { pkceCodeVerifier, expectedState });
      return tokens.claims()?.['amr'];
    },
  };
}

async function password(page: Page, domain: Domain, url: URL): Promise<void> {
  await page.goto(url.href);
  await page.locator('input[name=username]').fill(domain.userName);
  await page.locator('input[name=password]').fill(domain.password);
  await page.locator('input[name=password]').press('Enter');
}

/** An authenticator inside the browser, by Chrome's DevTools protocol. */
async function virtualAuthenticator(page: Page) {
  const devTools = await page.context().newCDPSession(page);
  await devTools.send('WebAuthn.enable');
  const { authenticatorId } = await devTools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    credentials: async () => (await devTools.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    verifiesUser: async (isUserVerified: boolean) => {
      await devTools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
    },
  };
}
