import { resourceType } from '../../schemas/registry.ts';
import { isObject } from '../../scim/json.ts';
import type { Behaviour } from '../behaviour.ts';
import { openValues } from '../sealed-values.ts';
import { identityProviderBehaviour } from './identity-provider.ts';

/**
 * SocialIdentityProvider: an IdentityProvider of the type SOCIAL with all its attributes at the top (overlay, `faceOf`).
 * IDCS: flows.md F2: its answers name and locate themselves as the IdentityProvider, and have both forms of two names.
 */
export const socialIdentityProviderBehaviour: Behaviour = {
  ...identityProviderBehaviour,
  type: 'SocialIdentityProvider',

  present(context, row, data) {
    openValues(context.secrets, resourceType('SocialIdentityProvider'), data);
    const { meta } = data;
    if (isObject(meta ?? null)) {
      Object.assign(meta as object, {
        resourceType: 'IdentityProvider',
        location: `${context.baseUrl}/admin/v1/IdentityProviders/${row.id}`,
      });
    }
    return data;
  },
};
