import { isLocked } from '../resources/login-attempt.ts';
import { USER_URN } from '../resources/user-urns.ts';
import { isObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';

/** Whether a user may have a session at all. IDCS: scim.md §5: a service user has no password and can't sign in. */
export function maySignIn({ data }: StoredResource): boolean {
  const extension = data[USER_URN];
  const serviceUser = isObject(extension) && extension['serviceUser'] === true;
  return data['active'] === true && !serviceUser && !isLocked(data);
}
