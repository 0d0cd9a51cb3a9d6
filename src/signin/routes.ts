import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { SignInContext, SignInServices } from './sign-in-services.ts';

/** What the routes of signing in need. */
export interface SignInRouteServices extends SignInServices {
  contextOf(request: FastifyRequest): SignInContext;
}

/** Mounts the pages of signing in, below /ui/v1. */
export function registerSignInRoutes(_app: FastifyInstance, _services: SignInRouteServices): void {}
