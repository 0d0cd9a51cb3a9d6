import { badRequest } from '../scim/errors.ts';
import type { Behaviour } from './behaviour.ts';
import { defaultSsoSettings } from './domain-defaults.ts';

/**
 * SsoSettings: one row a domain (id `SsoSettings`): how long a session lasts, and where a sign-out leads.
 * IDCS: oauth.md §7.3, §8. That `deviceBaseliningEnabled` changes nothing is ours: devices are not watched here.
 */
export const ssoSettingsBehaviour: Behaviour = {
  type: 'SsoSettings',

  async prepareUpdate(_context, _before, draft) {
    // A PUT or PATCH that takes it away goes back to what every domain begins with.
    draft.data['sessionDuration'] ??= defaultSsoSettings().data['sessionDuration']!;
    const url = draft.data['logoutUrl'];
    if (typeof url === 'string' && url !== '' && !leadsToAPage(url)) {
      throw badRequest('SsoSettings.logoutUrl must be an absolute http or https URL, or a path of this domain.');
    }
  },

  async afterWrite(context, session) {
    // Every process keeps them until the epoch moves.
    await session.domains.bumpEpoch(context.domain.id);
  },
};

/** IDCS: oauth.md §8 has a path of the domain (`/ui/v1/myconsole`) as an example. */
function leadsToAPage(url: string): boolean {
  if (/[^\x21-\x7e]/.test(url)) return false;
  // Browsers read `//host` and `/\host` as another host's address.
  if (url.startsWith('/')) return !/^\/[/\\]/.test(url);
  return URL.canParse(url) && /^https?:\/\//i.test(url);
}
