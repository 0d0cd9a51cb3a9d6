import { isLockedNow } from '../resources/current-lock.ts';
import type { RequestContext } from '../resources/request-context.ts';
import { USER_URN } from '../resources/user-urns.ts';
import { isObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';

/** Whether a user may have a session at all. IDCS: scim.md §5: a service user has no password and can't sign in. */
export async function maySignIn(
  context: Pick<RequestContext, 'store' | 'domain' | 'clock'>,
  user: StoredResource,
): Promise<boolean> {
  const extension = user.data[USER_URN];
  const serviceUser = isObject(extension) && extension['serviceUser'] === true;
  return user.data['active'] === true && !serviceUser && !(await isLockedNow(context, user));
}
