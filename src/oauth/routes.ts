import type { FastifyInstance } from 'fastify';
import { registerAuthorize } from './authorize/authorize-endpoint.ts';
import { registerConsent } from './authorize/consent-endpoint.ts';
import { registerDevice } from './device-endpoint.ts';
import { registerDiscovery } from './discovery.ts';
import { registerIntrospect } from './introspect.ts';
import { registerUserLogout } from './logout/userlogout.ts';
import { registerRevoke } from './revoke.ts';
import { registerSamlMetadata } from './saml/metadata-endpoint.ts';
import { registerSigningCertificate } from './signing-certificate.ts';
import { registerTokenEndpoint } from './token/token-endpoint.ts';
import type { OAuthServices } from './token/token-request.ts';
import { registerUserInfo } from './userinfo.ts';

export type { OAuthServices } from './token/token-request.ts';

/**
 * Mounts what a domain offers as an OAuth 2 and OpenID Connect provider.
 * The application parses forms (@fastify/formbody) and cookies, and turns what is thrown into answers.
 */
export function registerOAuthRoutes(app: FastifyInstance, services: OAuthServices): void {
  registerAuthorize(app, services);
  registerConsent(app, services);
  registerTokenEndpoint(app, services);
  registerDevice(app, services);
  registerIntrospect(app, services);
  registerRevoke(app, services);
  registerUserInfo(app, services);
  registerUserLogout(app, services);
  registerDiscovery(app, services);
  registerSigningCertificate(app, services);
  registerSamlMetadata(app, services);
}
