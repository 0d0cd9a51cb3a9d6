import type { FastifyInstance } from 'fastify';
import { registerDiscovery } from './discovery.ts';
import { registerSigningCertificate } from './signing-certificate.ts';
import { registerTokenEndpoint } from './token/token-endpoint.ts';
import type { OAuthServices } from './token/token-request.ts';

export type { OAuthContext, OAuthServices } from './token/token-request.ts';

/**
 * Mounts what a domain offers as an OAuth 2 and OpenID Connect provider: the token endpoint, discovery and the key set.
 * The application parses forms (@fastify/formbody) and turns what is thrown into answers.
 */
export function registerOAuthRoutes(app: FastifyInstance, services: OAuthServices): void {
  registerTokenEndpoint(app, services);
  registerDiscovery(app, services);
  registerSigningCertificate(app, services);
}
