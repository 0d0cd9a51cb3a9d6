import type { FastifyInstance } from 'fastify';
import { registerSignInPage } from './sign-in-page.ts';
import type { SignInRouteServices } from './sign-in-services.ts';

export type { SignInRouteServices } from './sign-in-services.ts';

/** Mounts the pages of signing in, below /ui/v1. */
export function registerSignInRoutes(app: FastifyInstance, services: SignInRouteServices): void {
  registerSignInPage(app, services);
}
