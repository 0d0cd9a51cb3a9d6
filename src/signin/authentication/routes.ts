import type { FastifyInstance } from 'fastify';
import { registerAuthenticate } from './authenticate-routes.ts';
import { registerSdkIdentityProvider } from './identity-provider-routes.ts';
import type { SdkServices } from './sdk-client.ts';
import { registerSdkSession } from './session-routes.ts';

export type { SdkServices } from './sdk-client.ts';

/** Mounts the Authentication API, below /sso/v1/sdk. */
export function registerAuthenticationRoutes(app: FastifyInstance, services: SdkServices): void {
  registerAuthenticate(app, services);
  registerSdkSession(app, services);
  registerSdkIdentityProvider(app, services);
}
