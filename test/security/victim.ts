import { request } from 'node:http';
import type { Emulator } from '../../src/index.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import {
  type AuthorizeWorld,
  answerOf,
  authorizeWorld,
  REDIRECT_URI,
  signIn,
  type TestApp,
} from '../oauth/authorize/authorize-world.ts';
import type { Browser, Visited } from '../support/browser.ts';
import type { Answer } from '../support/emulator.ts';

/*
 * Somebody who has signed in to an application, and what an attacker asks afterwards.
 */

/** A domain with an application, and a browser that is signed in to it. */
export interface Victim {
  readonly world: AuthorizeWorld;
  readonly app: TestApp;
  readonly browser: Browser;
  /** A new code of the victim for the app. */
  code(parameters?: Record<string, string | undefined>): Promise<string>;
  /** Tokens of the victim for the app. */
  // biome-ignore lint/suspicious/noExplicitAny: an answer's body
  tokens(scope?: string): Promise<any>;
  exchange(code: string, more?: Record<string, string>): Promise<Answer>;
  refresh(token: string, more?: Record<string, string>): Promise<Answer>;
}

export async function victim(
  changes: JsonObject = {},
  options: { on?: Emulator; who?: Record<string, string> } = {},
): Promise<Victim> {
  const world = await authorizeWorld(options.on);
  const app = await world.app(changes);
  const browser = world.browser();
  await signIn(browser, world.authorizeUrl(app), options.who);
  const code: Victim['code'] = async (parameters = {}) => {
    const answer = answerOf(await browser.get(world.authorizeUrl(app, parameters)));
    if (answer['code'] === undefined) throw new Error(`no code: ${JSON.stringify(answer)}`);
    return answer['code'];
  };
  const exchange: Victim['exchange'] = (given, more = {}) => world.exchange(app, given, more);
  return {
    world,
    app,
    browser,
    code,
    exchange,
    async tokens(scope = 'openid offline_access') {
      const { status, text, body } = await exchange(await code({ scope }));
      if (status !== 200) throw new Error(`no tokens: ${status} ${text}`);
      return body;
    },
    refresh: (token, more = {}) =>
      world.tokenRequest(
        { grant_type: 'refresh_token', refresh_token: token, ...more },
        { id: app.clientId, secret: app.secret },
      ),
  };
}

/** A form to `/oauth2/v1/<endpoint>` with an app's secret. */
export function postAs(
  world: AuthorizeWorld,
  app: Pick<TestApp, 'clientId' | 'secret'> | null,
  endpoint: string,
  form: Record<string, string>,
): Promise<Answer> {
  const basic = app === null ? null : Buffer.from(`${app.clientId}:${app.secret}`).toString('base64');
  return world.send('POST', `/oauth2/v1/${endpoint}`, {
    token: null,
    body: new URLSearchParams(form).toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(basic === null ? {} : { authorization: `Basic ${basic}` }),
    },
  });
}

/** Status and error code, as assertions compare them. */
export function refusalOf({ status, body }: Answer): [number, unknown] {
  return [status, body.error];
}

/** How a page answered, and whether it leads anywhere. */
export function outcomeOf(page: Visited): { status: number; leadsTo: string | null } {
  return { status: page.status, leadsTo: page.headers.get('location') };
}

/** A GET whose target is sent byte for byte: fetch would tidy it up. */
export function rawGet(
  url: string,
  target: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }> {
  const { hostname, port, pathname } = new URL(url);
  const prefix = pathname === '/' ? '' : pathname;
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path: `${prefix}${target}`, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
    });
    sent.on('error', reject).end();
  });
}

export { REDIRECT_URI };
