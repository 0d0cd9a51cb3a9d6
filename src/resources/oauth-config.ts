import { badRequest } from '../scim/errors.ts';
import { isObject } from '../scim/json.ts';
import { singletonBehaviour } from './singleton.ts';

/** OAuthConfig: what counts for tokens where Apps say nothing. Nobody may write it (src/http/authorization.ts), unless rights are relaxed. */
export const oauthConfigBehaviour = singletonBehaviour('OAuthConfig', async (_context, _before, { data }) => {
  const mapping = data['oidcUserAttributesMapping'];
  if (typeof mapping !== 'string' || isJsonObject(mapping)) return;
  throw badRequest('OAuthConfig.oidcUserAttributesMapping must be a JSON object of claims and attributes.');
});

function isJsonObject(text: string): boolean {
  try {
    return isObject(JSON.parse(text));
  } catch {
    return false;
  }
}
