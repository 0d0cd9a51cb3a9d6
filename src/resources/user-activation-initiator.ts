import { notify } from '../notifications/notify.ts';
import { notFound } from '../scim/errors.ts';
import type { Behaviour } from './behaviour.ts';
import { passwordLink, tokenReference } from './password-link.ts';
import { checkHasPassword } from './passwordless-user.ts';
import { refuseStrongerUser } from './stronger-principals.ts';
import { aboutUser } from './user-change.ts';
import { issueUserToken } from './user-token.ts';

/** UserActivationInitiator: invites a user by a mail with a link to choose a password; again as often as it is asked. */
export const userActivationInitiatorBehaviour: Behaviour = {
  type: 'UserActivationInitiator',
  actions: {
    async put(context, key, draft) {
      const user = await context.store.resources.read(context.domain.id, 'User', key);
      if (user === null) throw notFound('User', key);
      await refuseStrongerUser(context, user.id);
      checkHasPassword(user.data);
      const token = await issueUserToken(context, user, 'activation');
      if (draft.transient.get('userFlowControlledByExternalClient') === true) {
        return aboutUser(key, user, tokenReference(context, token));
      }
      const link = passwordLink(context, token);
      await notify(context, user, { event: 'admin.user.initiate.activation.success', link });
      return aboutUser(key, user);
    },
  },
};
