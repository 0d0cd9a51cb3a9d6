import { badRequest, notFound } from '../scim/errors.ts';
import { awaitsConfirmation } from './account-activation.ts';
import type { Behaviour } from './behaviour.ts';
import { checkHasPassword } from './passwordless-user.ts';
import { askForConfirmation } from './registration-confirmation.ts';
import { refuseStrongerUser } from './stronger-principals.ts';
import { aboutUser } from './user-change.ts';
import { invite } from './user-invitation.ts';

/**
 * UserActivationInitiator: invites a user by a mail with a link to choose a password; again as often as it is asked. Who registered
 * gets the link that confirms the address.
 */
export const userActivationInitiatorBehaviour: Behaviour = {
  type: 'UserActivationInitiator',
  actions: {
    async put(context, key, draft) {
      const user = await context.store.resources.read(context.domain.id, 'User', key);
      if (user === null) throw notFound('User', key);
      await refuseStrongerUser(context, user.id);
      checkHasPassword(user.data);
      const external = draft.transient.get('userFlowControlledByExternalClient') === true;
      if (awaitsConfirmation(user.data)) {
        return aboutUser(key, user, (await askForConfirmation(context, user, { external })) ?? {});
      }
      if (user.data['active'] !== true) {
        throw badRequest(`User ${String(user.data['userName'])} is deactivated: UserStatusChanger activates it.`);
      }
      const event = 'admin.user.initiate.activation.success';
      return aboutUser(key, user, (await invite(context, user, { event, external })) ?? {});
    },
  },
};
