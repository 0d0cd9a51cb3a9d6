import { createHash } from 'node:crypto';
import { BoundedCache } from '../../bounded-cache.ts';
import type { Domain } from '../../domains/domain.ts';
import { type IdSource, newId } from '../../ids.ts';
import { ADMINISTRATOR_ROLES } from '../../schemas/permissions.ts';
import type { JsonObject } from '../../scim/json.ts';
import { adminAudience } from '../bearer.ts';
import type { Client } from '../client.ts';
import type { GrantedScope } from './granted-scope.ts';
import { type Subject, subjectName } from './subject.ts';

/** Everything that a token's claims follow from. */
export interface TokenFacts {
  readonly domain: Domain;
  readonly baseUrl: string;
  readonly issuer: string;
  readonly client: Client;
  readonly granted: GrantedScope;
  /** null: the token is the client's own. */
  readonly subject: Subject | null;
  /** Seconds since the Unix epoch, by the domain's clock. */
  readonly issuedAt: number;
  /** Seconds since the Unix epoch. */
  readonly expires: number;
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
export function accessTokenClaims(facts: TokenFacts, ids: IdSource): JsonObject {
  const { domain, baseUrl, client, granted, subject } = facts;
  const claims: JsonObject = { tok_type: 'AT', aud: [baseUrl, adminAudience(domain)], scope: granted.scope };
  addCommon(claims, facts, ids);
  claims['client_id'] = client.name;
  claims['domain_home'] = HOME_REGION;
  if (granted.effective.some((role) => ADMINISTRATOR_ROLES.has(role))) claims['user_isAdmin'] = true;
  if (granted.clientAppRoles !== null) claims['clientAppRoles'] = [...granted.clientAppRoles];
  if (granted.userAppRoles !== null) claims['userAppRoles'] = [...granted.userAppRoles];
  if (subject !== null && client.allowedOperations.has('onBehalfOfUser')) claims['onBehalfOfUser'] = true;
  if (subject !== null) claims['opc'] = false;
  return claims;
}

/**
 * The claims of an identity token.
 * IDCS: oauth.md §7.1, column IT.
 * @param accessToken the access token beside it: its hash is `at_hash` (OpenID Connect Core §3.1.3.6)
 */
export function identityTokenClaims(
  facts: TokenFacts & { subject: Subject },
  accessToken: string,
  ids: IdSource,
): JsonObject {
  const { client, issuer, subject, expires } = facts;
  const claims: JsonObject = { tok_type: 'IT', aud: [issuer, client.name], azp: client.name };
  addCommon(claims, facts, ids);
  claims['at_hash'] = createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url');
  claims['auth_time'] = subject.authenticated;
  claims['session_exp'] = expires;
  claims['authn_strength'] = '2';
  claims['primTenant'] = true;
  claims['pulp'] = 'MyApps';
  return claims;
}

// Assignments, not spread objects: the token endpoint is a hot path, and these take a fraction of the time.
function addCommon(claims: JsonObject, facts: TokenFacts, ids: IdSource): void {
  const { domain, client, issuer, issuedAt, expires } = facts;
  claims['iss'] = issuer;
  addSubject(claims, facts);
  claims['iat'] = issuedAt;
  claims['exp'] = expires;
  claims['jti'] = newId(ids);
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
  claims['amr'] = ['USERNAME_PASSWORD'];
  claims['idp_name'] = 'UserNamePassword';
  claims['idp_guid'] = 'UserNamePassword';
  claims['idp_type'] = 'LOCAL';
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
