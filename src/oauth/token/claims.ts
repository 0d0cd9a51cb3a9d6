import { createHash } from 'node:crypto';
import type { Domain } from '../../domains/domain.ts';
import { type IdSource, newId } from '../../ids.ts';
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

/** AppRoles whose holders are administrators (approles: admin_role_summaries). */
const ADMIN_ROLES = new Set([
  'Identity Domain Administrator',
  'Security Administrator',
  'Application Administrator',
  'User Administrator',
  'User Manager',
  'Help Desk Administrator',
  'Audit Administrator',
]);

/**
 * The claims of an access token.
 * IDCS: oauth.md §7.1, columns AT-CC and AT-U; shapes.md §7. `client_ocid` is also put into a client's own token, where newer
 * resources show their creator's OCID.
 */
export function accessTokenClaims(facts: TokenFacts, ids: IdSource): JsonObject {
  const { domain, baseUrl, client, granted, subject } = facts;
  return {
    ...subjectClaims(facts),
    ...commonClaims(facts, ids),
    tok_type: 'AT',
    aud: [baseUrl, adminAudience(domain)],
    scope: granted.scope,
    client_id: client.name,
    client_guid: client.id,
    client_name: client.displayName,
    ...(client.ocid === null ? {} : { client_ocid: client.ocid }),
    client_tenantname: domain.tenant,
    domain_home: HOME_REGION,
    ...(granted.effective.some((role) => ADMIN_ROLES.has(role)) ? { user_isAdmin: true } : {}),
    ...(granted.clientAppRoles === null ? {} : { clientAppRoles: [...granted.clientAppRoles] }),
    ...(granted.userAppRoles === null ? {} : { userAppRoles: [...granted.userAppRoles] }),
    ...(subject !== null && client.allowedOperations.has('onBehalfOfUser') ? { onBehalfOfUser: true } : {}),
    ...(subject === null ? {} : { opc: false }),
  };
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
  return {
    ...subjectClaims(facts),
    ...commonClaims(facts, ids),
    tok_type: 'IT',
    aud: [issuer, client.name],
    azp: client.name,
    client_guid: client.id,
    client_name: client.displayName,
    ...(client.ocid === null ? {} : { client_ocid: client.ocid }),
    client_tenantname: facts.domain.tenant,
    at_hash: createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url'),
    auth_time: subject.authenticated,
    session_exp: expires,
    authn_strength: '2',
    primTenant: true,
    pulp: 'MyApps',
  };
}

function commonClaims({ domain, baseUrl, issuer, subject, issuedAt, expires }: TokenFacts, ids: IdSource): JsonObject {
  return {
    iss: issuer,
    ...(subject === null ? {} : { tenant_iss: baseUrl }),
    iat: issuedAt,
    exp: expires,
    jti: newId(ids),
    tenant: domain.tenant,
    'user.tenant.name': domain.tenant,
    domain: domain.name,
    domain_id: domain.ocid,
    ca_ocid: domain.tenancyOcid,
    ca_name: 'idcs-emulator',
    ca_guid: cloudAccountId(domain),
    region_name: REGION_NAME,
  };
}

function subjectClaims({ domain, client, subject }: TokenFacts): JsonObject {
  if (subject === null) return { sub: client.name, sub_mappingattr: 'userName', sub_type: 'client' };
  const { user, sessionId } = subject;
  const { sub, attribute } = subjectName(domain, user.data);
  return {
    sub,
    sub_mappingattr: attribute,
    sub_type: 'user',
    user_id: user.id,
    ...(user.ocid === null ? {} : { user_ocid: user.ocid }),
    user_displayname: firstText(user.data['displayName'], user.data['userName']) ?? sub,
    user_tenantname: domain.tenant,
    user_tz: firstText(user.data['timezone'], domain.settings['timezone']) ?? 'UTC',
    user_locale: firstText(user.data['locale'], domain.settings['locale']) ?? 'en',
    user_lang: firstText(user.data['preferredLanguage'], domain.settings['preferredLanguage']) ?? 'en',
    sid: sessionId,
    sidle: SESSION_IDLE_MINUTES,
    amr: ['USERNAME_PASSWORD'],
    idp_name: 'UserNamePassword',
    idp_guid: 'UserNamePassword',
    idp_type: 'LOCAL',
  };
}

/** The cloud account has no resource of its own here; its id follows from the tenancy's OCID. */
function cloudAccountId(domain: Domain): string {
  return `cacct-${createHash('sha256').update(domain.tenancyOcid).digest('hex').slice(0, 32)}`;
}

function firstText(...values: readonly unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === 'string' && value !== '');
}
