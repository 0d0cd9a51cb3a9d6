import type { StoredResource } from '../store/store.ts';
import type { Behaviour, Draft } from './behaviour.ts';
import { replacePassword } from './password-replacement.ts';
import { checkHasPassword } from './passwordless-user.ts';
import { authorOf } from './pipeline/author.ts';
import type { RequestContext } from './request-context.ts';
import { requiredText } from './required-value.ts';
import { refuseStrongerUser } from './stronger-principals.ts';
import { aboutUser } from './user-change.ts';

/**
 * UserPasswordChanger: an administrator sets a user's password to a known value (CNC Console guide 3.6).
 * The user is told, unless `bypassNotification` says not to. `allowSelfChange` is a matter of authorization.
 */
export const userPasswordChangerBehaviour: Behaviour = {
  type: 'UserPasswordChanger',
  actions: {
    async put(context, key, draft) {
      return aboutUser(key, await setKnownPassword(context, key, draft));
    },
  },
};

/**
 * Gives a user a password that somebody else chose.
 * @param key id or OCID
 * @param draft of the action: `password`, `bypassNotification`
 * @throws ScimError as replacePassword, and 401
 */
export async function setKnownPassword(context: RequestContext, key: string, draft: Draft): Promise<StoredResource> {
  const bypass = draft.transient.get('bypassNotification') === true;
  return replacePassword(context, key, requiredText(draft, 'password'), {
    ...(bypass ? {} : { tells: 'admin.user.password.change.success' as const }),
    author: authorOf(context),
    async check(user) {
      await refuseStrongerUser(context, user.id);
      checkHasPassword(user.data);
    },
  });
}
