import { userCredential } from './user-credential.ts';

/**
 * SupportAccount: the link from a user to an account of My Oracle Support. The real service learns the account's name from the token;
 * nobody can be asked here, so any token will do, it is not kept, and the account has the user's name.
 */
export const supportAccountBehaviour = userCredential({
  type: 'SupportAccount',
  most: 1,
  capability: null,
  make(_context, { data }, owner) {
    data['provider'] = 'MOS';
    data['userId'] = owner.data['userName'] ?? owner.id;
  },
});
