import type { Page } from 'playwright-core';
import { signIn } from './browser.ts';
import type { Domain } from './domain.ts';
import { webServer } from './web-server.ts';

/** Where a library without a web framework gets its answer. */
export interface Callback {
  readonly redirectUri: string;
  readonly postLogoutRedirectUri: string;
  /** Opens an authorization request in the browser and signs in. @returns the address that the browser came back to */
  signIn(page: Page, domain: Domain, authorizationUrl: string | URL): Promise<URL>;
}

/** An empty page on a port of its own. */
export async function callback(): Promise<Callback> {
  const { url } = await webServer();
  const redirectUri = `${url}/callback`;
  return {
    redirectUri,
    postLogoutRedirectUri: `${url}/bye`,
    signIn: async (page, domain, authorizationUrl) => {
      await page.goto(String(authorizationUrl));
      await signIn(page, domain, redirectUri);
      return new URL(page.url());
    },
  };
}
