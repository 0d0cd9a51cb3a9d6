import { createHash } from 'node:crypto';
import { BoundedCache } from '../../bounded-cache.ts';
import type { Domain } from '../../domains/domain.ts';
import { type IdSource, newId } from '../../ids.ts';
import { ADMINISTRATOR_ROLES } from '../../schemas/permissions.ts';
import type { JsonObject } from '../../scim/json.ts';
import { adminAudience } from '../bearer.ts';
import type { Client } from '../client.ts';
import type { GrantedScope } from './granted-scope.ts';
import type { ResourceTarget } from './resource-target.ts';
import { type Subject, subjectName } from './subject.ts';

/** Everything that a token's claims follow from. */
export interface TokenFacts {
  readonly domain: Domain;
  readonly baseUrl: string;
  readonly issuer: string;
  readonly client: Client;
  /** null: the token is the client's own. */
  readonly subject: Subject | null;
  /** Seconds since the Unix epoch, by the domain's clock. */
  readonly issuedAt: number;
  /** Seconds since the Unix epoch. */
  readonly expires: number;
  readonly origin: TokenOrigin;
}

/** What an access token's claims follow from. */
export interface AccessTokenFacts extends TokenFacts {
  readonly granted: GrantedScope;
}

/** What a token's claims say of the request that it came from. */
export interface TokenOrigin {
  /**
   * The authorization that the token belongs to, 16 hex digits: the first half of its `jti`, so that everything that one
   * authorization gave can be revoked at once (revoked-tokens.ts). Absent: the token stands alone.
   */
  readonly family?: string;
  /** IDCS: oauth.md §7.1: `azc` for an authorization code, `jwt` for a jwt-bearer assertion. */
  readonly gtp?: string;
  /** The authorization request's nonce, for the identity token. */
  readonly nonce?: string;
  /** The code beside an identity token of the authorization endpoint: its hash is `c_hash` (OpenID Connect Core §3.3.2.11). */
  readonly code?: string;
  /** RFC 8705 §3.1: SHA-256 thumbprint, base64url, of the client certificate that the access token is bound to. */
  readonly certificateThumbprint?: string;
}

/** IDCS: oauth.md §7.1: constants that say where a domain lives and how long its sessions may idle (minutes). */
const HOME_REGION = 'us-ashburn-1';
const REGION_NAME = 'us-ashburn-idcs-1';
const SESSION_IDLE_MINUTES = 480;

/**
 * The claims of an access token.
 * IDCS: oauth.md §7.1, columns AT-CC and AT-U; shapes.md §7. `client_ocid` is also put into a client's own token, where newer
 * resources show their creator's OCID.
 */
export function accessTokenClaims(facts: AccessTokenFacts, ids: IdSource): JsonObject {
  const { domain, baseUrl, client, granted, subject } = facts;
  const { target } = granted;
  const aud = target === null ? [baseUrl, adminAudience(domain)] : audienceOf(target);
  const claims: JsonObject = { tok_type: 'AT', aud, scope: granted.scope };
  addCommon(claims, facts, ids);
  claims['client_id'] = client.name;
  claims['domain_home'] = HOME_REGION;
  if (granted.effective.some((role) => ADMINISTRATOR_ROLES.has(role))) claims['user_isAdmin'] = true;
  if (granted.clientAppRoles !== null) claims['clientAppRoles'] = [...granted.clientAppRoles];
  if (granted.userAppRoles !== null) claims['userAppRoles'] = [...granted.userAppRoles];
  if (subject !== null) {
    claims['opc'] = false;
    // IDCS: oauth.md §4: onBehalfOfUser is about the domain's own scopes; §7.1: resource_app_id is in resource tokens of users.
    if (target === null && client.allowedOperations.has('onBehalfOfUser')) claims['onBehalfOfUser'] = true;
    if (target !== null && target.appId !== null) claims['resource_app_id'] = target.appId;
  }
  const { gtp, certificateThumbprint } = facts.origin;
  if (gtp !== undefined) claims['gtp'] = gtp;
  if (certificateThumbprint !== undefined) claims['cnf'] = { 'x5t#S256': certificateThumbprint };
  return claims;
}

/**
 * The claims of an identity token.
 * IDCS: oauth.md §7.1, column IT.
 * @param accessToken the access token beside it, whose hash is `at_hash`; null: there is none
 */
