import { isDeepStrictEqual } from 'node:util';
import { newId } from '../ids.ts';
import { resourceType } from '../schemas/registry.ts';
import { badRequest, notFound, ScimError } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import type { Behaviour } from './behaviour.ts';
import { withoutAttemptLock } from './login-attempt.ts';
import { setPassword } from './password-setting.ts';
import { authorOf } from './pipeline/author.ts';
import type { RequestContext } from './request-context.ts';
import { refuseStrongerUser } from './stronger-principals.ts';
import { readUserSecret } from './user-secret.ts';
import { USER_URN } from './user-urns.ts';

/** How often a change is tried again when another one was faster. */
const TRIES = 3;

type UserRow = StoredResource & { readonly secret: JsonObject | null };

/**
 * UserPasswordChanger: an administrator sets a user's password to a known value (CNC Console guide 3.6).
 * `bypassNotification` is accepted; there is no mail to leave out yet. `allowSelfChange` is a matter of authorization.
 */
export const userPasswordChangerBehaviour: Behaviour = {
  type: 'UserPasswordChanger',
  actions: {
    async put(context, key, draft) {
      const password = draft.transient.get('password');
      if (typeof password !== 'string') {
        throw badRequest('Missing required attribute(s): password.', 'error.common.validation.missingReqAttributes');
      }
      const user = await change(context, key, password);
      const data: JsonObject = { id: user.id };
      if (user.ocid !== null) data['ocid'] = user.ocid;
      return { status: 200, locationKey: key, data };
    },
  },
};

/** Hashes first and locks afterwards: a hash takes long, and a locked row holds a connection. */
async function change(context: RequestContext, key: string, password: string): Promise<UserRow> {
  for (let left = TRIES; left > 0; left--) {
    const user = await context.store.resources.readWithSecret(context.domain.id, 'User', key);
    if (user === null) throw notFound('User', key);
    await refuseStrongerUser(context, user.id);
    checkHasPassword(user.data);
    // IDCS: an administrator's change ends mustChange (rulings: mustChange).
    const secret = await setPassword(context, user, password, { mustChange: false, checkPolicy: true });
    if (await write(context, user, secret)) return user;
  }
  throw new ScimError(409, `The password of User ${key} is being changed by others at the same time.`);
}

/** @returns false when the password was changed since it was read: the history has to be looked at again */
function write(context: RequestContext, read: UserRow, made: JsonObject): Promise<boolean> {
  return context.store.transaction(async (session) => {
    const { domain, clock, ids } = context;
    const now = await session.resources.readWithSecret(domain.id, 'User', read.id, { lock: true });
    if (now === null) throw notFound('User', read.id);
    if (!isDeepStrictEqual(readUserSecret(now.secret).history, readUserSecret(read.secret).history)) return false;
    const data = { ...(withoutAttemptLock(now.data) ?? now.data), idcsLastModifiedBy: authorOf(context) };
    // Times of sign-ins that came meanwhile stay; what belongs to the password is the new one's.
    const { password, history, setAt, mustChange, loginAttempts } = made;
    const secret: JsonObject = { ...now.secret };
    for (const [name, value] of Object.entries({ password, history, setAt, mustChange, loginAttempts })) {
      if (value === undefined) delete secret[name];
      else secret[name] = value;
    }
    const row = { id: now.id, ocid: now.ocid, version: newId(ids), lastModified: clock.now(), data, secret };
    return session.resources.update(domain.id, { type: resourceType('User'), ...row }, null);
  });
}

/** IDCS: a service user has no password (scim.md §5), a federated one has it elsewhere (errors.tsv, AUTH-3012). The wording is ours. */
function checkHasPassword(data: JsonObject): void {
  const extension = data[USER_URN];
  if (!isObject(extension)) return;
  if (extension['serviceUser'] === true) throw badRequest('A service user cannot have a password.');
  if (extension['isFederatedUser'] === true) throw badRequest("A federated user's password cannot be changed here.");
}
