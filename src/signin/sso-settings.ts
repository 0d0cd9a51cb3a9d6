import type { Domain } from '../domains/domain.ts';
import { singletonData } from '../resources/singleton.ts';
import type { Store } from '../store/store.ts';

/** What SsoSettings say about sessions. */
export interface SsoSettings {
  /** Milliseconds from the sign-in to the session's end, however much it is used. */
  readonly sessionMs: number;
  /** Where a sign-out leads when the request names no place: an address, or a path below the domain's; null: the signed-out page. */
  readonly logoutUrl: string | null;
}

const MINUTE = 60_000;
/** IDCS: oauth.md §7.3: 8 hours. */
const DEFAULT_MINUTES = 480;

/** The domain's SsoSettings, read once an epoch: every write of them bumps the domain's epoch. */
export async function ssoSettings(store: Store, domain: Domain): Promise<SsoSettings> {
  const { sessionDuration: minutes, logoutUrl: url } = await singletonData(store, domain, 'SsoSettings');
  return {
    sessionMs: (typeof minutes === 'number' ? minutes : DEFAULT_MINUTES) * MINUTE,
    logoutUrl: typeof url === 'string' && url !== '' ? url : null,
  };
}
