import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ApplicablePolicy } from '../../src/resources/applicable-password-policy.ts';
import { type Attempt, attempt, isLocked, withoutAttemptLock } from '../../src/resources/login-attempt.ts';
import { readUserSecret, type UserSecret } from '../../src/resources/user-secret.ts';
import { USER_STATE_URN } from '../../src/resources/user-urns.ts';
import type { JsonObject } from '../../src/scim/json.ts';

const NOW = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const POLICY = policy({ maxIncorrectAttempts: 3, lockoutDuration: 30, passwordExpiresAfter: 10 });
const SECRET: UserSecret = { ...readUserSecret(null), password: '$hash', setAt: NOW };
const USER: JsonObject = { userName: 'ada', active: true, [USER_STATE_URN]: { locked: { on: false } } };

function policy(data: JsonObject): ApplicablePolicy {
  return { id: 'PasswordPolicy', name: 'PasswordPolicy', data, resetRequiredAt: null };
}

/** Attempts one after the other, each on what the last one left. */
function run(steps: readonly { right: boolean; at: number }[], rules = POLICY): Attempt[] {
  let data = USER;
  let secret = SECRET;
  return steps.map(({ right, at }) => {
    const made = attempt(data, secret, rules, right, at);
    data = made.data ?? data;
    secret = made.secret;
    return { ...made, data, secret };
  });
}

describe('one password attempt', () => {
  test('a right password signs in and remembers when', () => {
    const made = attempt(USER, { ...SECRET, loginAttempts: 2, lastSuccessfulLogin: 5 }, POLICY, true, NOW);
    expect(made.outcome).toBe('ok');
    expect(made.secret).toMatchObject({
      loginAttempts: 0,
      lastSuccessfulLogin: NOW,
      previousSuccessfulLogin: 5,
      lastSuccessfulValidation: NOW,
    });
    expect(made.data).toBeNull();
  });

  test('the third wrong password locks the account with reason 0 and the time', () => {
    const wrong = { right: false, at: NOW };
    const made = run([wrong, wrong, wrong, wrong, { right: true, at: NOW }]);
    expect(made.map((step) => step.outcome)).toEqual(['wrong', 'wrong', 'wrong', 'locked', 'locked']);
    expect(made[2]!.data![USER_STATE_URN]).toEqual({
      locked: { on: true, reason: 0, lockDate: '2026-01-01T00:00:00.000Z' },
    });
    expect(made[4]!.secret.loginAttempts).toBe(3);
  });

  test('a lock ends after its duration, and gives all attempts back', () => {
    const wrong = { right: false, at: NOW };
    const made = run([
      wrong,
      wrong,
      wrong,
      { right: true, at: NOW + 30 * MINUTE - 1 },
      { right: false, at: NOW + 30 * MINUTE },
      { right: true, at: NOW + 30 * MINUTE },
    ]);
    expect(made.map((step) => step.outcome)).toEqual(['wrong', 'wrong', 'wrong', 'locked', 'wrong', 'ok']);
    expect(made[4]!.secret.loginAttempts).toBe(1);
    expect(isLocked(made[5]!.data!)).toBe(false);
  });

  test('a lock without a duration, without a date or by an administrator never ends by itself', () => {
    const later = NOW + 1000 * DAY;
    const locked = (lock: JsonObject) => ({ ...USER, [USER_STATE_URN]: { locked: { on: true, ...lock } } });
    const lockDate = '2026-01-01T00:00:00.000Z';
    expect(attempt(locked({ reason: 0, lockDate }), SECRET, policy({}), true, later).outcome).toBe('locked');
    expect(attempt(locked({ reason: 0 }), SECRET, POLICY, true, later).outcome).toBe('locked');
    expect(attempt(locked({ reason: 1, lockDate }), SECRET, POLICY, true, later).outcome).toBe('locked');
  });

  test('a threshold of 0 never locks', () => {
    const steps = Array.from({ length: 50 }, () => ({ right: false, at: NOW }));
    const made = run(steps, policy({ maxIncorrectAttempts: 0 }));
    expect(made.at(-1)).toMatchObject({ outcome: 'wrong', secret: { loginAttempts: 50 } });
  });

  test('an inactive user gets nowhere and nothing is counted', () => {
    const inactive = { ...USER, active: false };
    expect(attempt(inactive, SECRET, POLICY, true, NOW)).toEqual({ outcome: 'inactive', secret: SECRET, data: null });
    expect(attempt(inactive, SECRET, POLICY, false, NOW)).toEqual({ outcome: 'inactive', secret: SECRET, data: null });
  });

  test('a right password is not enough while it must be changed or has expired', () => {
    expect(attempt(USER, { ...SECRET, mustChange: true }, POLICY, true, NOW).outcome).toBe('mustChange');
    expect(attempt(USER, SECRET, POLICY, true, NOW + 10 * DAY - 1).outcome).toBe('ok');
    expect(attempt(USER, SECRET, POLICY, true, NOW + 10 * DAY).outcome).toBe('expired');
    expect(attempt(USER, { ...SECRET, cantExpire: true }, POLICY, true, NOW + 10 * DAY).outcome).toBe('ok');
    expect(attempt(USER, SECRET, policy({ passwordExpiresAfter: 0 }), true, NOW + 999 * DAY).outcome).toBe('ok');
  });

  test('a policy that forces a reset counts for passwords set before it', () => {
    const forced = { ...POLICY, resetRequiredAt: NOW };
    expect(attempt(USER, { ...SECRET, setAt: NOW - 1 }, forced, true, NOW).outcome).toBe('mustChange');
    expect(attempt(USER, { ...SECRET, setAt: NOW }, forced, true, NOW).outcome).toBe('ok');
  });

  test('a user without a password of its own is never locked', () => {
    const steps = Array.from({ length: 9 }, () => attempt(USER, { ...SECRET, password: null }, POLICY, false, NOW));
    expect(steps.every((made) => made.outcome === 'wrong' && made.data === null)).toBe(true);
  });

  test("a new password lifts a lock that came from attempts, not an administrator's", () => {
    const locked = (reason: number) => ({ ...USER, [USER_STATE_URN]: { locked: { on: true, reason } } });
    expect(withoutAttemptLock(locked(0))![USER_STATE_URN]).toEqual({ locked: { on: false } });
    expect(withoutAttemptLock(locked(1))).toBeNull();
    expect(withoutAttemptLock(USER)).toBeNull();
  });

  test('between two successes there are never more wrong passwords than the policy allows, unless time passes', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 40 }), (guesses) => {
        const made = run(guesses.map((right) => ({ right, at: NOW })));
        let wrong = 0;
        for (const { outcome } of made) {
          if (outcome === 'ok') wrong = 0;
          if (outcome === 'wrong') wrong++;
          if (wrong > 3) return false;
        }
        return true;
      }),
    );
  });
});
