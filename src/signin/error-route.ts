import type { FastifyInstance } from 'fastify';
import { PageError } from './page-error.ts';
import { pageRoute } from './page-route.ts';
import type { SignInRouteServices } from './sign-in-services.ts';

/**
 * Mounts the page that a browser is sent to when something went wrong and no other page is configured (IDCS: oauth.md §3). It
 * says nothing of what its address says: anybody can make an address.
 */
export function registerErrorPage(app: FastifyInstance, { contextOf }: SignInRouteServices): void {
  pageRoute(app, 'GET', '/ui/v1/error', contextOf, async () => {
    throw new PageError(400, 'error', 'Something went wrong. Go back to the application and start again.');
  });
}
