import { isObject } from '../scim/json.ts';
import { missingRequired } from '../scim/validation-errors.ts';
import type { ActionResult, Behaviour, Draft } from './behaviour.ts';
import { isLocked, isLockedByAdministrator, lockedByAdministrator, withLock } from './login-attempt.ts';
import type { RequestContext } from './request-context.ts';
import { required, requiredText } from './required-value.ts';
import { aboutUser, changeUser } from './user-change.ts';
import { readUserSecret, writeUserSecret } from './user-secret.ts';

/**
 * UserLockedStateChanger: unlocks a user, whose wrong attempts are forgotten, or locks one until an administrator unlocks.
 * IDCS: flows.md C1 prints a POST with `userId`, the endpoint list a PUT on the user: both work. That a lock can be set here too
 * is inferred.
 */
export const userLockedStateChangerBehaviour: Behaviour = {
  type: 'UserLockedStateChanger',
  actions: {
    put: (context, key, draft) => change(context, key, draft),
    async create(context, draft) {
      return { ...(await change(context, requiredText(draft, 'userId'), draft)), status: 201, locationKey: null };
    },
  },
};

async function change(context: RequestContext, key: string, draft: Draft): Promise<ActionResult> {
  const locked = required(draft, 'locked');
  if (!isObject(locked) || typeof locked['on'] !== 'boolean') throw missingRequired(['locked.on']);
  const { on } = locked;
  const now = context.clock.now();
  const user = await changeUser(context, key, ({ data, secret }) => {
    const known = readUserSecret(secret);
    // One that wrong attempts have brought about ends by itself; an administrator's doesn't.
    if (on) return isLockedByAdministrator(data) ? null : { data: withLock(data, lockedByAdministrator(now)) };
    if (!isLocked(data) && known.loginAttempts === 0) return null;
    return { data: withLock(data, null), secret: writeUserSecret({ ...known, loginAttempts: 0 }) };
  });
  return aboutUser(key, user, { locked: { on } });
}
