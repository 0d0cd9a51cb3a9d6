import type { JsonObject } from '../scim/json.ts';
import { isObject } from '../scim/json.ts';
import type { Behaviour } from './behaviour.ts';
import { aboutUser, changeUser } from './user-change.ts';
import { CAPABILITIES_URN } from './user-urns.ts';

/**
 * UserCapabilitiesChanger: what kinds of credentials a user may have. Those that the body leaves out stay as they are (inferred).
 */
export const userCapabilitiesChangerBehaviour: Behaviour = {
  type: 'UserCapabilitiesChanger',
  actions: {
    async put(context, key, draft) {
      const given: JsonObject = {};
      for (const [name, value] of Object.entries(draft.data)) if (name.startsWith('canUse')) given[name] = value;
      const user = await changeUser(context, key, ({ data }) => {
        const before = data[CAPABILITIES_URN];
        const known = isObject(before) ? before : {};
        if (Object.entries(given).every(([name, value]) => known[name] === value)) return null;
        return { data: { ...data, [CAPABILITIES_URN]: { ...known, ...given } } };
      });
      const capabilities = user.data[CAPABILITIES_URN];
      return aboutUser(key, user, isObject(capabilities) ? { ...capabilities } : {});
    },
  },
};
