import { type KnownEndpoint, knownEndpoints, resourceTypeByPath } from '../schemas/registry.ts';
import type { Operation } from '../scim/schema.ts';

/** Routes that are no resource type's and are built; everything else that the real service has answers 501. */
const BUILT_ROUTES = new Set([
  'GET /.well-known/openid-configuration',
  'OPTIONS /.well-known/openid-configuration',
  'GET /.well-known/idcs-configuration',
  'OPTIONS /.well-known/idcs-configuration',
  'GET /oauth2/v1/authorize',
  'POST /oauth2/v1/authorize',
  'GET /oauth2/v1/consent',
  'POST /oauth2/v1/consent',
  'GET /ui/v1/myconsole/consent',
  'POST /oauth2/v1/token',
  'GET /ui/v1/signin',
  'GET /oauth2/v1/userlogout',
  'POST /oauth2/v1/userlogout',
  'GET /sso/v1/sdk/authenticate',
  'POST /sso/v1/sdk/authenticate',
  'POST /sso/v1/sdk/secure/idp',
  'POST /sso/v1/sdk/secure/session',
  'GET /sso/v1/user/logout',
  'POST /oauth2/v1/device',
  'GET /ui/v1/device',
  'POST /oauth2/v1/introspect',
  'POST /oauth2/v1/revoke',
  'GET /oauth2/v1/userinfo',
  'POST /oauth2/v1/userinfo',
  'GET /ui/v1/error',
  'GET /ui/v1/myconsole',
  'GET /admin/v1/ServiceProviderConfig',
  'GET /admin/v1/SigningCert/jwk',
  'GET /admin/v1/TenantSchemas/{id}',
  'GET /fed/v1/metadata',
  'POST /admin/v1/Bulk',
  'GET /mfa/v1/users',
  'PATCH /mfa/v1/users/{id}',
  'GET /mfa/v1/users/{id}/factors',
  'POST /mfa/v1/users/{id}/factors',
  'PATCH /mfa/v1/users/{id}/factors/SecurityQuestions',
  'DELETE /mfa/v1/users/{id}/factors/{id}',
  'GET /mfa/v1/users/{id}/factors/{id}',
  'PATCH /mfa/v1/users/{id}/factors/{id}',
  'POST /mfa/v1/requests',
  'GET /mfa/v1/requests/{id}',
  'PATCH /mfa/v1/requests/{id}',
  'GET /job/v1/AppRoleMembershipImportDetailedJobReports',
  'GET /job/v1/AppRoleMembershipImportSummaryJobReports',
  'GET /job/v1/GroupImportDetailedJobReports',
  'GET /job/v1/GroupImportDetailedJobReports/{id}',
  'GET /job/v1/GroupImportSummaryJobReports',
  'GET /storage/v1/Files',
  'POST /storage/v1/Files',
]);

/** A route of the real service, and whether this build answers it. */
export interface CoveredRoute {
  readonly method: string;
  readonly path: string;
  readonly built: boolean;
}

/** Every route that the real service is known to have (docs/coverage.md prints them, a test calls them). */
export function coverage(): { endpoint: KnownEndpoint; routes: CoveredRoute[] }[] {
  return knownEndpoints().map((endpoint) => ({
    endpoint,
    routes: endpoint.routes.map(({ method, path, operation }) => ({
      method,
      path,
      built: isBuilt(endpoint, method, path, operation),
    })),
  }));
}

function isBuilt(endpoint: KnownEndpoint, method: string, path: string, operation: Operation | undefined): boolean {
  if (BUILT_ROUTES.has(`${method} ${path}`)) return true;
  const type = resourceTypeByPath(endpoint.path);
  if (!type) return false;
  return method === 'OPTIONS' || operation === undefined || type.operations.has(operation);
}
