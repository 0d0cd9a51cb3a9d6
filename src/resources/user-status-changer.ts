import { ScimError } from '../scim/errors.ts';
import { activatedAccount } from './account-activation.ts';
import type { Behaviour } from './behaviour.ts';
import type { RequestContext } from './request-context.ts';
import { required } from './required-value.ts';
import { aboutUser, changeUser } from './user-change.ts';

/** UserStatusChanger: activates or deactivates a user, who then neither signs in nor refreshes tokens. */
export const userStatusChangerBehaviour: Behaviour = {
  type: 'UserStatusChanger',
  actions: {
    async put(context, key, draft) {
      const active = required(draft, 'active') === true;
      refuseComeback(context, key, active);
      const user = await changeUser(context, key, ({ data }) =>
        // Who registered and never confirmed the address is let in by an administrator.
        data['active'] === active
          ? null
          : { data: active ? activatedAccount({ ...data, active }) : { ...data, active } },
      );
      return aboutUser(key, user, { active });
    },
  },
};

/** A request that was let in just before the deactivation is no way back. */
function refuseComeback({ caller }: RequestContext, key: string, active: boolean): void {
  if (!active || caller.type !== 'User' || (key !== caller.id && key !== caller.ocid)) return;
  throw new ScimError(401, 'Operation failed due to unauthorized access. Users can not activate themselves.', {
    messageId: 'error.common.exception.unauthorizedAccess',
  });
}
