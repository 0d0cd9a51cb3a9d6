import { newId, newUuid } from '../ids.ts';
import { badRequest } from '../scim/errors.ts';
import type { JsonObject } from '../scim/json.ts';
import type { Draft } from './behaviour.ts';
import { clientSecretHash } from './client-secret-digest.ts';
import { isProgramAddress } from './program-address.ts';
import type { RequestContext, SecretBox } from './request-context.ts';

/*
 * The OAuth client side of an App: its client id (`name`), its secret, its grants and its addresses.
 */

/** IDCS: values printed in the examples, and by analogy with the token request those of the other check boxes (oauth.md §2). */
const GRANTS: ReadonlySet<string> = new Set([
  'authorization_code',
  'implicit',
  'client_credentials',
  'password',
  'refresh_token',
  'tls_client_auth',
  'tls_cert_auth',
]);
const GRANT_URN = /^urn:ietf:params:oauth:grant-type:[a-z0-9_-]+$/;
const THREE_LEGGED: readonly string[] = ['authorization_code', 'implicit'];

/** Whether an App is an OAuth client. */
export function isClient(data: JsonObject): boolean {
  return data['isOAuthClient'] === true;
}

/** Whether an App is a client that has a secret. */
export function hasSecret(data: JsonObject): boolean {
  return isClient(data) && data['clientType'] !== 'public';
}

/**
 * Gives a client its id and secret, and takes the secret from what is no longer a confidential client. An id that stands
 * is never changed: tokens and other systems know it.
 * @param before the secret state as stored; null on create
 */
export function settleClient(context: RequestContext, draft: Draft, before: JsonObject | null): void {
  const { data } = draft;
  // Rulings: App.name and App.clientSecret are only for OAuth clients.
  if (isClient(data) && typeof data['name'] !== 'string') data['name'] = newId(context.ids);
  // IDCS: shown of clients (main-0012, main-0030), and not of the enterprise-application page's App, which is none.
  if (isClient(data)) data['trustScope'] ??= 'Explicit';
  if (!hasSecret(data)) {
    if (before !== null && Object.hasOwn(before, 'clientSecretHash')) draft.secret = withoutSecret(before);
    return;
  }
  if (before !== null && Object.hasOwn(before, 'clientSecretHash')) return;
  draft.secret = { ...before, ...sealClientSecret(context.secrets, newUuid(context.ids)) };
}

/** A client secret as kept: a digest to check by (SHA-256, hex), and the sealed value to show again. */
export function sealClientSecret(secrets: SecretBox, clientSecret: string): JsonObject {
  return { clientSecretHash: clientSecretHash(clientSecret), clientSecretSealed: secrets.seal(clientSecret) };
}

/** The client secret in clear; undefined when the App has none. */
export function openClientSecret(secrets: SecretBox, secret: JsonObject | null | undefined): string | undefined {
  const sealed = secret?.['clientSecretSealed'];
  return typeof sealed === 'string' ? secrets.open(sealed) : undefined;
}

function withoutSecret(before: JsonObject): JsonObject {
  const { clientSecretHash: _hash, clientSecretSealed: _sealed, ...rest } = before;
  return rest;
}

/**
 * Checks a client id that a request brings; one that stands may be another (the first client's comes from the configuration).
 * IDCS: "alphanumerics and underscore only" (flows.md B2).
 */
export function checkName(name: unknown): void {
  if (typeof name === 'string' && !/^\w+$/.test(name)) {
    throw badRequest('App.name can only have letters, digits and underscores.');
  }
}

/**
 * Checks what a client says about its grants and addresses.
 * @throws ScimError 400 naming the attribute
 */
export function checkClient(data: JsonObject): void {
  const grants = strings(data['allowedGrants']);
  for (const grant of grants) {
    if (!GRANTS.has(grant) && !GRANT_URN.test(grant))
      throw badRequest(`App.allowedGrants has an unknown grant type: ${grant}.`);
  }
  const anyScheme = data['allUrlSchemesAllowed'] === true;
  for (const attribute of ['redirectUris', 'postLogoutRedirectUris']) {
    for (const uri of strings(data[attribute])) checkAddress(attribute, uri, anyScheme);
  }
  if (typeof data['logoutUri'] === 'string') checkAddress('logoutUri', data['logoutUri'], anyScheme);
  if (
    isClient(data) &&
    grants.some((grant) => THREE_LEGGED.includes(grant)) &&
    strings(data['redirectUris']).length === 0
  ) {
    // IDCS: redirectUris are required for three-legged grants (schema reference of App.redirectUris).
    throw badRequest('Missing required attribute(s): redirectUris.', 'error.common.validation.missingReqAttributes');
  }
}

/**
 * Refuses http addresses of an App that says `allUrlSchemesAllowed` false itself. IDCS: http is for Apps that allow all schemes (oauth.md
 * §3), but the examples send it without a word about that; so what only has the default is no refusal.
 * @throws ScimError 400 naming the attribute
 */
export function refuseForbiddenHttp(data: JsonObject): void {
  if (data['allUrlSchemesAllowed'] !== false) return;
  for (const attribute of ['redirectUris', 'postLogoutRedirectUris']) {
    const uri = strings(data[attribute]).find((each) => /^http:/i.test(each));
    if (uri !== undefined) {
      throw badRequest(`App.${attribute} must be an https URL, because allUrlSchemesAllowed is false: ${uri}.`);
    }
  }
}

/**
 * IDCS: http addresses are posted without allUrlSchemesAllowed (flows.md B3), and `https://%hostid%/…` too (main-0005), so
 * that neither the scheme http nor the host is refused; other schemes need allUrlSchemesAllowed.
 */
function checkAddress(attribute: string, uri: string, anyScheme: boolean): void {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase();
  const web = scheme === 'http' || scheme === 'https';
  if (scheme === undefined || /\s/.test(uri) || (web && !/^https?:\/\/[^/?#]/i.test(uri))) {
    throw badRequest(`App.${attribute} must be an absolute URL: ${uri}.`);
  }
  if (isProgramAddress(uri)) {
    throw badRequest(
      `App.${attribute} can't have the scheme ${scheme}: browsers run or open such addresses themselves.`,
    );
  }
  if (!web && !anyScheme) {
    throw badRequest(`App.${attribute} must be an http or https URL unless allUrlSchemesAllowed is true: ${uri}.`);
  }
  // RFC 6749 §3.1.2: a redirection endpoint has no fragment.
  if (attribute === 'redirectUris' && uri.includes('#'))
    throw badRequest(`App.${attribute} can't have a fragment: ${uri}.`);
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((element) => typeof element === 'string') : [];
}
