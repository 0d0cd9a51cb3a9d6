import { badRequest } from '../../scim/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../../scim/json.ts';
import type { Behaviour } from '../behaviour.ts';

/** IDCS: flows.md F1: what requests to a provider are filled in with. */
const PLACEHOLDERS: ReadonlySet<string> = new Set([
  'socialIdentityProvider.consumerKey',
  'socialIdentityProvider.consumerSecret',
  'scope',
  'state',
  'redirectUri',
  'clientCredentials',
  'authorizationCode',
  'accessToken',
  'refreshToken',
]);
const LISTS = ['authorizePhase', 'tokenPhase', 'refreshTokenPhase', 'userInfoPhase'].flatMap((phase) => [
  `${phase}Parameters`,
  `${phase}Headers`,
]);

/** SocialIdentityProviderMetadata: how a social provider of one's own is spoken to. */
export const socialIdentityProviderMetadataBehaviour: Behaviour = {
  type: 'SocialIdentityProviderMetadata',

  async prepareCreate(_context, { data }) {
    checkPlaceholders(data);
  },

  async prepareUpdate(_context, _before, { data }) {
    checkPlaceholders(data);
  },
};

/** A misspelt placeholder would reach the provider as it stands: a refusal tells at once. */
function checkPlaceholders(data: JsonObject): void {
  for (const name of LISTS) {
    const list: JsonValue | undefined = data[name];
    for (const entry of Array.isArray(list) ? list : []) {
      const text = isObject(entry) ? String(entry['value'] ?? '') : '';
      const unknown = [...text.matchAll(/\$\{([^}]*)\}/g)].find((found) => !PLACEHOLDERS.has(found[1]!));
      if (unknown === undefined) continue;
      throw badRequest(
        `SocialIdentityProviderMetadata.${name} has the unknown placeholder ${unknown[0]}; known are ${[...PLACEHOLDERS].join(', ')}.`,
      );
    }
  }
}