export function identityTokenClaims(
  facts: TokenFacts & { subject: Subject },
  accessToken: string | null,
  ids: IdSource,
): JsonObject {
  const { client, issuer, subject, expires, origin } = facts;
  const claims: JsonObject = { tok_type: 'IT', aud: [issuer, client.name], azp: client.name };
  addCommon(claims, facts, ids);
  if (accessToken !== null) claims['at_hash'] = halfHash(accessToken);
  if (origin.code !== undefined) claims['c_hash'] = halfHash(origin.code);
  if (origin.nonce !== undefined) claims['nonce'] = origin.nonce;
  claims['auth_time'] = subject.authenticated;
  claims['session_exp'] = expires;
  claims['authn_strength'] = '2';
  claims['primTenant'] = true;
  claims['pulp'] = 'MyApps';
  return claims;
}

function audienceOf({ audience }: ResourceTarget): string | string[] {
  return typeof audience === 'string' ? audience : [...audience];
}

// Assignments, not spread objects: the token endpoint is a hot path, and these take a fraction of the time.
function addCommon(claims: JsonObject, facts: TokenFacts, ids: IdSource): void {
  const { domain, client, issuer, issuedAt, expires } = facts;
  claims['iss'] = issuer;
  addSubject(claims, facts);
  claims['iat'] = issuedAt;
  claims['exp'] = expires;
  claims['jti'] = tokenId(facts.origin, ids);
  claims['client_guid'] = client.id;
  claims['client_name'] = client.displayName;
  if (client.ocid !== null) claims['client_ocid'] = client.ocid;
  claims['client_tenantname'] = domain.tenant;
  claims['tenant'] = domain.tenant;
  claims['user.tenant.name'] = domain.tenant;
  claims['domain'] = domain.name;
  claims['domain_id'] = domain.ocid;
  claims['ca_ocid'] = domain.tenancyOcid;
  claims['ca_name'] = 'idcs-emulator';
  claims['ca_guid'] = cloudAccountId(domain.tenancyOcid);
  claims['region_name'] = REGION_NAME;
}

function addSubject(claims: JsonObject, { domain, baseUrl, client, subject }: TokenFacts): void {
  if (subject === null) {
    claims['sub'] = client.name;
    claims['sub_mappingattr'] = 'userName';
    claims['sub_type'] = 'client';
    return;
  }
  const { user, sessionId } = subject;
  const { sub, attribute } = subjectName(domain, user.data);
  const { settings } = domain;
  claims['tenant_iss'] = baseUrl;
  claims['sub'] = sub;
  claims['sub_mappingattr'] = attribute;
  claims['sub_type'] = 'user';
  claims['user_id'] = user.id;
  if (user.ocid !== null) claims['user_ocid'] = user.ocid;
  claims['user_displayname'] = firstText(user.data['displayName'], user.data['userName']) ?? sub;
  claims['user_tenantname'] = domain.tenant;
  claims['user_tz'] = firstText(user.data['timezone'], settings['timezone']) ?? 'UTC';
  claims['user_locale'] = firstText(user.data['locale'], settings['locale']) ?? 'en';
  claims['user_lang'] = firstText(user.data['preferredLanguage'], settings['preferredLanguage']) ?? 'en';
  claims['sid'] = sessionId;
  claims['sidle'] = SESSION_IDLE_MINUTES;
  claims['amr'] = [...subject.amr];
  claims['idp_name'] = subject.identityProvider.name;
  claims['idp_guid'] = subject.identityProvider.id;
  claims['idp_type'] = subject.identityProvider.type;
}

function tokenId({ family }: TokenOrigin, ids: IdSource): string {
  return family === undefined ? newId(ids) : family + ids.bytes(8).toString('hex');
}

/** Left half of the SHA-256 of a token or code: `at_hash`, `c_hash` (OpenID Connect Core §3.1.3.6, §3.3.2.11). */
export function halfHash(value: string): string {
  return createHash('sha256').update(value).digest().subarray(0, 16).toString('base64url');
}

const cloudAccounts = new BoundedCache<string, string>(1000);

/** The cloud account has no resource of its own here; its id follows from the tenancy's OCID. */
function cloudAccountId(tenancyOcid: string): string {
  const known = cloudAccounts.get(tenancyOcid);
  if (known !== undefined) return known;
  const made = `cacct-${createHash('sha256').update(tenancyOcid).digest('hex').slice(0, 32)}`;
  cloudAccounts.set(tenancyOcid, made);
  return made;
}

function firstText(...values: readonly unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === 'string' && value !== '');
}
