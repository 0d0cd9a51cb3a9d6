import { BoundedCache } from '../../bounded-cache.ts';
import { AUTHENTICATED, AUTHENTICATED_CLIENT, scopesOfRole } from '../admin-scopes.ts';
import type { RequestedScope } from './requested-scope.ts';

/** The AppRoles of a token's parties. */
export interface Parties {
  readonly clientRoles: readonly string[];
  /** null: the token has no user. */
  readonly userRoles: readonly string[] | null;
  /** The client acts with the user's rights alone (App.allowedOperations). */
  readonly onBehalfOfUser: boolean;
}

/** What a token will say. */
export interface GrantedScope {
  /** The `scope` claim. */
  readonly scope: string;
  /** The `clientAppRoles` claim; null: the token is not for the domain's own APIs. */
  readonly clientAppRoles: readonly string[] | null;
  /** The `userAppRoles` claim. */
  readonly userAppRoles: readonly string[] | null;
  /** The AppRoles that count: both parties', or the user's alone for onBehalfOfUser. */
  readonly effective: readonly string[];
}

/**
 * What a request gets of what it asked for.
 * IDCS: oauth.md §4: `__myscopes__` becomes every scope that follows from the AppRoles of the client, intersected with the user's;
 * a role that one of them doesn't hold is dropped silently.
 */
export function grantScope(requested: RequestedScope, parties: Parties): GrantedScope {
  // The same few clients ask for the same few scopes all day; an administrator's are 80 to put together.
  const key = JSON.stringify([requested.parts, requested.offlineAccess, parties]);
  const known = cache.get(key);
  if (known !== undefined) return known;
  const granted = workOut(requested, parties);
  if (key.length <= MOST_KEPT) cache.set(key, granted);
  return granted;
}

/** Characters: nobody asks for a longer scope twice, and 500 of a megabyte would be too much to keep. */
const MOST_KEPT = 8192;
const cache = new BoundedCache<string, GrantedScope>(500);

function workOut(requested: RequestedScope, parties: Parties): GrantedScope {
  const rest = [...requested.openId, ...(requested.offlineAccess ? ['offline_access'] : [])];
  if (!requested.myScopes && requested.roles.length + requested.adminScopes.length === 0) {
    return { scope: rest.join(' '), clientAppRoles: null, userAppRoles: null, effective: [] };
  }
  const effective = effectiveRoles(parties);
  const common = parties.userRoles === null ? [AUTHENTICATED_CLIENT] : [AUTHENTICATED_CLIENT, AUTHENTICATED];
  const available = union([...effective, ...common].map(scopesOfRole));
  const names = new Set(requested.roles);
  const granted = requested.myScopes
    ? available
    : union([
        scopesOfRole(AUTHENTICATED_CLIENT),
        ...effective.filter((role) => names.has(role)).map(scopesOfRole),
        requested.adminScopes.filter((scope) => available.has(scope)),
      ]);
  const counts = (role: string) => requested.myScopes || names.has(role) || isCovered(role, granted);
  return {
    scope: [...granted, ...rest].join(' '),
    clientAppRoles: [AUTHENTICATED_CLIENT, ...parties.clientRoles.filter(counts)],
    userAppRoles: parties.userRoles === null ? null : [AUTHENTICATED, ...parties.userRoles].filter(counts),
    effective: effective.filter(counts),
  };
}

function effectiveRoles({ clientRoles, userRoles, onBehalfOfUser }: Parties): readonly string[] {
  if (userRoles === null) return clientRoles;
  if (onBehalfOfUser) return userRoles;
  const clientHas = new Set(clientRoles);
  return userRoles.filter((role) => clientHas.has(role));
}

/**
 * Whether a token that was asked for by single scopes may use an AppRole: only when it has all of the role's scopes. What one
 * scope opens by itself is not documented; the narrow reading can't give more than was asked for.
 */
function isCovered(role: string, granted: ReadonlySet<string>): boolean {
  const scopes = scopesOfRole(role);
  return scopes.length > 0 && scopes.every((scope) => granted.has(scope));
}

function union(lists: readonly (readonly string[])[]): ReadonlySet<string> {
  return new Set(lists.flat());
}
