import type { Domain } from '../domains/domain.ts';
import { isLocked } from '../resources/login-attempt.ts';
import type { Store, StoredResource } from '../store/store.ts';

/** Whether something new may be given to a user, or in a user's name. */
export function isActiveUser({ data }: StoredResource): boolean {
  return data['active'] === true && !isLocked(data);
}

/**
 * Whether access tokens that a user or App has already are still good: for the admin API, userinfo and introspection alike.
 * A lock keeps from new sign-ins and new tokens only (rulings); deactivation ends all at once.
 */
export function keepsTokens({ data }: StoredResource): boolean {
  return data['active'] === true;
}

/** The user of that id or OCID; null when deleted, deactivated or locked. */
export async function findActiveUser(
  store: Pick<Store, 'resources'>,
  domain: Domain,
  id: string,
): Promise<StoredResource | null> {
  const user = await store.resources.read(domain.id, 'User', id);
  return user !== null && isActiveUser(user) ? user : null;
}
