import type { Behaviour } from './behaviour.ts';
import { settingsFromClaims } from './custom-claim-mirror.ts';
import { checkCustomClaim } from './custom-claim-rules.ts';

/** CustomClaim: what a domain adds to its tokens. Tokens read the copy in Settings, which every request has at hand. */
export const customClaimBehaviour: Behaviour = {
  type: 'CustomClaim',

  async prepareCreate(_context, { data }) {
    checkCustomClaim(data, 'CustomClaim');
  },

  async prepareUpdate(_context, _before, { data }) {
    checkCustomClaim(data, 'CustomClaim');
  },

  async afterWrite(context, session) {
    await settingsFromClaims(context, session);
    await session.domains.bumpEpoch(context.domain.id);
  },
};
