import { isLockedNow } from '../resources/current-lock.ts';
import type { RequestContext } from '../resources/request-context.ts';
import type { StoredResource } from '../store/store.ts';

/** What judging a user needs. */
type UserContext = Pick<RequestContext, 'store' | 'domain' | 'clock'>;

/** Whether something new may be given to a user, or in a user's name. */
export async function isActiveUser(context: UserContext, user: StoredResource): Promise<boolean> {
  return user.data['active'] === true && !(await isLockedNow(context, user));
}

/**
 * Whether access tokens that a user or App has already are still good: for the admin API, userinfo and introspection alike.
 * A lock keeps from new sign-ins and new tokens only (rulings); deactivation ends all at once.
 */
export function keepsTokens({ data }: StoredResource): boolean {
  return data['active'] === true;
}

/** The user of that id or OCID; null when deleted, deactivated or locked. */
export async function findActiveUser(context: UserContext, id: string): Promise<StoredResource | null> {
  const user = await context.store.resources.read(context.domain.id, 'User', id);
  return user !== null && (await isActiveUser(context, user)) ? user : null;
}
