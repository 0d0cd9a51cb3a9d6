import type { Domain } from '../../domains/domain.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { Memberships, Store, StoredResource } from '../../store/store.ts';
import { domainRoles } from '../client.ts';

/** Who vouched for a user: the domain's own password check, or a partner. Claims `idp_name`, `idp_guid`, `idp_type`. */
export interface IdentityProvider {
  readonly name: string;
  readonly id: string;
  /** `LOCAL`, `SAML`. */
  readonly type: string;
}

/** IDCS: rulings: what tokens call the domain's own sign-in. */
export const LOCAL_IDENTITY_PROVIDER: IdentityProvider = {
  name: 'UserNamePassword',
  id: 'UserNamePassword',
  type: 'LOCAL',
};

/** How a user proved who they are with the domain's own password (RFC 8176 has no such value: it is the service's). */
export const BY_PASSWORD: readonly string[] = ['USERNAME_PASSWORD'];

/** The user that a token is about. */
export interface Subject {
  readonly user: StoredResource;
  /** Display names of the domain's own AppRoles that the user holds, directly or through groups. */
  readonly roles: readonly string[];
  /** The session that the token belongs to: `<32 hex>:<6 hex>` (oauth.md §7.1). */
  readonly sessionId: string;
  /** When the user proved who they are; seconds since the Unix epoch. */
  readonly authenticated: number;
  /** How: the `amr` claim. */
  readonly amr: readonly string[];
  readonly identityProvider: IdentityProvider;
  /** When the browser session ends, in seconds since the Unix epoch; null: the token belongs to none (password grant ...). */
  readonly sessionExpires: number | null;
}

/** IDCS: scim.md §5: the group of everybody. It lists no members, so that its AppRoles are added here. */
export const GROUPS_OF_EVERYBODY: readonly string[] = ['AllUsersId'];

/** Reads the AppRoles of a user, in one statement. */
export async function rolesOfUser(store: Store, domain: Domain, userId: string): Promise<readonly string[]> {
  return domainRoles(await store.principals.userRoles(domain.id, userId, GROUPS_OF_EVERYBODY));
}

/** Reads the groups and AppRoles of a user, in one statement. */
export function membershipsOfUser(
  store: Pick<Store, 'principals'>,
  domain: Domain,
  userId: string,
): Promise<Memberships> {
  return store.principals.memberships(domain.id, userId, GROUPS_OF_EVERYBODY);
}

/**
 * What a token calls its user.
 * IDCS: oauth.md §11: the attribute that Settings.subMappingAttr names, userName unless changed.
 */
export function subjectName(domain: Domain, user: JsonObject): { readonly sub: string; readonly attribute: string } {
  const attribute = domain.settings['subMappingAttr'];
  if (typeof attribute === 'string' && Object.hasOwn(user, attribute) && typeof user[attribute] === 'string') {
    return { sub: user[attribute], attribute };
  }
  return { sub: String(user['userName']), attribute: 'userName' };
}
