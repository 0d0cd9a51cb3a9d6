import { BoundedCache } from '../../bounded-cache.ts';
import { AUTHENTICATED, AUTHENTICATED_CLIENT, scopesOfRole } from '../admin-scopes.ts';
import type { ResourceTarget } from './resource-target.ts';
import { asksForDomain, type ScopeParameter } from './scope-parameter.ts';
import { CONSUMER_ALL } from './trust-scope.ts';

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
  /** What the token is for; null: the domain itself. */
  readonly target: ResourceTarget | null;
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
export function grantScope(requested: ScopeParameter, parties: Parties): GrantedScope {
  // The same few clients ask for the same few scopes all day; an administrator's are 80 to put together.
  const key = JSON.stringify([requested.parts, requested.offlineAccess, parties]);
  const known = cache.get(key);
  if (known !== undefined) return known;
  const granted = workOut(requested, parties);
  if (key.length <= MOST_KEPT) cache.set(key, granted);
  return granted;
}

/**
 * What a token for a resource application says: the values asked for, without any AppRoles (oauth.md §7.1). OpenID scopes stay in it,
 * so that the token also opens userinfo (inferred; Scopes.md asks for both in one request).
 * IDCS: Scopes.md: a user's token never says `consumer::all`.
 */
export function grantResource(requested: ScopeParameter, target: ResourceTarget, hasUser: boolean): GrantedScope {
  const scopes = hasUser && target.appId === null ? target.scopes.filter((one) => one !== CONSUMER_ALL) : target.scopes;
  const scope = [...scopes, ...rest(requested)].join(' ');
  return { scope, target, clientAppRoles: null, userAppRoles: null, effective: [] };
}

/** Characters: nobody asks for a longer scope twice, and 500 of a megabyte would be too much to keep. */
const MOST_KEPT = 8192;
const cache = new BoundedCache<string, GrantedScope>(500);

function workOut(requested: ScopeParameter, parties: Parties): GrantedScope {
  if (!asksForDomain(requested)) {
    return { scope: rest(requested).join(' '), target: null, clientAppRoles: null, userAppRoles: null, effective: [] };
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
    scope: [...granted, ...rest(requested)].join(' '),
    target: null,
    clientAppRoles: [AUTHENTICATED_CLIENT, ...parties.clientRoles.filter(counts)],
    userAppRoles: parties.userRoles === null ? null : [AUTHENTICATED, ...parties.userRoles].filter(counts),
    effective: effective.filter(counts),
  };
}

function rest({ openId, offlineAccess }: ScopeParameter): readonly string[] {
  return offlineAccess ? [...openId, 'offline_access'] : openId;
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
