import { OAuthError } from './oauth-error.ts';

/** What bounds an access token's life; seconds. */
export interface LifetimeLimits {
  /** `urn:opc:resource:expiry`. */
  readonly custom: number | null;
  /** App.accessTokenExpiry of the resource application. */
  readonly resource: number | null;
  /** What remains of the user's browser session. */
  readonly session: number | null;
  /** OAuthConfig.accessTokenExpirySeconds: where nothing else says anything. */
  readonly standard: number;
}

/**
 * Seconds that an access token lives.
 * IDCS: oauth.md §7.3: the least of the resource application's expiry, what remains of the session and the custom expiry; the
 * domain's default stands in where neither the resource application nor the request says anything.
 * @throws OAuthError invalid_grant when the session has ended
 */
export function accessTokenLifetime({ custom, resource, session, standard }: LifetimeLimits): number {
  if (session !== null && session <= 0) {
    throw new OAuthError('invalid_grant', "The user's session has ended. Have the user sign in again.");
  }
  const wanted = Math.min(custom ?? Number.POSITIVE_INFINITY, resource ?? Number.POSITIVE_INFINITY);
  const lifetime = Number.isFinite(wanted) ? wanted : standard;
  return session === null ? lifetime : Math.min(lifetime, session);
}
