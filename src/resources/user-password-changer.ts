import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import type { Behaviour } from './behaviour.ts';
import { replacePassword } from './password-replacement.ts';
import { authorOf } from './pipeline/author.ts';
import type { RequestContext } from './request-context.ts';
import { refuseStrongerUser } from './stronger-principals.ts';
import { USER_URN } from './user-urns.ts';

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

async function change(context: RequestContext, key: string, password: string): Promise<StoredResource> {
  return replacePassword(context, key, password, {
    author: authorOf(context),
    async check(user) {
      await refuseStrongerUser(context, user.id);
      checkHasPassword(user.data);
    },
  });
}

/** IDCS: a service user has no password (scim.md §5), a federated one has it elsewhere (errors.tsv, AUTH-3012). The wording is ours. */
function checkHasPassword(data: JsonObject): void {
  const extension = data[USER_URN];
  if (!isObject(extension)) return;
  if (extension['serviceUser'] === true) throw badRequest('A service user cannot have a password.');
  if (extension['isFederatedUser'] === true) throw badRequest("A federated user's password cannot be changed here.");
}
