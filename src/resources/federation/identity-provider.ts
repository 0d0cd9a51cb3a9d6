import { newId } from '../../ids.ts';
import { resourceType } from '../../schemas/registry.ts';
import { badRequest } from '../../scim/errors.ts';
import { isObject, type JsonObject } from '../../scim/json.ts';
import { missingRequired } from '../../scim/validation-errors.ts';
import type { Behaviour } from '../behaviour.ts';
import type { RequestContext } from '../request-context.ts';
import { openValues, sealValues } from '../sealed-values.ts';
import { settleJitProvisioning } from './jit-provisioning.ts';
import { addMapping, removeMapping } from './mapped-attribute.ts';
import { settleSamlPartner } from './saml-partner.ts';
import { resolvePartnerCertificate } from './saml-partner-certificate.ts';

/*
 * IdentityProvider: who vouches for users. SAML partners, social providers, X.509 certificates, IWA; and the domain's own user names
 * and passwords, which ships (type LOCAL).
 */

/** The extension of a social provider. */
export const SOCIAL_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:social:IdentityProvider';
/** The extension of a provider of certificates. */
export const X509_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:x509:IdentityProvider';

/** IDCS: an X509 provider needs these (schema reference, `required` in its extension). */
/** IdentityProvider. */
export const identityProviderBehaviour: Behaviour = {
  type: 'IdentityProvider',

  async prepareCreate(context, { data }) {
    data['type'] ??= typeOf(data);
    if (data['type'] === 'LOCAL') {
      throw badRequest(
        'IdentityProvider.type: the provider of the type LOCAL ships with the domain; there is no other.',
      );
    }
    // What the reference names is made with the provider: afterWrite.
    if (data['type'] === 'SAML') data['jitUserProvAttributes'] = { value: newId(context.ids) };
    if (data['type'] === 'SOCIAL') await fillSocial(context, data);
    await settle(context, data, null);
  },

  async prepareUpdate(context, before, { data }) {
    await settle(context, data, before.data);
  },

  async beforeDelete(context, session, resource) {
    await removeMapping(context, session, resource.data['jitUserProvAttributes']);
  },

  async afterWrite(context, session, { kind, resource }) {
    const mapping = resource.data['jitUserProvAttributes'];
    if (kind !== 'create' || resource.data['type'] !== 'SAML' || !isObject(mapping ?? null)) return;
    const id = String((mapping as JsonObject)['value']);
    await addMapping(context, session, id, { type: 'IdentityProvider', id: resource.id });
  },

  present(context, _resource, data) {
    openValues(context.secrets, resourceType('IdentityProvider'), data);
    // The name by which the partner knows this domain: the entityID of its own metadata.
    if (data['type'] === 'SAML') data['tenantProviderId'] = `${context.baseUrl}/fed`;
    return data;
  },
};

/** IDCS: flows.md F2: the answer to a create without `idAttribute` has `email`; F1: metadata of one's own says another. */
async function fillSocial({ store, domain }: RequestContext, data: JsonObject): Promise<void> {
  const social = data[SOCIAL_URN];
  if (!isObject(social ?? null) || (social as JsonObject)['idAttribute'] !== undefined) return;
  const name = String((social as JsonObject)['serviceProviderName']);
  const metadata = await store.resources.readByName(domain.id, 'SocialIdentityProviderMetadata', name);
  (social as JsonObject)['idAttribute'] = metadata?.data['idAttribute'] ?? 'email';
}

function typeOf(data: JsonObject): string {
  if (isObject(data[SOCIAL_URN] ?? null)) return 'SOCIAL';
  return isObject(data[X509_URN] ?? null) ? 'X509' : 'SAML';
}

async function settle(context: RequestContext, data: JsonObject, before: JsonObject | null): Promise<void> {
  if (data['type'] === 'SAML') await settleSamlPartner('IdentityProvider', 'IDP', data, before);
  settleJitProvisioning(data);
  checkExtensions(data);
  await resolvePartnerCertificate(context, 'IdentityProvider', data);
  sealValues(context.secrets, resourceType('IdentityProvider'), data, before);
}

function checkExtensions(data: JsonObject): void {
  const social = data[SOCIAL_URN];
  if (data['type'] === 'SOCIAL') {
    if (!isObject(social ?? null)) throw missingRequired([`${SOCIAL_URN}:serviceProviderName`]);
    // IDCS: answers for social providers have this and nothing else of the extension (flows.md F2).
    data[X509_URN] ??= { crlEnabled: true };
  }
}
