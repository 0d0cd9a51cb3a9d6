import type { Behaviour } from './behaviour.ts';
import { mappedUser } from './mapped-user.ts';
import { changeOwnPassword } from './own-password.ts';
import { authorOf } from './pipeline/author.ts';
import { requiredText } from './required-value.ts';

/**
 * MePasswordMustChanger: a sign-in application gives a user whose password must be changed a new one, by the old one (flows.md C5).
 */
export const mePasswordMustChangerBehaviour: Behaviour = {
  type: 'MePasswordMustChanger',
  actions: {
    async create(context, draft) {
      const mappingAttributeValue = requiredText(draft, 'mappingAttributeValue');
      const mappingAttribute = draft.data['mappingAttribute'];
      const found = await mappedUser(context, mappingAttribute, mappingAttributeValue);
      const { id, ocid } = await changeOwnPassword(context, found, {
        oldPassword: requiredText(draft, 'oldPassword'),
        password: requiredText(draft, 'password'),
        author: authorOf(context),
      });
      const data = { id, ...(ocid === null ? {} : { ocid }), mappingAttributeValue };
      return {
        status: 201,
        locationKey: null,
        data: mappingAttribute === undefined ? data : { ...data, mappingAttribute },
      };
    },
  },
};
