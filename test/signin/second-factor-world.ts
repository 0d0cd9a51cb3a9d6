import type { JsonObject } from '../../src/scim/json.ts';
import { PolicyWorld } from '../resources/policy-world.ts';
import { type Browser, newBrowser, type Visited } from '../support/browser.ts';
import { type AuthenticationWorld, authenticationWorld, PASSWORD } from './authentication/authentication-world.ts';

/*
 * A domain whose users prove second factors on the sign-in pages, and applications with sign-on policies of their own.
 */

export const REDIRECT_URI = 'https://app.example.com/callback';

export interface PagesWorld extends AuthenticationWorld {
  browser(twin?: string): Browser;
  /** Opens the sign-in page, to My Apps or by this authorization request. */
  open(browser: Browser, url?: string): Promise<Visited>;
  /** Opens it and shows the user's password. @returns what comes after it, redirects followed */
  password(browser: Browser, userName: string, url?: string): Promise<Visited>;
  /** A policy whose one rule returns this. @returns its id */
  policy(returns: Readonly<Record<string, string>>): Promise<string>;
  /** An App with that policy. @returns the address of an authorization request of it, and its id */
  app(
    changes?: JsonObject,
  ): Promise<{ readonly id: string; readonly url: string; readonly clientId: string; readonly secret: string }>;
}

export async function pagesWorld(): Promise<PagesWorld> {
  const world = await authenticationWorld();
  const policies = PolicyWorld.of(world.domain);
  const { url } = world.domain;
  let apps = 0;
  const pages: Omit<PagesWorld, keyof AuthenticationWorld> = {
    browser: (twin) => newBrowser(url, twin),
    open: async (browser, from = '/ui/v1/signin') => browser.follow(await browser.get(from)),
    async password(browser, username, from) {
      const page = await pages.open(browser, from);
      return browser.follow(await browser.submit(page, { username, password: PASSWORD }));
    },
    async policy(returns) {
      const list = Object.entries({ effect: 'ALLOW', ...returns }).map(([name, value]) => ({ name, value }));
      const rule = await policies.rule({ return: list });
      return policies.policy({ active: true, rules: [{ value: rule, sequence: 1 }] });
    },
    async app(changes = {}) {
      const { status, body, text } = await world.domain.send('POST', '/admin/v1/Apps', {
        body: {
          schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:App'],
          displayName: `Page App ${++apps}`,
          basedOnTemplate: { value: 'CustomWebAppTemplateId' },
          isOAuthClient: true,
          clientType: 'confidential',
          active: true,
          allowedGrants: ['authorization_code'],
          redirectUris: [REDIRECT_URI],
          bypassConsent: true,
          ...changes,
        },
      });
      if (status !== 201) throw new Error(`no app: ${status} ${text}`);
      const query = new URLSearchParams({
        client_id: body.name,
        response_type: 'code',
        redirect_uri: REDIRECT_URI,
        scope: 'openid',
        state: 'st-1',
      });
      return { id: body.id, url: `/oauth2/v1/authorize?${query}`, clientId: body.name, secret: body.clientSecret };
    },
  };
  return { ...world, ...pages };
}

/** What a sign-on rule returns that wants second factors. */
export const SECOND_FACTOR = { authenticationFactor: 'IDP+2FA' };
export const MAY_SKIP = { ...SECOND_FACTOR, allowUserToSkip2FAEnrolment: 'true' };

/** The values of the buttons of a page. */
export function actionsOf({ text }: Visited): readonly string[] {
  return [...text.matchAll(/<button[^>]* name="action" value="([^"]*)"/g)].map(([, value]) => value!);
}

/** A page's heading. */
export function headingOf({ text }: Visited): string {
  return /<h1>([^<]*)<\/h1>/.exec(text)?.[1] ?? text;
}

/** What a page says was wrong. */
export function alertOf({ text }: Visited): string | null {
  return /<div class="alert" role="alert" id="failure">(?:<span lang="en">)?([^<]*)</.exec(text)?.[1] ?? null;
}
