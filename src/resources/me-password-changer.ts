import { notFound } from '../scim/errors.ts';
import type { Behaviour } from './behaviour.ts';
import { changeOwnPassword } from './own-password.ts';
import { authorOf } from './pipeline/author.ts';
import { requiredText } from './required-value.ts';
import { aboutUser } from './user-change.ts';

/** MePasswordChanger: signed-in users give themselves a new password by the old one. */
export const mePasswordChangerBehaviour: Behaviour = {
  type: 'MePasswordChanger',
  actions: {
    async put(context, key, draft) {
      const user = await context.store.resources.read(context.domain.id, 'User', key);
      if (user === null || user.id !== context.caller.id) throw notFound('MePasswordChanger', key);
      await changeOwnPassword(context, user, {
        oldPassword: requiredText(draft, 'oldPassword'),
        password: requiredText(draft, 'password'),
        author: authorOf(context),
      });
      return aboutUser(key, user);
    },
  },
};
