import { partOf } from '../../factors/factor-settings.ts';
import { newId } from '../../ids.ts';
import { notify } from '../../notifications/notify.ts';
import { resourceType } from '../../schemas/registry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../scim/json.ts';
import { authorOf } from '../pipeline/author.ts';
import type { RequestContext } from '../request-context.ts';
import { singletonData } from '../singleton.ts';
import { USER_STATE_URN } from '../user-urns.ts';

/*
 * Wrong answers of who wants an account back: counted in userState recoveryAttempts; too many close this way for a while
 * (AccountRecoverySettings maxIncorrectAttempts, lockoutDuration in minutes).
 */

const MINUTE = 60_000;

/** Whether the way is closed. @param now milliseconds since the epoch @param duration milliseconds */
function isClosed(lock: JsonValue | undefined, now: number, duration: number): boolean {
  if (!isObject(lock) || lock['on'] !== true) return false;
  const since = Date.parse(String(lock['lockDate']));
  // Without a date an administrator closed it.
  return Number.isNaN(since) || since + duration > now;
}

/** Whether a user's way to a new password is closed for now. */
export async function isRecoveryClosed(
  { store, domain, clock }: Pick<RequestContext, 'store' | 'domain' | 'clock'>,
  data: JsonObject,
): Promise<boolean> {
  const { lockoutDuration } = await singletonData(store, domain, 'AccountRecoverySettings');
  const { recoveryLocked } = partOf(data, USER_STATE_URN);
  return isClosed(recoveryLocked, clock.now(), Number(lockoutDuration ?? 30) * MINUTE);
}

/**
 * Counts an answer on the locked row, so that of many at once none gets past the limit. A right one ends the count.
 * @returns whether the answer counts: it is right, and the way is open
 */
export async function countAnswer(context: RequestContext, userId: string, right: boolean): Promise<boolean> {
  const { store, domain, ids, clock } = context;
  const settings = await singletonData(store, domain, 'AccountRecoverySettings');
  const most = Number(settings['maxIncorrectAttempts'] ?? 5);
  const duration = Number(settings['lockoutDuration'] ?? 30) * MINUTE;
  return store.transaction(async (session) => {
    const user = await session.resources.readWithSecret(domain.id, 'User', userId, { lock: true });
    if (user === null) return false;
    const { recoveryAttempts, recoveryLocked, ...rest } = partOf(user.data, USER_STATE_URN);
    const now = clock.now();
    if (isClosed(recoveryLocked, now, duration)) return false;
    const wasLocked = isObject(recoveryLocked) && recoveryLocked['on'] === true;
    if (right && !wasLocked && Number(recoveryAttempts ?? 0) === 0) return true;
    // A lock that has run out gives the full number of attempts back.
    const attempts = right ? 0 : (wasLocked ? 0 : Number(recoveryAttempts ?? 0)) + 1;
    const lock: JsonObject = attempts >= most ? { on: true, lockDate: new Date(now).toISOString() } : { on: false };
    const state = {
      ...rest,
      recoveryAttempts: attempts,
      ...(wasLocked || lock['on'] === true ? { recoveryLocked: lock } : {}),
    };
    const data = { ...user.data, [USER_STATE_URN]: state, idcsLastModifiedBy: authorOf(context) };
    const write = { id: user.id, ocid: user.ocid, version: newId(ids), lastModified: now, data };
    await session.resources.update(domain.id, { type: resourceType('User'), ...write }, null);
    if (lock['on'] === true) {
      await notify(context, { id: user.id, data }, { event: 'admin.me.passwordrecoverylocked.success' }, session);
    }
    return right;
  });
}
