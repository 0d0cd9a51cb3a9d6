import type { SignInFailure } from '../pages/pages.ts';
import { isLockedNow } from '../resources/current-lock.ts';
import { resourceType } from '../schemas/registry.ts';
import type { Filter } from '../scim/filter-ast.ts';
import type { StoredResource } from '../store/store.ts';
import type { SignInContext, SignInServices } from './sign-in-services.ts';
import { maySignIn } from './sign-in-user.ts';

/*
 * IDCS_DEV_LOGIN: the sign-in page lists users, and a click signs one in. For development only; the real service has nothing
 * like it.
 */

/** Users on the page; a search finds the others. */
const LISTED = 50;
const LONGEST_SEARCH = 100;

/** A user to click on. */
export interface DevUser {
  readonly id: string;
  readonly userName: string;
  readonly displayName: string;
}

/** The active users by name. @param search beginning of a user name; empty: any */
export async function devUsers(
  { store }: Pick<SignInServices, 'store'>,
  { domain, clock }: SignInContext,
  search: string,
): Promise<DevUser[]> {
  const type = resourceType('User');
  const userName = type.resolve('userName')!;
  const active: Filter = { op: 'eq', attribute: type.resolve('active')!, value: true };
  const named: Filter = { op: 'sw', attribute: userName, value: search.slice(0, LONGEST_SEARCH) };
  const { resources } = await store.resources.search(domain.id, {
    type,
    filter: search === '' ? active : { op: 'and', filters: [active, named] },
    sortBy: userName,
    descending: false,
    offset: 0,
    limit: LISTED,
  });
  const may = await Promise.all(resources.map((user) => maySignIn({ store, domain, clock }, user)));
  return resources
    .filter((_user, at) => may[at])
    .map(({ id, data }) => ({
      id,
      userName: String(data['userName']),
      displayName: String(data['displayName'] ?? data['userName']),
    }));
}

/** The user of a click, or why that one can't be signed in. */
export async function devUser(
  { store }: Pick<SignInServices, 'store'>,
  { domain, clock }: SignInContext,
  id: string,
): Promise<
  { readonly failure: null; readonly user: StoredResource } | { readonly failure: SignInFailure; readonly user: null }
> {
  const user = await store.resources.read(domain.id, 'User', id);
  if (user === null) return { failure: 'incorrect', user: null };
  if (await isLockedNow({ store, domain, clock }, user)) return { failure: 'locked', user: null };
  return (await maySignIn({ store, domain, clock }, user))
    ? { failure: null, user }
    : { failure: 'inactive', user: null };
}
