import type { Domain } from '../../domains/domain.ts';
import { ALL_USERS_GROUP_ID } from '../../resources/all-users-group.ts';
import type { JsonObject } from '../../scim/json.ts';
import { BY_PASSWORD, newSessionId } from '../../signin/session.ts';
import type { Memberships, Store, StoredResource } from '../../store/store.ts';
import { findActiveUser } from '../active-user.ts';
import { domainRoles } from '../client.ts';
import type { OAuthContext, OAuthServices } from './token-request.ts';

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

/** The user that a token is about. */
export interface Subject {
  readonly user: StoredResource;
  /** Display names of the domain's own AppRoles that the user holds, directly or through groups. */
  readonly roles: readonly string[];
  /** The session that the token belongs to (`sid`). */
  readonly sessionId: string;
  /** When the user proved who they are; seconds since the Unix epoch. */
  readonly authenticated: number;
  /** How: the `amr` claim. */
  readonly amr: readonly string[];
  readonly identityProvider: IdentityProvider;
  /** When the browser session ends, in seconds since the Unix epoch; null: the token belongs to none (password grant ...). */
  readonly sessionExpires: number | null;
}

/** What codes, refresh tokens and the like keep of a Subject: the rest is read again when they are used. */
export interface KeptSubject extends Omit<Subject, 'user' | 'roles'> {
  readonly userId: string;
}

/** A subject as it is kept. */
export function keptSubject(subject: Subject): KeptSubject {
  const { user, sessionId, authenticated, amr, identityProvider, sessionExpires } = subject;
  return { userId: user.id, sessionId, authenticated, amr, identityProvider, sessionExpires };
}

/** A kept subject with the user and AppRoles of today; null when the user was deleted, deactivated or locked since. */
export async function subjectToday(
  { store }: Pick<OAuthServices, 'store'>,
  { domain, clock }: Pick<OAuthContext, 'domain' | 'clock'>,
  kept: KeptSubject,
): Promise<Subject | null> {
  const user = await findActiveUser({ store, domain, clock }, kept.userId);
  if (user === null) return null;
  const { sessionId, authenticated, amr, identityProvider, sessionExpires } = kept;
  const roles = await rolesOfUser(store, domain, user.id);
  return { user, roles, sessionId, authenticated, amr, identityProvider, sessionExpires };
}

/**
 * A user who has proved just now who they are, to this domain and outside of any browser's session.
 * @param how what is known otherwise
 */
export async function newSubject(
  { store, ids }: Pick<OAuthServices, 'store' | 'ids'>,
  { domain, clock }: Pick<OAuthContext, 'domain' | 'clock'>,
  user: StoredResource,
  how: Partial<Pick<Subject, 'amr' | 'authenticated' | 'identityProvider' | 'sessionExpires'>> = {},
): Promise<Subject> {
  return {
    user,
    roles: await rolesOfUser(store, domain, user.id),
    sessionId: newSessionId(ids),
    authenticated: Math.floor(clock.now() / 1000),
    amr: BY_PASSWORD,
    identityProvider: LOCAL_IDENTITY_PROVIDER,
    sessionExpires: null,
    ...how,
  };
}

/** IDCS: scim.md §5: the group of everybody. It lists no members, so that its AppRoles are added here. */
export const GROUPS_OF_EVERYBODY: readonly string[] = [ALL_USERS_GROUP_ID];

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
