import { recordEvents } from '../audit/record-event.ts';
import { newId } from '../ids.ts';
import { notify } from '../notifications/notify.ts';
import { applicablePasswordPolicy } from '../resources/applicable-password-policy.ts';
import { lockChanged } from '../resources/attempt-events.ts';
import { isLocked, isLockedAt, withLock } from '../resources/login-attempt.ts';
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

/**
 * Holds a user's row, in a transaction, while something is done that only an open account may do. A lock that has run out ends here.
 * The policy that says when is read before: who holds a row must not wait for another connection.
 * @returns what `work` does; `locked` for an account that is locked, or gone
 */
export async function whileOpen<T>(
  context: RequestContext,
  userId: string,
  work: (session: StoreSession, user: StoredResource) => Promise<T>,
): Promise<T | 'locked'> {
  const { store, domain, clock, ids } = context;
  const policy = await applicablePasswordPolicy(store, domain, userId);
  return store.transaction(async (session) => {
    const user = await session.resources.readWithSecret(domain.id, 'User', userId, { lock: true });
    const now = clock.now();
    if (user === null || isLockedAt(user.data, policy, now)) return 'locked';
    if (!isLocked(user.data)) return work(session, user);
    const write = { version: newId(ids), lastModified: now, data: withLock(user.data, null) };
    const unlocked = { ...user, ...write };
    const change = { type: resourceType('User'), id: user.id, ocid: user.ocid, ...write };
    await session.resources.update(domain.id, change, null);
    await recordEvents(context, session, [lockChanged(unlocked, false)]);
    return work(session, unlocked);
  });
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
  const before = Number(mfa['loginAttempts'] ?? 0);
  // As many have locked the account once; that lock is over, and the full number is given back.
  const loginAttempts = (before >= most ? 0 : before) + 1;
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
  await recordEvents(context, session, [lockChanged({ ...user, data }, true, event)]);
  await notify(context, { id: user.id, data }, { event }, session);
}
