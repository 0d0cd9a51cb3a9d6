import type { Store, StoredResource } from '../store/store.ts';
import { ALL_USERS_GROUP_ID } from './all-users-group.ts';

/**
 * Whether a user may sign in to an App: it is active, and open to everybody or granted to the user.
 * IDCS: oauth.md §3: with `allowAccessControl` ("Enforce grants as authorization") only users with a Grant of the App, of their own
 * or of a group's, may. A Grant of one of its AppRoles is a Grant of the App (shapes.md §15). One statement at most; that the
 * user is active is the caller's to check.
 */
export async function mayUseApp(
  { store, domain }: { readonly store: Pick<Store, 'principals'>; readonly domain: { readonly id: number } },
  user: Pick<StoredResource, 'id'>,
  app: Pick<StoredResource, 'id' | 'data'>,
): Promise<boolean> {
  if (app.data['active'] === false) return false;
  if (app.data['allowAccessControl'] !== true) return true;
  return store.principals.hasGrant(domain.id, app.id, user.id, [ALL_USERS_GROUP_ID]);
}
