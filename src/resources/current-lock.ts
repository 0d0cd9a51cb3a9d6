import type { StoredResource } from '../store/store.ts';
import { applicablePasswordPolicy } from './applicable-password-policy.ts';
import { isLocked, isLockedAt } from './login-attempt.ts';
import type { RequestContext } from './request-context.ts';

/**
 * Whether a user is locked by the clock of the domain. A lock that has run out counts no more, although the row says `locked.on` until the
 * next check of a password. No statement for users who are not locked.
 */
export async function isLockedNow(
  { store, domain, clock }: Pick<RequestContext, 'store' | 'domain' | 'clock'>,
  { id, data }: Pick<StoredResource, 'id' | 'data'>,
): Promise<boolean> {
  if (!isLocked(data)) return false;
  return isLockedAt(data, await applicablePasswordPolicy(store, domain, id), clock.now());
}
