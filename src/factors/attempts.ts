import { newId } from '../ids.ts';
import { notify } from '../notifications/notify.ts';
import { isLocked, withLock } from '../resources/login-attempt.ts';
import { authorOf } from '../resources/pipeline/author.ts';
import type { RequestContext } from '../resources/request-context.ts';
import { USER_URN } from '../resources/user-urns.ts';
import { resourceType } from '../schemas/registry.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { partOf } from './factor-settings.ts';
import { MFA_URN } from './mfa-state.ts';

/** Locked by second factors (userState locked.reason): from memory of Oracle's SDK text, not verified. */
const LOCKED_BY_SECOND_FACTORS = 3;

/** A user's row, held until the transaction ends, while the account is open; null: it is locked, or there is none. */
export async function heldOpenUser(
  { domain }: Pick<RequestContext, 'domain'>,
  session: StoreSession,
  userId: string,
): Promise<(StoredResource & { readonly secret: JsonObject | null }) | null> {
  const user = await session.resources.readWithSecret(domain.id, 'User', userId, { lock: true });
  return user === null || isLocked(user.data) ? null : user;
}

/**
 * Counts a wrong answer of a user whose row is held; too many in a row lock the account (flows.md E4).
 * @param most how many lock it
 * @returns whether this one has locked it
 */
export async function countWrong(
  context: RequestContext,
  session: StoreSession,
  user: StoredResource,
  most: number,
): Promise<boolean> {
  const mfa = partOf(user.data, MFA_URN);
  const loginAttempts = Number(mfa['loginAttempts'] ?? 0) + 1;
  await writeUser(
    context,
    session,
    user,
    { ...user.data, [MFA_URN]: { ...mfa, loginAttempts } },
    loginAttempts >= most,
  );
  return loginAttempts >= most;
}

/** Locks a user whose row is held: too many notifications were asked for. */
export async function lockAccount(context: RequestContext, session: StoreSession, user: StoredResource): Promise<void> {
  await writeUser(context, session, user, user.data, true);
}

async function writeUser(
  context: RequestContext,
  session: StoreSession,
  user: StoredResource,
  changed: JsonObject,
  locks: boolean,
): Promise<void> {
  const { domain, ids, clock } = context;
  const now = clock.now();
  const lock = { on: true, reason: LOCKED_BY_SECOND_FACTORS, lockDate: new Date(now).toISOString() };
  const data = { ...(locks ? withLock(changed, lock) : changed), idcsLastModifiedBy: authorOf(context) };
  const write = { id: user.id, ocid: user.ocid, version: newId(ids), lastModified: now, data };
  await session.resources.update(domain.id, { type: resourceType('User'), ...write }, null);
  if (!locks) return;
  const federated = partOf(data, USER_URN)['isFederatedUser'] === true;
  const event = federated ? 'admin.me.mfa.federated.locked.success' : 'admin.me.mfa.locked.success';
  await notify(context, { id: user.id, data }, { event }, session);
}
