import type { JsonObject } from '../../../src/scim/json.ts';
import { MY_SCOPES, newClient } from '../../oauth/token/assertion-fixture.ts';
import { advanceClock } from '../../support/domain-clock.ts';
import { type Answer, type TestDomain, testDomain } from '../../support/emulator.ts';
import { newUser } from '../../support/new-user.ts';

/*
 * A domain whose users enroll second factors, by the API alone.
 */

export const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs:';
export const MFA = `${IDCS}extension:mfa:User`;
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const SETTINGS = '/admin/v1/AuthenticationFactorSettings/AuthenticationFactorSettings';
export const PASSWORD = 'Correct-Horse-42';

export interface FactorUser {
  readonly id: string;
  readonly userName: string;
  /** A request with the user's own token. */
  send(method: string, path: string, body?: JsonObject): Promise<Answer>;
  /** POST of a My… function; `type` is its schema's name. */
  call(type: string, body: JsonObject): Promise<Answer>;
}

export interface FactorWorld {
  readonly domain: TestDomain;
  user(userName: string): Promise<FactorUser>;
  patch(path: string, ...operations: readonly JsonObject[]): Promise<Answer>;
  /** Changes AuthenticationFactorSettings, by path. */
  settings(changes: JsonObject): Promise<void>;
  /** Moves the domain's clock on. */
  advance(seconds: number): Promise<void>;
  /** The newest message to somebody. */
  // biome-ignore lint/suspicious/noExplicitAny: messages are read by path in assertions
  message(to: string): Promise<any>;
  messages(to: string): Promise<number>;
}

export async function factorWorld(): Promise<FactorWorld> {
  const domain = await testDomain();
  const client = await newClient(domain, 'portal', { allowedGrants: ['password'] });
  const patch: FactorWorld['patch'] = (path, ...operations) =>
    domain.send('PATCH', path, { body: { schemas: [PATCH_OP], Operations: [...operations] } });
  const inbox = async (to: string) =>
    (await domain.send('GET', `/_emulator/messages?to=${encodeURIComponent(to)}`, { token: null })).body;
  return {
    domain,
    patch,
    async user(userName) {
      const { id } = await newUser(domain, userName, PASSWORD);
      const form = { grant_type: 'password', username: userName, password: PASSWORD, scope: MY_SCOPES };
      const token = (await domain.tokenRequest(form, client)).body.access_token as string;
      const send: FactorUser['send'] = (method, path, body) =>
        domain.send(method, `/admin/v1/${path}`, { token, ...(body === undefined ? {} : { body }) });
      return {
        id,
        userName,
        send,
        call: (type, body) => send('POST', `My${type}`, { schemas: [`${IDCS}${type}`], ...body }),
      };
    },
    async settings(changes) {
      const changed = Object.entries(changes).map(([path, value]) => ({ op: 'replace', path, value }));
      const answer = await patch(SETTINGS, ...changed);
      if (answer.status !== 200) throw new Error(`settings: ${answer.status} ${answer.text}`);
    },
    advance: (seconds) => advanceClock(domain, seconds),
    message: async (to) => (await inbox(to)).messages[0],
    messages: async (to) => (await inbox(to)).total,
  };
}
