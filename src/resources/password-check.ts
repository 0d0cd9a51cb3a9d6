import { type NewEvent, recordEvents } from '../audit/record-event.ts';
import { type IdSource, newId, randomIds } from '../ids.ts';
import type { NotifyContext } from '../notifications/notify.ts';
import { resourceType } from '../schemas/registry.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { type ApplicablePolicy, applicablePasswordPolicy } from './applicable-password-policy.ts';
import { attemptFailed, lockChanged } from './attempt-events.ts';
import { type Attempt, attempt, isLocked, isLockedAt } from './login-attempt.ts';
import { LONGEST_PASSWORD } from './password-rules.ts';
import type { RequestContext } from './request-context.ts';
import { tellOfLock } from './user-notices.ts';
import { readUserSecret, writeUserSecret } from './user-secret.ts';

/** What checking a password needs. */
export interface PasswordCheckContext
  extends Pick<RequestContext, 'domain' | 'store' | 'clock' | 'passwords' | 'log' | 'request'>,
    Omit<NotifyContext, 'log'> {
  /** For the new meta.version of a user that gets locked; default: the operating system's. */
  readonly ids?: IdSource;
}

/** What a password attempt came to. `mustChange` and `expired`: the password was right, but gives no access. */
export type PasswordCheck =
  | { readonly ok: true; readonly user: StoredResource }
  | {
      readonly ok: false;
      readonly reason: 'unknown' | 'wrong' | 'inactive' | 'locked' | 'expired' | 'mustChange';
      readonly user?: StoredResource;
    };

/** How a password is checked. */
export interface PasswordCheckOptions {
  /** False: a right password proves something, but is no sign-in whose time is kept. Default: true. */
  readonly signsIn?: boolean;
  /** What was typed, for the audit event about nobody. Default: empty. */
  readonly name?: string;
  /** App.name of the client on whose behalf somebody signs in, for the audit event. */
  readonly client?: string;
}

/**
 * `checkPasswordOf` for the user of that name.
 * @param userName in any case
 */
export async function checkPassword(
  context: PasswordCheckContext,
  userName: string,
  password: string,
  options: PasswordCheckOptions = {},
): Promise<PasswordCheck> {
  // A name with NUL is nobody's, and PostgreSQL would not take it.
  const known = !userName.includes('\u0000');
  const row = known ? await context.store.resources.readByName(context.domain.id, 'User', userName) : null;
  return checkPasswordOf(context, row, password, { ...options, name: userName });
}

/**
 * Checks a user's password and keeps count: wrong attempts in a row, the lock and its end by the domain's clock, the times
 * of sign-ins. The only judge of passwords: exact under parallel attempts, wherever they come from, because the count is made on
 * the locked row; a right password that comes too late, after the others have locked the account, is refused too.
 *
 * The hash is computed for an unknown user as well, so that the time tells nothing; a caller should not tell `unknown` from
 * `wrong` either. Costs one hash, and one short transaction where there is something to count.
 *
 * @param row the user as read, with the secret; null: there is none
 */
export async function checkPasswordOf(
  context: PasswordCheckContext,
  row: (StoredResource & { readonly secret: JsonObject | null }) | null,
  password: string,
  { signsIn = true, name = '', client }: PasswordCheckOptions = {},
): Promise<PasswordCheck> {
  const { domain, store, passwords } = context;
  const policy = row === null ? null : await applicablePasswordPolicy(store, domain, row.id);
  if (row !== null && policy !== null && isLockedAt(row.data, policy, context.clock.now())) {
    // The answer says so whatever the password is: no need to hash for those who go on guessing.
    await record(context, null, [attemptFailed('locked', row, client)]);
    return { ok: false, reason: 'locked', user: row };
  }
  const hash = row === null ? null : readUserSecret(row.secret).password;
  // No password is longer; a megabyte is not worth hashing. Something is hashed all the same, for the time.
  const matched = await passwords.verify(hash, password.slice(0, 2 * LONGEST_PASSWORD + 1));
  if (row === null || policy === null) {
    await record(context, null, [attemptFailed('unknown', name, client)]);
    return { ok: false, reason: 'unknown' };
  }
  const first = attempt(row.data, readUserSecret(row.secret), policy, matched, context.clock.now());
  if (first.outcome === 'inactive') {
    const check = refused(first, row, matched);
    await record(context, null, [attemptFailed(check.reason, row, client)]);
    return check;
  }
  return store.transaction((session) => settle(context, session, row.id, { policy, hash, matched, signsIn, client }));
}

type Refusal = Exclude<PasswordCheck, { ok: true }>;

/** What is known of an attempt before the row is locked. */
interface Tried {
  readonly policy: ApplicablePolicy;
  /** The hash that the password was compared with. */
  readonly hash: string | null;
  readonly matched: boolean;
  readonly signsIn: boolean;
  readonly client: string | undefined;
}

/** Decides again on the locked row and writes what changed. */
async function settle(
  context: PasswordCheckContext,
  session: StoreSession,
  id: string,
  { policy, hash, matched, signsIn, client }: Tried,
): Promise<PasswordCheck> {
  const { domain, clock, ids = randomIds, log } = context;
  const row = await session.resources.readWithSecret(domain.id, 'User', id, { lock: true });
  if (row === null) return { ok: false, reason: 'unknown' };
  const before = readUserSecret(row.secret);
  const events: NewEvent[] = [];
  // Changed between the read and the lock: what was verified is no longer the password, and nothing is counted.
  const changed = before.password !== hash;
  const made = attempt(row.data, before, policy, matched, clock.now());
  const user = made.data === null || changed ? row : { ...row, data: made.data };
  const check: PasswordCheck = changed
    ? { ok: false, reason: 'wrong', user: row }
    : made.outcome === 'ok'
      ? { ok: true, user }
      : refused(made, user, matched);
  if (!check.ok) events.push(attemptFailed(check.reason, user, client));
  if (!changed && made.outcome !== 'locked' && made.outcome !== 'inactive') {
    const { lastSuccessfulLogin, previousSuccessfulLogin } = before;
    const times = signsIn ? {} : { lastSuccessfulLogin, previousSuccessfulLogin };
    const secret = writeUserSecret({ ...made.secret, ...times });
    if (made.data === null) {
      await session.resources.updateSecret(domain.id, 'User', id, secret);
    } else {
      const write = { id, ocid: row.ocid, version: newId(ids), lastModified: clock.now(), data: made.data, secret };
      await session.resources.update(domain.id, { type: resourceType('User'), ...write }, null);
      events.push(lockChanged(user, isLocked(made.data)));
      await tellOfLock(context, session, user);
      log.info({ userId: id, outcome: made.outcome }, 'the lock of an account changed');
    }
  }
  await record(context, session, events);
  return check;
}

function record(context: PasswordCheckContext, session: StoreSession | null, events: readonly NewEvent[]) {
  return recordEvents({ ids: randomIds, ...context }, session, events);
}

/** That a user is there and not active is for those to know who have the password. */
function refused(made: Attempt, user: StoredResource, matched: boolean): Refusal {
  if (made.outcome === 'inactive' && !matched) return { ok: false, reason: 'wrong', user };
  return { ok: false, reason: made.outcome === 'ok' ? 'wrong' : made.outcome, user };
}
