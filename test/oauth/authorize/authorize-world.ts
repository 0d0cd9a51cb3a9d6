import { createHash, createPublicKey, verify } from 'node:crypto';
import { expect } from 'vitest';
import { DEVELOPMENT_ADMIN_PASSWORD } from '../../../src/config.ts';
import type { Emulator } from '../../../src/index.ts';
import type { JsonObject } from '../../../src/scim/json.ts';
import { type Browser, newBrowser, type Visited } from '../../support/browser.ts';
import { advanceClock } from '../../support/domain-clock.ts';
import { type Answer, type TestDomain, testDomain } from '../../support/emulator.ts';
import { newUser } from '../../support/new-user.ts';

/*
 * A domain with an application to sign in to, and a browser for it.
 */

export const ADMIN = { username: 'admin@example.com', password: DEVELOPMENT_ADMIN_PASSWORD };
export const REDIRECT_URI = 'https://app.example.com/callback';

/** An application that signs users in. */
export interface TestApp {
  /** App.id */
  readonly id: string;
  /** The client id. */
  readonly clientId: string;
  readonly secret: string;
}

export interface AuthorizeWorld extends TestDomain {
  /** Makes an active OAuth client with all three-legged grants and bypassConsent, unless changed. */
  app(changes?: JsonObject): Promise<TestApp>;
  /** The address of an authorization request of the app for a code; undefined leaves a parameter out. */
  authorizeUrl(app: TestApp, parameters?: Record<string, string | undefined>): string;
  browser(): Browser;
  /** Makes a user who can sign in. @returns the form of the sign-in page, filled in, and User.id */
  person(userName: string): Promise<{ readonly id: string; readonly form: Record<string, string> }>;
  /** Exchanges a code with the app's secret, or without one where `secret` is empty. */
  exchange(app: TestApp, code: string, more?: Record<string, string>): Promise<Answer>;
  /** Moves the domain's clock on. */
  advance(seconds: number): Promise<void>;
}

export async function authorizeWorld(on?: Emulator): Promise<AuthorizeWorld> {
  const domain = await testDomain(on);
  let apps = 0;
  return {
    ...domain,
    async app(changes = {}) {
      const { status, body, text } = await domain.send('POST', '/admin/v1/Apps', {
        body: {
          schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:App'],
          displayName: `App ${++apps}`,
          basedOnTemplate: { value: 'CustomWebAppTemplateId' },
          isOAuthClient: true,
          clientType: 'confidential',
          active: true,
          allowedGrants: ['authorization_code', 'implicit', 'refresh_token'],
          redirectUris: [REDIRECT_URI],
          bypassConsent: true,
          ...changes,
        },
      });
      if (status !== 201) throw new Error(`no app: ${status} ${text}`);
      return { id: body.id, clientId: body.name, secret: body.clientSecret ?? '' };
    },
    authorizeUrl(app, parameters = {}) {
      const all: Record<string, string | undefined> = {
        client_id: app.clientId,
        response_type: 'code',
        redirect_uri: REDIRECT_URI,
        scope: 'openid',
        state: 'st-1',
        ...parameters,
      };
      const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
      return `/oauth2/v1/authorize?${new URLSearchParams(sent)}`;
    },
    browser: () => newBrowser(domain.url),
    async person(userName) {
      const password = 'Correct-Horse-42';
      const { id } = await newUser(domain, userName, password);
      return { id, form: { username: userName, password } };
    },
    exchange: (app, code, more = {}) =>
      domain.tokenRequest(
        {
          grant_type: 'authorization_code',
          code,
          ...(app.secret === '' ? { client_id: app.clientId } : {}),
          ...more,
        },
        app.secret === '' ? null : { id: app.clientId, secret: app.secret },
      ),
    advance: (seconds) => advanceClock(domain, seconds),
  };
}

/** Opens an authorization request and signs in on the page that it leads to. @returns what comes after that, redirects followed */
export async function signIn(browser: Browser, url: string, who: Record<string, string> = ADMIN): Promise<Visited> {
  const page = await browser.follow(await browser.get(url));
  return browser.follow(await browser.submit(page, who));
}

/** What a client is told by a redirect to its address: the parameters of query or fragment. */
export function answerOf(page: Visited, redirectUri = REDIRECT_URI): Record<string, string> {
  if (page.location === null) throw new Error(`no redirect but ${page.status} ${page.text}`);
  expect(page.location.startsWith(redirectUri), page.location).toBe(true);
  const rest = page.location.slice(redirectUri.length);
  expect(rest[0]).toMatch(/[?#&]/);
  return { ...Object.fromEntries(new URLSearchParams(rest.slice(1))), via: rest[0] === '#' ? 'fragment' : 'query' };
}

/** The claims of a token after its signature was checked against the domain's key. */
export async function verifiedClaims(domain: TestDomain, token: string): Promise<JsonObject> {
  const { body } = await domain.send('GET', '/admin/v1/SigningCert/jwk');
  const [header = '', payload = '', signature = ''] = token.split('.');
  const key = createPublicKey({ key: body.keys[0], format: 'jwk' });
  const signed = Buffer.from(`${header}.${payload}`);
  expect(verify('sha256', signed, key, Buffer.from(signature, 'base64url'))).toBe(true);
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as JsonObject;
}

/** `at_hash` or `c_hash` of a value. */
export function halfHash(value: string): string {
  return createHash('sha256').update(value).digest().subarray(0, 16).toString('base64url');
}
