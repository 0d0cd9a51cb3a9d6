import type { JsonObject } from '../../scim/json.ts';

/**
 * RFC 7643 §5, with the service's limits (schemas.md, protocol parameters). Its own answer is not printed anywhere: which
 * members it has is inferred from the RFC.
 *
 * @param baseUrl public address of the domain
 */
export function serviceProviderConfig(baseUrl: string): JsonObject {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
    documentationUri: 'https://docs.oracle.com/en-us/iaas/api/#/en/identity-domains/v1/',
    patch: { supported: true },
    bulk: { supported: true, maxOperations: 1000, maxPayloadSize: 1_048_576 },
    filter: { supported: true, maxResults: 1000 },
    changePassword: { supported: true },
    sort: { supported: true },
    etag: { supported: true },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'OAuth Bearer Token',
        description: 'Access tokens of this domain, in the Authorization header',
        specUri: 'https://www.rfc-editor.org/info/rfc6750',
        primary: true,
      },
    ],
    meta: {
      resourceType: 'ServiceProviderConfig',
      location: `${baseUrl}/admin/v1/ServiceProviderConfig`,
    },
  };
}
