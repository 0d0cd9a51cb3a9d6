import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type * as Library from 'oidc-client-ts';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { arrive, newPage, signIn } from '../support/browser.ts';
import { type Domain, newDomain } from '../support/domain.ts';
import type { Mode } from '../support/servers.ts';
import { webServer } from '../support/web-server.ts';

/*
 * A single-page application in Chromium: a public client whose requests are cross-origin. The library compares no issuer and
 * checks no signature, so that all it needs is CORS.
 */

declare global {
  var manager: Library.UserManager;
}

test('strict mode: discovery, code with PKCE, userinfo, refresh, silent renewal, logout', async () => {
  const { domain, url } = await application('strict');
  await journey(domain, url);
});

test('default mode: the browser keeps the answers from the page, as those of the real service', async () => {
  const { url } = await application('default');
  const page = await newPage();
  await page.goto(url);
  const refused = page.evaluate(() => globalThis.manager.signinRedirect());
  await expect(refused).rejects.toThrow('Failed to fetch');
});

test('default mode: with the page among the allowed CORS domains all works', async () => {
  const { domain, url } = await application('default');
  await domain.allowCors(url);
  await journey(domain, url);
});

const LIBRARY = readFileSync(
  fileURLToPath(new URL('../node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js', import.meta.url)),
);

async function application(mode: Mode): Promise<{ domain: Domain; url: string }> {
  const domain = await newDomain(mode);
  // On the emulator's host: browsers give no cookies to a frame of another site, and the hidden one needs the session.
  const { url, serve } = await webServer('127.0.0.1');
  const { id } = await domain.registerClient({
    clientType: 'public',
    allowedGrants: ['authorization_code', 'refresh_token'],
    redirectUris: [`${url}/callback`],
    postLogoutRedirectUris: [`${url}/bye`],
  });
  const settings: Library.UserManagerSettings = {
    authority: domain.url,
    client_id: id,
    redirect_uri: `${url}/callback`,
    post_logout_redirect_uri: `${url}/bye`,
    scope: 'openid profile email offline_access',
    loadUserInfo: true,
    automaticSilentRenew: false,
  };
  const html = `<!doctype html><title>SPA</title><script src="/oidc-client-ts.js"></script><script>
    const settings = ${JSON.stringify(settings)};
    globalThis.manager = new oidc.UserManager(settings);
    if (window !== window.parent) manager.signinCallback();
  </script>`;
  serve((request, response) => {
    const script = request.url === '/oidc-client-ts.js';
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html').end(script ? LIBRARY : html);
  });
  return { domain, url };
}

async function journey(domain: Domain, url: string): Promise<void> {
  const page = await newPage();
  await page.goto(url);
  await leave(page, () => globalThis.manager.signinRedirect());
  await signIn(page, domain, `${url}/callback`);
  const user = await page.evaluate(async () => {
    const signedIn = await globalThis.manager.signinRedirectCallback();
    return { profile: signedIn.profile, token: signedIn.access_token };
  });
  expect(user.profile).toMatchObject({ sub: domain.userName, email: domain.userName, given_name: 'Jane' });

  const refreshed = await page.evaluate(async () => (await globalThis.manager.signinSilent())?.access_token);
  expect(refreshed).toBeTypeOf('string');
  expect(refreshed).not.toBe(user.token);

  // Without its refresh token the library asks in a hidden frame, with prompt=none and the domain's session.
  const renewed = await page.evaluate(async () => {
    const known = await globalThis.manager.getUser();
    delete known!.refresh_token;
    await globalThis.manager.storeUser(known);
    return (await globalThis.manager.signinSilent())?.access_token;
  });
  expect(renewed).toBeTypeOf('string');
  expect(renewed).not.toBe(refreshed);

  await leave(page, () => globalThis.manager.signoutRedirect());
  await arrive(page, `${url}/bye`);
  await leave(page, () => globalThis.manager.signinRedirect());
  await page.locator('input[name=password]').waitFor();
}

/** Runs what navigates away: its promise does not settle on a page that is left. */
async function leave(page: Page, go: () => Promise<void>): Promise<void> {
  await page.evaluate(`void (${go.toString()})()`);
}
