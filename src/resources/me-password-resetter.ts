import { badRequest } from '../scim/errors.ts';
import type { Behaviour } from './behaviour.ts';
import { replacePassword } from './password-replacement.ts';
import { checkHasPassword } from './passwordless-user.ts';
import { authorOf } from './pipeline/author.ts';
import { requiredText } from './required-value.ts';
import { useUserToken } from './user-token.ts';

/** MePasswordResetter: the holder of a mailed token chooses a password (flows.md C5). */
export const mePasswordResetterBehaviour: Behaviour = {
  type: 'MePasswordResetter',
  actions: {
    async create(context, draft) {
      const password = requiredText(draft, 'password');
      const { id, ocid } = await useUserToken(context, requiredText(draft, 'token'), ({ userId }) =>
        replacePassword(context, userId, password, {
          author: authorOf(context),
          async check({ data }) {
            checkHasPassword(data);
            if (data['active'] !== true)
              throw badRequest('Your account is deactivated. Contact your system administrator.');
          },
        }),
      );
      return { status: 201, locationKey: null, data: ocid === null ? { id } : { id, ocid } };
    },
  },
};
