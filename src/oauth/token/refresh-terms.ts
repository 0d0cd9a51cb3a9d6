import type { Client } from '../client.ts';
import type { RequestedScope } from './requested-scope.ts';

/**
 * Whether a request gets a refresh token.
 * IDCS: oauth.md §2.5: the client may use the grant, the scope has offline_access, and every resource application that it names
 * allows it (App.allowOffline). Otherwise there is none, which is no error.
 */
export function grantsRefresh(requested: RequestedScope, client: Pick<Client, 'allowedGrants'>): boolean {
  if (!requested.offlineAccess || !client.allowedGrants.has('refresh_token')) return false;
  return requested.targets.every((target) => target.allowOffline);
}

/**
 * Seconds that a request's refresh token lives: the shortest App.refreshTokenExpiry of its resource applications, else what the
 * domain says.
 * @param standard OAuthConfig.refreshTokenExpirySeconds
 */
export function refreshLifetime(requested: Pick<RequestedScope, 'targets'>, standard: number): number {
  const limits = requested.targets.flatMap(({ refreshTokenExpiry }) => refreshTokenExpiry ?? []);
  return limits.length === 0 ? standard : Math.min(...limits);
}
