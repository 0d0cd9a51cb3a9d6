import { isDeepStrictEqual } from 'node:util';
import { takeEvent } from '../audit/function-event.ts';
import { stateEvents } from '../audit/write-events.ts';
import { newId } from '../ids.ts';
import type { NotificationEvent } from '../notifications/notification-event.ts';
import { type NotifyContext, notify } from '../notifications/notify.ts';
import { resourceType } from '../schemas/registry.ts';
import { notFound, ScimError } from '../scim/errors.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { withPassword } from './account-activation.ts';
import { withoutAttemptLock } from './login-attempt.ts';
import { followMembershipRules, hasMembershipRules } from './membership.ts';
import { setPassword } from './password-setting.ts';
import type { Caller, RequestContext } from './request-context.ts';
import { tellOfAccount } from './user-notices.ts';
import { readUserSecret } from './user-secret.ts';

/** How often a change is tried again when another one was faster. */
const TRIES = 3;

/** A User row with its never-returned state. */
export type UserRow = StoredResource & { readonly secret: JsonObject | null };

/** What replacing a password needs of a request. */
export interface PasswordReplacementContext
  extends Pick<RequestContext, 'domain' | 'store' | 'clock' | 'ids' | 'passwords' | 'request' | 'event'>,
    Omit<NotifyContext, 'ids' | 'request'> {
  readonly caller?: Caller | null;
}

export interface PasswordReplacement {
  /** Value of idcsLastModifiedBy: who changes it. */
  readonly author: JsonObject;
  /** Refuses by throwing; called with each reading of the user. */
  check(user: UserRow): Promise<void>;
  /** The password is one that the next sign-in must change: a random one. */
  readonly mustChange?: boolean;
  /** What the user is told; left out: nothing, but that a lock has ended with it. */
  readonly tells?: NotificationEvent;
  /** The change is also a sign-in: its time is kept. */
  readonly signsIn?: boolean;
  /** What else the new password says about the user. */
  readonly alter?: (data: JsonObject) => JsonObject;
}

/**
 * Gives a user a new password that the policy accepts, in one write: mustChange ends (rulings) unless it is to be set, wrong attempts are forgotten
 * with the lock they led to. Hashes first and locks afterwards: a hash takes long, and a locked row holds a connection.
 * @param key id or OCID
 * @param password the new one, or what makes it for a user
 * @returns the user as read before
 * @throws PasswordPolicyViolation
 * @throws ScimError 404, or 409 when others change it all the time
 */
export async function replacePassword(
  context: PasswordReplacementContext,
  key: string,
  password: string | ((user: UserRow) => Promise<string>),
  how: PasswordReplacement,
): Promise<UserRow> {
  for (let left = TRIES; left > 0; left--) {
    const user = await context.store.resources.readWithSecret(context.domain.id, 'User', key);
    if (user === null) throw notFound('User', key);
    await how.check(user);
    const text = typeof password === 'string' ? password : await password(user);
    const { mustChange = false } = how;
    const secret = await setPassword(context, user, text, { mustChange, checkPolicy: true });
    if (await write(context, user, secret, how)) return user;
  }
  throw new ScimError(409, `The password of User ${key} is being changed by others at the same time.`);
}

/** @returns false when the password was changed since it was read: the history has to be looked at again */
async function write(
  context: PasswordReplacementContext,
  read: UserRow,
  made: JsonObject,
  { author, signsIn = false, tells, alter = (data) => data }: PasswordReplacement,
): Promise<boolean> {
  const ruled = await hasMembershipRules(context);
  return context.store.transaction(async (session) => {
    const { domain, clock, ids } = context;
    const now = await session.resources.readWithSecret(domain.id, 'User', read.id, { lock: true });
    if (now === null) throw notFound('User', read.id);
    const before = readUserSecret(now.secret);
    if (!isDeepStrictEqual(before.history, readUserSecret(read.secret).history)) return false;
    const unlocked = withPassword(withoutAttemptLock(now.data) ?? now.data);
    const data = { ...alter(unlocked), idcsLastModifiedBy: author };
    // Times of sign-ins that came meanwhile stay; what belongs to the password is the new one's.
    const { password, history, setAt, mustChange, loginAttempts } = made;
    const secret: JsonObject = { ...now.secret };
    const changed: [string, JsonObject[string] | undefined][] = Object.entries({
      password,
      history,
      setAt,
      mustChange,
      loginAttempts,
    });
    if (signsIn) {
      changed.push(['lastSuccessfulLogin', clock.now()]);
      changed.push(['previousSuccessfulLogin', before.lastSuccessfulLogin ?? undefined]);
    }
    for (const [name, value] of changed) {
      if (value === undefined) delete secret[name];
      else secret[name] = value;
    }
    const row = { id: now.id, ocid: now.ocid, version: newId(ids), lastModified: clock.now(), data, secret };
    const taken = takeEvent(context, row);
    const { actor, eventId } = context.event ?? {};
    // With a mailed token or the old password it is the user's own doing, whoever passes it on.
    const own = eventId?.startsWith('admin.me.');
    const events = taken && [...taken, ...stateEvents(context, resourceType('User'), now, row, { actor, own })];
    const write = { type: resourceType('User'), ...row, ...(events && { events }) };
    const written = await session.resources.update(domain.id, write, null);
    // Whoever may set a password may let the user in: groups whose rules ask for active users are a matter of the rules.
    if (ruled) await followMembershipRules({ domain, store: context.store, clock }, session, now.id);
    const told = { id: now.id, data };
    if (tells !== undefined) await notify(context, told, { event: tells }, session);
    await tellOfAccount(context, session, now.data, told);
    return written;
  });
}
