import type { Behaviour } from './behaviour.ts';
import { redeemForPassword } from './password-redemption.ts';
import { authorOf } from './pipeline/author.ts';
import { requiredText } from './required-value.ts';

/** MePasswordResetter: the holder of a mailed token chooses a password (flows.md C5). */
export const mePasswordResetterBehaviour: Behaviour = {
  type: 'MePasswordResetter',
  actions: {
    async create(context, draft) {
      const [token, password] = [requiredText(draft, 'token'), requiredText(draft, 'password')];
      const { id, ocid } = await redeemForPassword(context, token, password, authorOf(context));
      return { status: 201, locationKey: null, data: ocid === null ? { id } : { id, ocid } };
    },
  },
};
