import type { JsonObject } from '../../scim/json.ts';
import { missingRequired } from '../../scim/validation-errors.ts';
import type { Behaviour } from '../behaviour.ts';
import { settleSamlPartner } from './saml-partner.ts';

/** ServiceProvider: a SAML partner that users are signed in to, from before Apps had an extension for that. */
export const serviceProviderBehaviour: Behaviour = {
  type: 'ServiceProvider',

  async prepareCreate(_context, { data }) {
    await settle(data, null);
  },

  async prepareUpdate(_context, before, { data }) {
    await settle(data, before.data);
  },
};

async function settle(data: JsonObject, before: JsonObject | null): Promise<void> {
  await settleSamlPartner('ServiceProvider', 'SP', data, before);
  if (data['partnerProviderId'] === undefined) throw missingRequired(['partnerProviderId']);
}
