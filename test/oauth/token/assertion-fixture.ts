import { SignJWT } from 'jose';
import type { JsonObject } from '../../../src/scim/json.ts';
import type { CertifiedKey } from '../../support/certificates.ts';
import type { Answer, TestDomain } from '../../support/emulator.ts';
import { claimsOf } from '../../support/token-claims.ts';

/*
 * Clients and certificates for the grants that take assertions, made by the API alone.
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
  return claimsOf(token);
}
