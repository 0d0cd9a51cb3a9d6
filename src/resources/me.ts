import { missingRequired } from '../scim/validation-errors.ts';
import type { Behaviour } from './behaviour.ts';
import { refuseChange, requireCurrentPassword } from './own-password.ts';
import { userBehaviour } from './user.ts';
import { changesRecovery, unverifyChanged } from './user-contacts.ts';
import { readUserSecret, writeUserSecret } from './user-secret.ts';
import { ME_URN } from './user-urns.ts';

const CURRENT_PASSWORD = `${ME_URN}:currentPassword`;

/**
 * Me: the row of the user who asks. What users can't change about themselves is in the overlay. Where a forgotten password would be
 * mailed, and the password itself, they change by the present one: who finds an open session does not take over the account.
 * IDCS: schema reference of currentPassword: required for recovery and verification attributes; main-0426 sends it with `emails`,
 * main-0422 changes a telephone number without it.
 */
export const meBehaviour: Behaviour = {
  ...userBehaviour,
  type: 'Me',

  async prepareUpdate(context, before, draft) {
    const given = draft.transient.get(CURRENT_PASSWORD);
    const password = draft.transient.get('password');
    const secret = readUserSecret(before.secret);
    // Without a password of the domain's (federated) there is none to ask for.
    if (secret.password !== null) {
      if (typeof given === 'string') await requireCurrentPassword(context, before, given);
      else if (password !== undefined || changesRecovery(before.data, draft.data))
        throw missingRequired([CURRENT_PASSWORD]);
    }
    if (password !== undefined) await refuseChange(context, before, secret);
    // Whatever the request says: users prove what is theirs.
    unverifyChanged(draft.data, before.data);
    await userBehaviour.prepareUpdate!(context, before, draft);
    // Chosen by the user, it is not to be changed (rulings: mustChange).
    if (password !== undefined && draft.secret)
      draft.secret = writeUserSecret({ ...readUserSecret(draft.secret), mustChange: false });
  },
};
