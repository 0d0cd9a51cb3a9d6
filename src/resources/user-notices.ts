import { isDeepStrictEqual } from 'node:util';
import { randomIds } from '../ids.ts';
import type { NotificationEvent } from '../notifications/notification-event.ts';
import { notificationRules } from '../notifications/notification-rules.ts';
import { type NotifyContext, notify } from '../notifications/notify.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import type { Draft } from './behaviour.ts';
import { isLocked, isLockedByAttempts } from './login-attempt.ts';
import { passwordLink } from './password-link.ts';
import { inside } from './pipeline/inside.ts';
import type { RequestContext } from './request-context.ts';
import { primaryAddress } from './user-mail.ts';
import { issueUserToken } from './user-token.ts';
import { USER_URN } from './user-urns.ts';

/*
 * What users are told when something about their account changes. In the transaction of the change: who is told of it can count
 * on it.
 */

/** Where people sign in, for mails that say they can. */
const SIGN_IN_PATH = '/ui/v1/signin';
const BYPASS = `${USER_URN}:bypassNotification`;

/**
 * Tells a user who is locked after too many wrong passwords; others not.
 * IDCS: About Email Notifications: "because the user was unsuccessful in logging in": an administrator's lock is not among the events.
 */
export async function tellOfLock(
  context: NotifyContext,
  session: StoreSession,
  user: Pick<StoredResource, 'id' | 'data'>,
): Promise<void> {
  const event = 'admin.me.locked.success';
  const { inbox, baseUrl, secrets, store, domain, clock, ids = randomIds } = context;
  if (inbox === undefined || !isLockedByAttempts(user.data)) return;
  if (!(await notificationRules(store, domain, session)).isOn(event)) return;
  if (baseUrl === undefined || secrets === undefined) {
    await notify(context, user, { event }, session);
    return;
  }
  // A new password ends the lock.
  const issuing = inside({ store, domain, clock, ids, secrets }, session);
  const address = primaryAddress(user.data);
  const token = await issueUserToken(issuing, user, 'passwordReset', address === null ? {} : { address });
  const link = passwordLink({ baseUrl }, token);
  await notify(context, user, { event, link, linkExpires: token.expires }, session);
}

/** Tells users whose password is kept elsewhere of their account: there is nothing to activate. */
export async function welcomeFederated(
  context: NotifyContext,
  user: Pick<StoredResource, 'id' | 'data'>,
): Promise<void> {
  const link = `${context.baseUrl}${SIGN_IN_PATH}`;
  await notify(context, user, { event: 'admin.user.federated.create.success', link });
}

/**
 * Tells a user of the end of a lock, and of a deactivation or activation by an administrator. A lock that runs out ends silently.
 *
 * @param before the user's data before the change
 */
export async function tellOfAccount(
  context: NotifyContext,
  session: StoreSession,
  before: JsonObject,
  user: Pick<StoredResource, 'id' | 'data'>,
): Promise<void> {
  if (context.inbox === undefined) return;
  const { data } = user;
  const signIn = { link: `${context.baseUrl}${SIGN_IN_PATH}` };
  if (isActive(before) && !isActive(data))
    await notify(context, user, { event: 'admin.user.deactivated.success' }, session);
  if (!isActive(before) && isActive(data)) {
    await notify(context, user, { event: 'admin.user.activated.success', ...signIn }, session);
  }
  if (isLocked(before) && !isLocked(data)) {
    await notify(context, user, { event: 'admin.me.unlocked.success', ...signIn }, session);
  }
}

/**
 * Tells a user at the old primary address that there is a new one.
 * IDCS: About Email Notifications: "at their existing primary email address"; the new one is told as well when an administrator
 * changes it and NotificationSettings say so. That the old one is told of an administrator's change without that is inferred.
 */
export async function tellOfAddress(
  context: NotifyContext,
  session: StoreSession,
  before: JsonObject,
  user: Pick<StoredResource, 'id' | 'data'>,
): Promise<void> {
  const [old, now] = [primaryAddress(before), primaryAddress(user.data)];
  if (context.inbox === undefined || old === null || now === null || sameAddress(old, now)) return;
  const event = 'admin.me.email.update.primary.success';
  const variables = { emailId: now };
  await notify(context, user, { event, variables, to: old }, session);
  if (context.caller?.id === user.id) return;
  const { oldAndNewPrimary } = await notificationRules(context.store, context.domain, session);
  if (oldAndNewPrimary) await notify(context, user, { event, variables, to: now }, session);
}

/**
 * Plans what a user is told of a PUT or PATCH. A draft that has nothing to tell stays as it was, so that most writes need no
 * transaction.
 */
export async function planNotices(context: RequestContext, before: StoredResource, draft: Draft): Promise<void> {
  if (context.inbox === undefined || draft.transient.get(BYPASS) === true) return;
  const { data } = draft;
  const self = context.caller.id === before.id;
  const events: NotificationEvent[] = [];
  if (draft.transient.has('password')) {
    events.push(self ? 'admin.me.password.change.success' : 'admin.user.password.change.success');
  }
  const profile = draft.operation === 'replace' ? 'admin.user.replace.success' : 'admin.user.update.success';
  const { isOn } = await notificationRules(context.store, context.domain, context.store);
  if (isOn(profile) && !isDeepStrictEqual(data, before.data)) events.push(profile);
  const moved = isActive(before.data) !== isActive(data) || isLocked(before.data) !== isLocked(data);
  if (events.length === 0 && !moved && primaryAddress(before.data) === primaryAddress(data)) return;
  draft.tells = async (session, user) => {
    for (const event of events) await notify(context, user, { event }, session);
    await tellOfAccount(context, session, before.data, user);
    await tellOfAddress(context, session, before.data, user);
  };
}

function isActive(data: JsonObject): boolean {
  return data['active'] !== false;
}

function sameAddress(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
