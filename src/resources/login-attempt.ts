import { isObject, type JsonObject } from '../scim/json.ts';
import type { ApplicablePolicy } from './applicable-password-policy.ts';
import type { UserSecret } from './user-secret.ts';
import { USER_STATE_URN } from './user-urns.ts';

/*
 * What one password attempt does to a user: pure. The attempt's outcome, the counters, the lock and its end. Whoever calls
 * it holds the user's row, so that parallel attempts are counted one by one.
 */

/**
 * Why an account is locked (userState locked.reason). The reference lists the values 0 to 5 without their meaning: that 0 is
 * wrong passwords and 1 an administrator is from memory of Oracle's SDK text, not verified.
 */
const LOCKED_BY_WRONG_PASSWORDS = 0;
const LOCKED_BY_ADMINISTRATOR = 1;

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export type AttemptOutcome = 'ok' | 'wrong' | 'inactive' | 'locked' | 'expired' | 'mustChange';

export interface Attempt {
  readonly outcome: AttemptOutcome;
  readonly secret: UserSecret;
  /** The user's data when the lock was set or lifted; null: unchanged. */
  readonly data: JsonObject | null;
}

/**
 * @param data the User's data as it stands
 * @param matched whether the password was the right one
 * @param now milliseconds since the epoch
 */
export function attempt(
  data: JsonObject,
  secret: UserSecret,
  policy: ApplicablePolicy,
  matched: boolean,
  now: number,
): Attempt {
  if (isLockedAt(data, policy, now)) return { outcome: 'locked', secret, data: null };
  const unlocks = isLocked(data);
  // A lock that has run out gives the full number of attempts back.
  const attempts = unlocks ? 0 : secret.loginAttempts;
  const free = unlocks ? withLock(data, null) : null;
  if (data['active'] === false) return { outcome: 'inactive', secret, data: null };
  if (!matched) return wrong(data, { ...secret, loginAttempts: attempts }, policy, free, now);
  const known = { ...secret, loginAttempts: 0, lastSuccessfulValidation: now };
  const outcome = dueChange(secret, policy, now);
  if (outcome !== 'ok') return { outcome, secret: known, data: free };
  const signedIn = { ...known, previousSuccessfulLogin: secret.lastSuccessfulLogin, lastSuccessfulLogin: now };
  return { outcome, secret: signedIn, data: free };
}

function wrong(
  data: JsonObject,
  secret: UserSecret,
  policy: ApplicablePolicy,
  free: JsonObject | null,
  now: number,
): Attempt {
  // Without a password of its own (federated, not activated) there is nothing to guess and nothing to lock.
  if (secret.password === null) return { outcome: 'wrong', secret, data: free };
  const loginAttempts = secret.loginAttempts + 1;
  const counted = { ...secret, loginAttempts, lastFailedLogin: now, lastFailedValidation: now };
  const most = number(policy, 'maxIncorrectAttempts');
  // IDCS: a threshold of 0 never locks ("Modify the Custom Password Policy").
  if (most === 0 || loginAttempts < most) return { outcome: 'wrong', secret: counted, data: free };
  const lock = { on: true, reason: LOCKED_BY_WRONG_PASSWORDS, lockDate: new Date(now).toISOString() };
  return { outcome: 'wrong', secret: counted, data: withLock(data, lock) };
}

/** Whether a right password is not enough: it has run out, or must be changed first. */
function dueChange(secret: UserSecret, policy: ApplicablePolicy, now: number): 'ok' | 'mustChange' | 'expired' {
  if (secret.mustChange) return 'mustChange';
  if (policy.resetRequiredAt !== null && (secret.setAt ?? 0) < policy.resetRequiredAt) return 'mustChange';
  return isExpired(secret, policy, now) ? 'expired' : 'ok';
}

/** Whether a password has run out under a policy. IDCS: 0 days means never. */
export function isExpired(secret: UserSecret, policy: ApplicablePolicy, now: number): boolean {
  const days = number(policy, 'passwordExpiresAfter');
  return days > 0 && !secret.cantExpire && secret.setAt !== null && secret.setAt + days * DAY <= now;
}

/** Whether `…userState:User.locked.on` is set, whatever its age. */
export function isLocked(data: JsonObject): boolean {
  return lockOf(data)['on'] === true;
}

/** Whether the account is locked because of wrong passwords. */
export function isLockedByAttempts(data: JsonObject): boolean {
  return isLocked(data) && lockOf(data)['reason'] === LOCKED_BY_WRONG_PASSWORDS;
}

/** Whether the account is locked until an administrator lifts the lock. */
export function isLockedByAdministrator(data: JsonObject): boolean {
  return isLocked(data) && lockOf(data)['reason'] === LOCKED_BY_ADMINISTRATOR;
}

/** Whether a lock counts now: set, and not run out. @param now milliseconds since the epoch */
export function isLockedAt(data: JsonObject, policy: ApplicablePolicy, now: number): boolean {
  return isLocked(data) && lockEnd(data, policy) > now;
}

/** When a lock ends by itself, in milliseconds since the epoch; infinity: never. */
function lockEnd(data: JsonObject, policy: ApplicablePolicy): number {
  const lock = lockOf(data);
  const minutes = number(policy, 'lockoutDuration');
  const since = typeof lock['lockDate'] === 'string' ? Date.parse(lock['lockDate']) : Number.NaN;
  if (minutes === 0 || Number.isNaN(since) || lock['reason'] === LOCKED_BY_ADMINISTRATOR)
    return Number.POSITIVE_INFINITY;
  return since + minutes * MINUTE;
}

/**
 * The data without a lock that came from failed attempts, for a new password; null when there is no such lock.
 * Inferred: errors.tsv AUTH-1027 ("Reset your password to unlock your account") says so of a user's own reset after failed
 * second factors; an administrator's change is taken to do the same. It doesn't undo an administrator's lock.
 */
export function withoutAttemptLock(data: JsonObject): JsonObject | null {
  if (!isLocked(data)) return null;
  const reason = lockOf(data)['reason'];
  return typeof reason !== 'number' || reason === LOCKED_BY_ADMINISTRATOR ? null : withLock(data, null);
}

/** A lock that lasts until an administrator lifts it. @param now milliseconds since the epoch */
export function lockedByAdministrator(now: number): JsonObject {
  return { on: true, reason: LOCKED_BY_ADMINISTRATOR, lockDate: new Date(now).toISOString() };
}

/** The data with another lock; null: without one. */
export function withLock(data: JsonObject, lock: JsonObject | null): JsonObject {
  return { ...data, [USER_STATE_URN]: { ...stateOf(data), locked: lock ?? { on: false } } };
}

function lockOf(data: JsonObject): JsonObject {
  const lock = stateOf(data)['locked'];
  return isObject(lock) ? lock : {};
}

function stateOf(data: JsonObject): JsonObject {
  const state = data[USER_STATE_URN];
  return isObject(state) ? state : {};
}

function number(policy: ApplicablePolicy, key: string): number {
  const value = policy.data[key];
  return typeof value === 'number' ? value : 0;
}
