import { randomBytes } from 'node:crypto';
import { DEVELOPMENT_CLIENT_SECRET } from '../../src/config.ts';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/index.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { testDatabase } from './test-database.ts';

/*
 * Tests talk to the real server over HTTP. One emulator a worker process, on the run's database; every test makes a domain of
 * its own, so that all files run at once and in any order.
 */

let shared: Promise<Emulator> | undefined;

/**
 * The worker's emulator, started with the first call. All test files of the worker use it (vitest.config.ts: isolate is off),
 * so nobody stops it: it ends with the process.
 */
export function emulator(): Promise<Emulator> {
  shared ??= startTestEmulator();
  return shared;
}

/** Another emulator on the same database, for tests that need options or two processes' worth of caches. The caller stops it. */
export function startTestEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  return startEmulator({ port: 0, logLevel: 'silent', databaseUrl: testDatabaseUrl(), ...options });
}

/**
 * The run's database as DATABASE_URL would name it; the private one is behind a socket in a directory.
 * @param applicationName of the connections; default: the emulator's own
 */
export function testDatabaseUrl(applicationName?: string): string {
  const url = ownUrl();
  if (applicationName === undefined) return url;
  return `${url}${url.includes('?') ? '&' : '?'}application_name=${encodeURIComponent(applicationName)}`;
}

function ownUrl(): string {
  const { connectionString, host, port, user, password, database } = testDatabase();
  if (connectionString !== undefined) return connectionString;
  const login = `${user}${typeof password === 'string' ? `:${encodeURIComponent(password)}` : ''}`;
  return `postgres://${login}@/${database}?host=${encodeURIComponent(host ?? '')}&port=${port}`;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; an empty object when there is none or it isn't JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: answers are read by path in assertions, which then check the values
  readonly body: any;
}

/** A domain of a test's own, and a client for it. */
export interface TestDomain {
  readonly name: string;
  readonly url: string;
  /** An administrator's access token (client credentials of the bootstrap client). */
  readonly token: string;
  /** One request with the administrator's token; `token: null` sends none. */
  send(
    method: string,
    path: string,
    options?: { body?: JsonObject | string; headers?: Record<string, string>; token?: string | null },
  ): Promise<Answer>;
  /** A form to the token endpoint with the bootstrap client's Basic credentials, or others. */
  tokenRequest(form: Record<string, string>, basic?: { id: string; secret: string } | null): Promise<Answer>;
  /** Creates a user with this name. @returns the answer's body */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  createUser(userName: string, more?: JsonObject): Promise<any>;
  /** Creates a group. @returns the answer's body */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  createGroup(displayName: string, memberIds?: readonly string[]): Promise<any>;
}

/** Makes a domain on the file's emulator. */
export async function testDomain(on?: Emulator): Promise<TestDomain> {
  const server = on ?? (await emulator());
  const name = `t${randomBytes(8).toString('hex')}`;
  const { url } = await server.domain(name);
  return clientFor(name, url);
}

/** A client for a domain that exists. */
export async function clientFor(name: string, url: string): Promise<TestDomain> {
  const tokenRequest: TestDomain['tokenRequest'] = (
    form,
    basic = { id: 'idcs-admin', secret: DEVELOPMENT_CLIENT_SECRET },
  ) =>
    answerOf(
      fetch(`${url}/oauth2/v1/token`, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          ...(basic === null
            ? {}
            : { authorization: `Basic ${Buffer.from(`${basic.id}:${basic.secret}`).toString('base64')}` }),
        },
        body: new URLSearchParams(form).toString(),
      }),
    );
  const granted = await tokenRequest({ grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' });
  if (granted.status !== 200) throw new Error(`no token for ${name}: ${granted.status} ${granted.text}`);
  const token = granted.body.access_token as string;
  const send: TestDomain['send'] = (method, path, options = {}) => {
    const bearer = options.token === undefined ? token : options.token;
    return answerOf(
      fetch(`${url}${path}`, {
        method,
        headers: {
          ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
          ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...options.headers,
        },
        ...(options.body === undefined
          ? {}
          : { body: typeof options.body === 'string' ? options.body : JSON.stringify(options.body) }),
      }),
    );
  };
  return {
    name,
    url,
    token,
    send,
    tokenRequest,
    createUser: async (userName, more = {}) =>
      (await created(send('POST', '/admin/v1/Users', { body: { ...userBody(userName), ...more } }))).body,
    createGroup: async (displayName, memberIds = []) =>
      (await created(send('POST', '/admin/v1/Groups', { body: groupBody(displayName, memberIds) }))).body,
  };
}

/** A user as the CNC Console guide creates one. */
export function userBody(userName: string): JsonObject {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName,
    name: { givenName: 'Given', familyName: 'Family' },
    emails: [{ value: `${userName.replace(/@.*/, '')}@example.com`, type: 'work', primary: true }],
  };
}

function groupBody(displayName: string, memberIds: readonly string[]): JsonObject {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
    displayName,
    ...(memberIds.length === 0 ? {} : { members: memberIds.map((value) => ({ value, type: 'User' })) }),
  };
}

async function created(answer: Promise<Answer>): Promise<Answer> {
  const { status, text } = await answer;
  if (status !== 201) throw new Error(`expected 201, got ${status}: ${text}`);
  return answer;
}

async function answerOf(response: Promise<Response>): Promise<Answer> {
  const { status, headers } = await response;
  const text = await (await response).text();
  let body: unknown = {};
  try {
    body = JSON.parse(text);
  } catch {
    // Not JSON: `text` has it.
  }
  return { status, headers, text, body };
}
