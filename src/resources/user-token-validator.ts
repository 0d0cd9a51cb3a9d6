import type { Behaviour } from './behaviour.ts';
import { requiredText } from './required-value.ts';
import { findUserToken } from './user-token.ts';

/** UserTokenValidator: whose a token is (flows.md C5). It stays good. */
export const userTokenValidatorBehaviour: Behaviour = {
  type: 'UserTokenValidator',
  actions: {
    async create(context, draft) {
      const { userId } = await findUserToken(context, requiredText(draft, 'token'));
      return { status: 201, locationKey: null, data: { userId } };
    },
  },
};
