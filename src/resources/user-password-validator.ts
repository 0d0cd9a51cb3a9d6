import { holdsRight } from '../schemas/permissions.ts';
import { notFound, ScimError } from '../scim/errors.ts';
import type { JsonObject } from '../scim/json.ts';
import { applicablePasswordPolicy } from './applicable-password-policy.ts';
import type { Behaviour, Draft } from './behaviour.ts';
import { failedRules, type PasswordOwner } from './password-rules.ts';
import type { RequestContext } from './request-context.ts';
import { requiredText } from './required-value.ts';
import { aboutUser } from './user-change.ts';

/**
 * UserPasswordValidator: whether a policy would accept a password: the default one's for somebody described in a POST, the user's
 * own in a PUT. The remembered passwords are not looked at: that would tell a guess that is right.
 */
export const userPasswordValidatorBehaviour: Behaviour = {
  type: 'UserPasswordValidator',
  actions: {
    async create(context, draft) {
      const [userName, givenName, familyName] = ['userName', 'givenName', 'familyName'].map((name) =>
        given(draft, name),
      );
      const owner: PasswordOwner = { userName: userName!, name: { givenName: givenName!, familyName: familyName! } };
      return { status: 201, locationKey: null, data: await check(context, null, draft, owner) };
    },

    async put(context, key, draft) {
      const { store, domain } = context;
      refuseOthers(context, key);
      const user = await store.resources.read(domain.id, 'User', key);
      if (user === null) throw notFound('User', key);
      return aboutUser(key, user, await check(context, user.id, draft, user.data));
    },
  },
};

async function check(
  { store, domain }: RequestContext,
  userId: string | null,
  draft: Draft,
  owner: PasswordOwner,
): Promise<JsonObject> {
  const { data: policy } = await applicablePasswordPolicy(store, domain, userId);
  const failed = failedRules(policy, requiredText(draft, 'password'), owner);
  // IDCS: the attribute is absent when the password is good (schema reference).
  return failed.length === 0 ? {} : { failedPasswordPolicyRules: failed.map((rule) => ({ ...rule })) };
}

function given(draft: Draft, name: string): string {
  const value = draft.transient.get(name);
  return typeof value === 'string' ? value : '';
}

/** Every user may ask about the own password; a rule about names would tell a stranger's. */
function refuseOthers({ caller }: RequestContext, key: string): void {
  if (caller.type !== 'User' || key === caller.id || key === caller.ocid) return;
  if (holdsRight(caller.roles, 'UserPasswordValidator', 'create')) return;
  throw new ScimError(401, 'Operation failed due to unauthorized access. Users may ask for themselves only.', {
    messageId: 'error.common.exception.unauthorizedAccess',
  });
}
