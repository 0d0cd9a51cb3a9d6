import type { Domain } from '../domains/domain.ts';
import { EpochCache } from '../domains/epoch-cache.ts';
import type { JsonObject } from '../scim/json.ts';
import type { HeldRole, Store } from '../store/store.ts';

/** An OAuth client: an App as the token endpoint sees it. */
export interface Client {
  /** App.id */
  readonly id: string;
  readonly ocid: string | null;
  /** App.name, the client id. */
  readonly name: string;
  readonly displayName: string;
  readonly active: boolean;
  /** `confidential`, `trusted` or `public`. */
  readonly type: string;
  readonly allowedGrants: ReadonlySet<string>;
  readonly allowedOperations: ReadonlySet<string>;
  /** Fully qualified scopes of resource applications that it may ask for. */
  readonly allowedScopes: ReadonlySet<string>;
  /** Display names of the domain's own AppRoles that were granted to it. */
  readonly roles: readonly string[];
  /** SHA-256 of its secret, hex; null: it has none. */
  readonly secretHash: string | null;
  readonly data: JsonObject;
}

/** The App whose AppRoles give rights over the domain. AppRoles of other apps share names with them at will. */
const DOMAIN_APP = 'IDCSAppId';

const clients = new EpochCache<Client | null>(1000);

/**
 * A client by its client id (exact case) with its AppRoles; null when there is none. Read once an epoch: writes of Apps, and of
 * what gives them AppRoles, bump the domain's epoch.
 */
export function findClient(store: Store, domain: Domain, clientId: string): Promise<Client | null> {
  return clients.get(store, domain, clientId, () => readClient(store, domain, clientId));
}

async function readClient(store: Store, domain: Domain, clientId: string): Promise<Client | null> {
  const found = await store.principals.client(domain.id, clientId);
  if (found === null) return null;
  const { data, secret, id, ocid } = found.app;
  if (data['name'] !== clientId || data['isOAuthClient'] !== true) return null;
  return {
    id,
    ocid,
    name: clientId,
    displayName: text(data['displayName']) ?? clientId,
    active: data['active'] === true,
    type: text(data['clientType']) ?? 'confidential',
    allowedGrants: textSet(data['allowedGrants']),
    allowedOperations: textSet(data['allowedOperations']),
    allowedScopes: fullyQualifiedScopes(data['allowedScopes']),
    roles: domainRoles(found.roles),
    secretHash: text(secret?.['clientSecretHash']),
    data,
  };
}

/** Display names of those AppRoles that belong to the domain itself. */
export function domainRoles(roles: readonly HeldRole[]): readonly string[] {
  return [...new Set(roles.filter((role) => role.appId === DOMAIN_APP).map((role) => role.displayName))].sort();
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function textSet(value: unknown): ReadonlySet<string> {
  return new Set(Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []);
}

function fullyQualifiedScopes(value: unknown): ReadonlySet<string> {
  if (!Array.isArray(value)) return new Set();
  return new Set(value.flatMap((item: { fqs?: unknown } | null) => (typeof item?.fqs === 'string' ? [item.fqs] : [])));
}
