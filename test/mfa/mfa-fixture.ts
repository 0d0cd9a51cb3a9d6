import type { JsonObject } from '../../src/scim/json.ts';
import { MY_SCOPES, newClient } from '../oauth/token/assertion-fixture.ts';
import { type FactorWorld, factorWorld, IDCS, MFA } from '../resources/factors/factor-fixture.ts';
import type { Answer } from '../support/emulator.ts';

/*
 * A domain with an MFA client: one that has signed users in by its own means and asks for second factors by /mfa/v1.
 */

export interface MfaUser {
  readonly id: string;
  readonly ocid: string;
  readonly userName: string;
  readonly email: string;
  /** The code that the user would read now: of the authenticator app, or from the newest message. */
  code(method: string): Promise<string>;
  /** Scans the QR code of the enrollment that waits. */
  scan(): Promise<Answer>;
  answerPush(action: 'approve' | 'deny'): Promise<Answer>;
  /** Has the help desk make a bypass code. */
  bypassCode(): Promise<string>;
  /** The user's `…mfa:User`. */
  mfa(): Promise<JsonObject>;
  /** `…userState:User` `locked`. */
  locked(): Promise<JsonObject>;
}

export interface MfaWorld extends Pick<FactorWorld, 'domain' | 'settings' | 'advance' | 'message' | 'messages'> {
  /** A new user, without a password. */
  user(): Promise<MfaUser>;
  /** A request with the MFA client's token. */
  call(method: string, path: string, body?: JsonObject, headers?: Record<string, string>): Promise<Answer>;
  /** A request of another client, with these AppRoles. */
  tokenOf(name: string, ...roles: readonly string[]): Promise<string>;
}

export const NUMBER = '+441122334455';
export const SMS: JsonObject = { method: 'SMS', countryCode: '+44', mobileNumber: '1122334455' };

let users = 0;

export async function mfaWorld(): Promise<MfaWorld> {
  const world = await factorWorld();
  const { domain } = world;
  const emulator = (method: string, path: string, body?: JsonObject) =>
    domain.send(method, `/_emulator/${path}`, { token: null, ...(body === undefined ? {} : { body }) });

  const tokenOf: MfaWorld['tokenOf'] = async (name, ...roles) => {
    const client = await newClient(domain, name);
    for (const role of roles) {
      const filter = encodeURIComponent(`displayName eq "${role}"`);
      const found = await domain.send('GET', `/admin/v1/AppRoles?filter=${filter}&attributes=id,app`);
      const [{ id, app }] = found.body.Resources;
      const granted = await domain.send('POST', '/admin/v1/Grants', {
        body: {
          schemas: [`${IDCS}Grant`],
          grantee: { type: 'App', value: client.appId },
          app: { value: app.value },
          entitlement: { attributeName: 'appRoles', attributeValue: id },
          grantMechanism: 'ADMINISTRATOR_TO_APP',
        },
      });
      if (granted.status !== 201) throw new Error(granted.text);
    }
    const form = { grant_type: 'client_credentials', scope: MY_SCOPES };
    return (await domain.tokenRequest(form, client)).body.access_token as string;
  };
  const token = await tokenOf('mfa_client', 'MFA Client');

  return {
    ...world,
    tokenOf,
    call: (method, path, body, headers = {}) =>
      domain.send(method, path, { token, headers, ...(body === undefined ? {} : { body }) }),
    async user() {
      const userName = `mfa.user${++users}@example.com`;
      const { id, ocid } = await domain.createUser(userName);
      const email = userName;
      const extension = async (urn: string) =>
        (await domain.send('GET', `/admin/v1/Users/${id}?attributes=${urn}`)).body[urn];
      const waiting = async () => (await emulator('GET', `push?userName=${encodeURIComponent(userName)}`)).body;
      return {
        id,
        ocid,
        userName,
        email,
        async code(method) {
          if (method !== 'TOTP') return (await world.message(method === 'EMAIL' ? email : NUMBER)).code;
          return (await emulator('GET', `totp?userId=${id}`)).body.codes[0].code;
        },
        async scan() {
          const [{ requestId }] = (await waiting()).enrollments;
          return emulator('POST', `push/${requestId}`, { action: 'scan' });
        },
        async answerPush(action) {
          const [{ requestId }] = (await waiting()).pushes;
          return emulator('POST', `push/${requestId}`, { action });
        },
        async bypassCode() {
          const body = { schemas: [`${IDCS}BypassCode`], user: { value: id } };
          return (await domain.send('POST', '/admin/v1/BypassCodes', { body })).body.code;
        },
        mfa: () => extension(MFA),
        locked: async () => (await extension(`${IDCS}extension:userState:User`)).locked,
      };
    },
  };
}
