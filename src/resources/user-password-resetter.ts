import { resourceType } from '../schemas/registry.ts';
import { compileProjection } from '../scim/compile-projection.ts';
import type { Behaviour } from './behaviour.ts';
import { tokenReference } from './password-link.ts';
import { mailReset, resetPassword } from './password-reset.ts';
import { aboutUser } from './user-change.ts';
import { issueUserToken } from './user-token.ts';

/**
 * UserPasswordResetter: a random password that must be changed, and a mail about it; without one where the body says
 * bypassNotification, or that the application tells the user itself. `attributes=oneTimePassword` shows the password.
 */
export const userPasswordResetterBehaviour: Behaviour = {
  type: 'UserPasswordResetter',
  actions: {
    async put(context, key, draft, params) {
      const type = resourceType('UserPasswordResetter');
      const shown = compileProjection(type, params).wants(type.core('oneTimePassword')!);
      const reset = await resetPassword(context, key);
      const external = draft.transient.get('userFlowControlledByExternalClient') === true;
      if (!external && draft.transient.get('bypassNotification') !== true) await mailReset(context, reset);
      return aboutUser(key, reset.user, {
        ...(external ? tokenReference(context, await issueUserToken(context, reset.user, 'passwordReset')) : {}),
        ...(shown ? { oneTimePassword: reset.password } : {}),
      });
    },
  },
};
