import { type IdSource, newId, randomIds } from '../ids.ts';
import { resourceType } from '../schemas/registry.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { type ApplicablePolicy, applicablePasswordPolicy } from './applicable-password-policy.ts';
import { type Attempt, attempt } from './login-attempt.ts';
import type { RequestContext } from './request-context.ts';
import { readUserSecret, writeUserSecret } from './user-secret.ts';

/** What checking a password needs. */
export interface PasswordCheckContext extends Pick<RequestContext, 'domain' | 'store' | 'clock' | 'passwords' | 'log'> {
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

/**
 * Checks a user's password and keeps count: wrong attempts in a row, the lock and its end by the domain's clock, the times
 * of sign-ins. Exact under parallel attempts: the count is made on the locked row, and a right password that comes too late,
 * after the others have locked the account, is refused too.
 *
 * The hash is computed for an unknown user as well, so that the time tells nothing; a caller should not tell `unknown` from
 * `wrong` either. Costs one read, one hash, and one short transaction where there is something to count.
 *
 * @param userName in any case
 * @param options `signsIn: false`: a right password proves something, but is no sign-in whose time is kept
 */
export async function checkPassword(
  context: PasswordCheckContext,
  userName: string,
  password: string,
  { signsIn = true }: { readonly signsIn?: boolean } = {},
): Promise<PasswordCheck> {
  const { domain, store, passwords } = context;
  const row = await store.resources.readByName(domain.id, 'User', userName);
  const hash = row === null ? null : readUserSecret(row.secret).password;
  const matched = await passwords.verify(hash, password);
  if (row === null) return { ok: false, reason: 'unknown' };
  const policy = await applicablePasswordPolicy(store, domain, row.id);
  const first = attempt(row.data, readUserSecret(row.secret), policy, matched, context.clock.now());
  if (first.outcome === 'locked' || first.outcome === 'inactive') return refused(first, row, matched);
  return store.transaction((session) => settle(context, session, row.id, { policy, hash, matched, signsIn }));
}

/** What is known of an attempt before the row is locked. */
interface Tried {
  readonly policy: ApplicablePolicy;
  /** The hash that the password was compared with. */
  readonly hash: string | null;
  readonly matched: boolean;
  readonly signsIn: boolean;
}

/** Decides again on the locked row and writes what changed. */
async function settle(
  context: PasswordCheckContext,
  session: StoreSession,
  id: string,
  { policy, hash, matched, signsIn }: Tried,
): Promise<PasswordCheck> {
  const { domain, clock, ids = randomIds, log } = context;
  const row = await session.resources.readWithSecret(domain.id, 'User', id, { lock: true });
  if (row === null) return { ok: false, reason: 'unknown' };
  const before = readUserSecret(row.secret);
  // Changed between the read and the lock: what was verified is no longer the password, and nothing is counted.
  if (before.password !== hash) return { ok: false, reason: 'wrong', user: row };
  const made = attempt(row.data, before, policy, matched, clock.now());
  if (made.outcome === 'locked' || made.outcome === 'inactive') return refused(made, row, matched);
  const { lastSuccessfulLogin, previousSuccessfulLogin } = before;
  const times = signsIn ? {} : { lastSuccessfulLogin, previousSuccessfulLogin };
  const secret = writeUserSecret({ ...made.secret, ...times });
  if (made.data === null) {
    await session.resources.updateSecret(domain.id, 'User', id, secret);
  } else {
    const write = { id, ocid: row.ocid, version: newId(ids), lastModified: clock.now(), data: made.data, secret };
    await session.resources.update(domain.id, { type: resourceType('User'), ...write }, null);
    log.info({ userId: id, outcome: made.outcome }, 'the lock of an account changed');
  }
  const user = made.data === null ? row : { ...row, data: made.data };
  return made.outcome === 'ok' ? { ok: true, user } : refused(made, user, matched);
}

/** That a user is there and not active is for those to know who have the password. */
function refused(made: Attempt, user: StoredResource, matched: boolean): PasswordCheck {
  if (made.outcome === 'inactive' && !matched) return { ok: false, reason: 'wrong', user };
  return { ok: false, reason: made.outcome === 'ok' ? 'wrong' : made.outcome, user };
}
