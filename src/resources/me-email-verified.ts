import type { Behaviour } from './behaviour.ts';
import { verifyEmail } from './email-verification.ts';
import { requiredText } from './required-value.ts';

/** MeEmailVerified: whoever has the token that was mailed to an address has the address (flows.md C2, C6). */
export const meEmailVerifiedBehaviour: Behaviour = {
  type: 'MeEmailVerified',
  actions: {
    async create(context, draft) {
      const { user } = await verifyEmail(context, requiredText(draft, 'token'));
      const { id, ocid } = user;
      return { status: 201, locationKey: null, data: ocid === null ? { id } : { id, ocid } };
    },
  },
};
