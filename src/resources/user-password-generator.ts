import { notFound } from '../scim/errors.ts';
import { applicablePasswordPolicy } from './applicable-password-policy.ts';
import type { Behaviour } from './behaviour.ts';
import { generatePassword } from './password-generator.ts';
import { aboutUser } from './user-change.ts';

/** UserPasswordGenerator: suggests a password that the user's policy accepts. Nothing changes. */
export const userPasswordGeneratorBehaviour: Behaviour = {
  type: 'UserPasswordGenerator',
  actions: {
    async put(context, key) {
      const { store, domain, ids } = context;
      const user = await store.resources.read(domain.id, 'User', key);
      if (user === null) throw notFound('User', key);
      const { data: policy } = await applicablePasswordPolicy(store, domain, user.id);
      return aboutUser(key, user, { password: generatePassword(ids, policy, user.data) });
    },
  },
};
