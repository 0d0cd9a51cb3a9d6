import { SignJWT } from 'jose';
import type { JsonObject } from '../../../src/scim/json.ts';
import type { CertifiedKey } from '../../support/certificates.ts';
import type { Answer, TestDomain } from '../../support/emulator.ts';

/*
 * Clients, certificates and clocks for the grants that take assertions, made by the API alone.
 */

const ORACLE = 'urn:ietf:params:scim:schemas:oracle:idcs:';
export const MY_SCOPES = 'urn:opc:idm:__myscopes__';

/** Posts a resource. @returns the answer's body */
// biome-ignore lint/suspicious/noExplicitAny: answers are read by path in assertions
export async function create(domain: TestDomain, type: string, endpoint: string, body: JsonObject): Promise<any> {
  const answer = await domain.send('POST', `/admin/v1/${endpoint}`, { body: { schemas: [ORACLE + type], ...body } });
  if (answer.status !== 201) throw new Error(`expected 201, got ${answer.status}: ${answer.text}`);
  return answer.body;
}

/** A client with its secret, as Basic credentials take them. */
export interface TestClient {
  readonly id: string;
  readonly secret: string;
  readonly appId: string;
}

/** Makes an active client. */
export async function newClient(domain: TestDomain, name: string, changes: JsonObject = {}): Promise<TestClient> {
  const app = await create(domain, 'App', 'Apps', {
    displayName: name,
    name,
    active: true,
    isOAuthClient: true,
    clientType: 'trusted',
    basedOnTemplate: { value: 'CustomWebAppTemplateId' },
    allowedGrants: [
      'client_credentials',
      'password',
      'refresh_token',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
      'urn:ietf:params:oauth:grant-type:saml2-bearer',
    ],
    ...changes,
  });
  return { id: name, secret: app.clientSecret, appId: app.id };
}

export async function importCertificate(
  domain: TestDomain,
  type: 'OAuthClientCertificate' | 'OAuthPartnerCertificate',
  certificateAlias: string,
  { pem }: CertifiedKey,
): Promise<void> {
  await create(domain, type, `${type}s`, { certificateAlias, x509Base64Certificate: pem });
}

/** A user who can sign in with this password at once. */
export async function newUser(domain: TestDomain, userName: string, password: string): Promise<{ id: string }> {
  const user = await domain.createUser(userName);
  const schemas = [`${ORACLE}UserPasswordChanger`];
  const body = { schemas, password, bypassNotification: true };
  const changed = await domain.send('PUT', `/admin/v1/UserPasswordChanger/${user.id}`, { body });
  if (changed.status !== 200) throw new Error(changed.text);
  return user;
}

/** Stops the domain's clock. @returns the time, in seconds */
export async function freezeClock(domain: TestDomain): Promise<number> {
  const { body } = await control(domain, 'freeze', {});
  return Math.floor(Date.parse(body.now) / 1000);
}

/** Moves the domain's clock on. */
export async function advanceClock(domain: TestDomain, seconds: number): Promise<void> {
  await control(domain, 'advance', { seconds });
}

async function control(domain: TestDomain, action: string, body: JsonObject): Promise<Answer> {
  const answer = await domain.send('POST', `/_emulator/clock/${action}`, { body, token: null });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer;
}

export function signJwt(
  { privateKey }: Pick<CertifiedKey, 'privateKey'>,
  claims: JsonObject,
  header: Record<string, unknown> = {},
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', ...header }).sign(privateKey);
}

/** The claims of a token in an answer, unverified. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export function claimsIn(answer: Answer, name = 'access_token'): any {
  const token = answer.body[name];
  if (typeof token !== 'string') throw new Error(`no ${name}: ${answer.status} ${answer.text}`);
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString('utf8'));
}
