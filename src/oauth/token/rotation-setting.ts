import type { Domain } from '../../domains/domain.ts';
import { OAUTH_SETTINGS_URN } from '../../resources/settings-urns.ts';
import { isObject } from '../../scim/json.ts';

/** Whether a refresh token is good for one use, which gives another. Rulings: off unless the domain's Settings turn it on. */
export function rotatesRefreshTokens(domain: Domain): boolean {
  const ours = domain.settings[OAUTH_SETTINGS_URN];
  return isObject(ours) && ours['refreshTokenRotation'] === true;
}
