import type { JsonObject } from '../../scim/json.ts';
import type { Behaviour } from '../behaviour.ts';
import { requiredText } from '../required-value.ts';
import {
  allowedWays,
  hasQuestions,
  madeUpAddress,
  maskedRecoveryAddress,
  recoveringUser,
  recoveryAddresses,
  recoveryPhone,
} from './recovering-user.ts';

/** MePasswordRecoveryOptionRetriever: by which ways a user can get a new password, where they lead masked (flows.md C5). */
export const mePasswordRecoveryOptionRetrieverBehaviour: Behaviour = {
  type: 'MePasswordRecoveryOptionRetriever',
  actions: {
    async create(context, draft) {
      const userName = requiredText(draft, 'userName');
      const user = await recoveringUser(context, userName);
      const options: JsonObject[] = [];
      for (const type of await allowedWays(context)) {
        if (type === 'email') {
          const masked =
            user === null
              ? [madeUpAddress(userName)]
              : [...new Set(recoveryAddresses(user).map(maskedRecoveryAddress))];
          options.push(...masked.map((value) => ({ type, value })));
        } else if (type === 'sms') {
          const phone = user === null ? null : await recoveryPhone(context, user);
          if (phone !== null) options.push({ type, value: phone.masked });
        } else if (user !== null && hasQuestions(user)) {
          options.push({ type });
        }
      }
      return { status: 201, locationKey: null, data: { options } };
    },
  },
};
