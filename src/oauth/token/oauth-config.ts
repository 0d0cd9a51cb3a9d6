import type { Domain } from '../../domains/domain.ts';
import { singletonData } from '../../resources/singleton.ts';
import type { Store } from '../../store/store.ts';

/** What OAuthConfig says about tokens when neither the resource application nor the request does; seconds. */
export interface DefaultLifetimes {
  /** IDCS: oauth.md §7.3: an hour. */
  readonly accessToken: number;
  /** IDCS: oauth.md §7.3: App.refreshTokenExpiry of the resource application, else OAuthConfig, else a week. */
  readonly refreshToken: number;
}

const HOUR = 3600;
const WEEK = 604_800;

/** The domain's default lifetimes, read once an epoch. */
export async function defaultLifetimes(store: Store, domain: Domain): Promise<DefaultLifetimes> {
  const data = await singletonData(store, domain, 'OAuthConfig');
  return {
    accessToken: secondsOf(data['accessTokenExpirySeconds']) ?? HOUR,
    refreshToken: secondsOf(data['refreshTokenExpirySeconds']) ?? WEEK,
  };
}

function secondsOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
