import type { JsonObject } from '../../src/scim/json.ts';
import { type Answer, emulator, type TestDomain, testDomain } from '../support/emulator.ts';
import { newUser } from '../support/new-user.ts';

/*
 * A domain with clients and users, over HTTP, for tests of what happens to tokens.
 */

export const PASSWORD = 'Correct-Horse-42';
export const MY_SCOPES = 'urn:opc:idm:__myscopes__';

export interface TestClient {
  readonly appId: string;
  readonly id: string;
  readonly secret: string;
}

export interface TokenWorld {
  readonly domain: TestDomain;
  /** The domain's clock; milliseconds. */
  readonly clock: { advance(milliseconds: number): Promise<void> };
  /** A confidential client with every grant that tests use, unless `changes` say otherwise. */
  client(name: string, changes?: JsonObject): Promise<TestClient>;
  /** A user with PASSWORD. @returns the id */
  user(userName: string): Promise<string>;
  /** A form to `/oauth2/v1/<endpoint>`; `client` null sends no credentials. */
  post(endpoint: string, form: Record<string, string>, client?: TestClient | null): Promise<Answer>;
  /** Tokens of a user by the password grant. */
  // biome-ignore lint/suspicious/noExplicitAny: an answer's body
  signIn(client: TestClient, userName: string, scope?: string): Promise<any>;
}

export async function tokenWorld(): Promise<TokenWorld> {
  const domain = await testDomain();
  const { clock } = await (await emulator()).domain(domain.name);
  const post: TokenWorld['post'] = async (endpoint, form, client = null) => {
    const basic = client === null ? null : Buffer.from(`${client.id}:${client.secret}`).toString('base64');
    return await domain.send('POST', `/oauth2/v1/${endpoint}`, {
      token: null,
      body: new URLSearchParams(form).toString(),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...(basic === null ? {} : { authorization: `Basic ${basic}` }),
      },
    });
  };
  return {
    domain,
    clock,
    post,
    async client(name, changes = {}) {
      const { status, text, body } = await domain.send('POST', '/admin/v1/Apps', {
        body: {
          schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:App'],
          displayName: name,
          basedOnTemplate: { value: 'CustomWebAppTemplateId' },
          isOAuthClient: true,
          clientType: 'confidential',
          allowedGrants: ['client_credentials', 'password', 'refresh_token', DEVICE_CODE],
          active: true,
          ...changes,
        },
      });
      if (status !== 201) throw new Error(`no client ${name}: ${status} ${text}`);
      return { appId: body.id, id: body.name, secret: body.clientSecret };
    },
    async user(userName) {
      return (await newUser(domain, userName, PASSWORD)).id;
    },
    async signIn(client, userName, scope = `${MY_SCOPES} openid offline_access`) {
      const form = { grant_type: 'password', username: userName, password: PASSWORD, scope };
      const { status, text, body } = await post('token', form, client);
      if (status !== 200) throw new Error(`no tokens for ${userName}: ${status} ${text}`);
      return body;
    },
  };
}

export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

/** A PatchOp that replaces one attribute. */
export function replace(path: string, value: JsonObject[string]): JsonObject {
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'replace', path, value }],
  };
}
