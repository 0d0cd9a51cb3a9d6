import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import type { Mode } from './servers.ts';

/*
 * A domain of a test's own with a user and applications, made by the admin API as an administrator would.
 */

// biome-ignore lint/suspicious/noExplicitAny: answers are read by path
type Body = any;

/** The issuer of every domain of the real service that has none of its own. */
export const REAL_ISSUER = 'https://identity.oraclecloud.com/';

/** A domain with one user. */
export interface Domain {
  /** `http://127.0.0.1:PORT/_domains/NAME`. */
  readonly url: string;
  /** The same by HTTPS. */
  readonly tlsUrl: string;
  readonly userName: string;
  readonly password: string;
  /** One request to the admin API as its administrator. @throws Error unless the answer is 2xx */
  admin(method: string, path: string, body?: object): Promise<Body>;
  /** The CA of the emulator's HTTPS certificate, as PEM. */
  authority(): Promise<string>;
  /** Opens the signing keys to everybody, as the console's "Configure client access" does. */
  openSigningKeys(): Promise<void>;
  /** Gives the domain an issuer of its own, as the console's OAuth settings do. */
  setIssuer(issuer: string): Promise<void>;
  /** Lets pages of that origin call the domain, as the console's "Allowed CORS Domain Names" do. */
  allowCors(origin: string): Promise<void>;
  /** Registers an active OAuth client. */
  registerClient(app: object): Promise<Client>;
}

/** What a registration gave. */
export interface Client {
  readonly appId: string;
  readonly id: string;
  /** Empty for public clients. */
  readonly secret: string;
}

/** Makes a domain on the server of that mode. */
export async function newDomain(mode: Mode): Promise<Domain> {
  const server = inject('servers')[mode];
  const name = `interop-${randomBytes(6).toString('hex')}`;
  const { url } = await call(`${server.url}/_emulator/domains`, 'POST', { body: { name } });
  const basic = `Basic ${Buffer.from('idcs-admin:idcs-emulator-secret').toString('base64')}`;
  const granted = await call(`${url}/oauth2/v1/token`, 'POST', {
    form: { grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' },
    authorization: basic,
  });
  const admin: Domain['admin'] = (method, path, body) =>
    call(`${url}/admin/v1${path}`, method, {
      authorization: `Bearer ${granted.access_token}`,
      ...(body === undefined ? {} : { body }),
    });
  const setting = (path: string, value: unknown): Promise<void> =>
    admin('PATCH', '/Settings/Settings', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', path, value }],
    });
  const userName = 'jdoe@example.com';
  const password = 'Walrus-Carpenter-77';
  const user = await admin('POST', '/Users', {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName,
    name: { givenName: 'Jane', familyName: 'Doe' },
    emails: [{ value: userName, type: 'work', primary: true }],
  });
  await admin('PUT', `/UserPasswordChanger/${user.id}`, {
    schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:UserPasswordChanger'],
    password,
  });
  return {
    url,
    tlsUrl: `${server.tlsUrl}/_domains/${name}`,
    userName,
    password,
    admin,
    authority: async () => (await fetch(`${server.url}/_emulator/ca.pem`)).text(),
    openSigningKeys: () => setting('signingCertPublicAccess', true),
    setIssuer: (issuer) => setting('issuer', issuer),
    allowCors: (origin) => setting('allowedDomains', [origin]),
    registerClient: async (app) => {
      const created = await admin('POST', '/Apps', {
        schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:App'],
        displayName: `Client ${randomBytes(4).toString('hex')}`,
        basedOnTemplate: { value: 'CustomWebAppTemplateId' },
        isOAuthClient: true,
        clientType: 'confidential',
        active: true,
        allUrlSchemesAllowed: true,
        allowedGrants: ['authorization_code', 'refresh_token', 'client_credentials'],
        ...app,
      });
      return { appId: created.id, id: created.name, secret: created.clientSecret ?? '' };
    },
  };
}

async function call(
  url: string,
  method: string,
  { authorization, body, form }: { authorization?: string; body?: object; form?: Record<string, string> },
): Promise<Body> {
  const answer = await fetch(url, {
    method,
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body !== undefined ? { body: JSON.stringify(body) } : {}),
    ...(form !== undefined ? { body: new URLSearchParams(form) } : {}),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}
