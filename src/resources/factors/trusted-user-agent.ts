import { TRUSTED_AGENT } from '../../factors/trusted-agents.ts';
import type { JsonValue } from '../../scim/json.ts';
import type { Behaviour } from '../behaviour.ts';
import { refuseStrongerUser } from '../stronger-principals.ts';
import { ownerOf } from '../user-credential.ts';

/** TrustedUserAgent: anybody's, for administrators, who see no token: it would lead past a second factor. */
export const trustedUserAgentBehaviour: Behaviour = {
  type: 'TrustedUserAgent',
  async beforeDelete(context, _session, resource) {
    await refuseStrongerUser(context, ownerOf(resource.data));
  },
  computed: { trustToken: { load: async () => new Map() } },
};

/** MyTrustedUserAgent: the agents that the caller trusts (trusted-agents.ts), to look at and to delete. */
export const myTrustedUserAgentBehaviour: Behaviour = {
  type: TRUSTED_AGENT,
  computed: {
    trustToken: {
      async load({ domain, secrets }, session, resources) {
        const ids = resources.map(({ id }) => id);
        const stored = await session.resources.readSecrets(domain.id, TRUSTED_AGENT, ids);
        const tokens = new Map<string, JsonValue>();
        for (const id of ids) {
          const sealed = stored.get(id)?.['token'];
          if (typeof sealed === 'string') tokens.set(id, secrets.open(sealed));
        }
        return tokens;
      },
    },
  },
};
