import { badRequest } from '../scim/errors.ts';
import { singletonBehaviour, singletonDefaults } from './singleton.ts';

/**
 * SsoSettings: one row a domain (id `SsoSettings`): how long a session lasts, where a sign-out leads, whether devices are watched.
 * IDCS: oauth.md §7.3, §8; deviceBaseliningEnabled: src/signin/device-baseline.ts.
 */
export const ssoSettingsBehaviour = singletonBehaviour('SsoSettings', async (_context, _before, draft) => {
  // A PATCH that takes it away goes back to what every domain begins with.
  draft.data['sessionDuration'] ??= singletonDefaults('SsoSettings')['sessionDuration']!;
  const url = draft.data['logoutUrl'];
  if (typeof url === 'string' && url !== '' && !leadsToAPage(url)) {
    throw badRequest('SsoSettings.logoutUrl must be an absolute http or https URL, or a path of this domain.');
  }
});

/** IDCS: oauth.md §8 has a path of the domain (`/ui/v1/myconsole`) as an example. */
function leadsToAPage(url: string): boolean {
  if (/[^\x21-\x7e]/.test(url)) return false;
  // Browsers read `//host` and `/\host` as another host's address.
  if (url.startsWith('/')) return !/^\/[/\\]/.test(url);
  return URL.canParse(url) && /^https?:\/\//i.test(url);
}
