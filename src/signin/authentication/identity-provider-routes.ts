import type { FastifyInstance } from 'fastify';
import { ScimError } from '../../scim/errors.ts';
import { cause, RequestRefused, refuse } from './authentication-error.ts';
import { offeredProviders } from './offered-providers.ts';
import { openState } from './request-state.ts';
import type { SdkServices } from './sdk-client.ts';
import { fieldsOf, refuseForm } from './session-routes.ts';

/*
 * POST /sso/v1/sdk/secure/idp: the user has chosen to sign in at an identity provider. What the form names is checked; the way there
 * (SAML, social sign-in) is not built, and says so.
 */

/** Mounts the endpoints. */
export function registerSdkIdentityProvider(app: FastifyInstance, services: SdkServices): void {
  for (const path of ['/sso/v1/sdk/secure/idp', '/sso/v1/sdk/idp']) {
    app.post(path, async (request, reply) => {
      const context = services.contextOf(request);
      try {
        const fields = fieldsOf(request);
        const authorization = fields.get('authorization');
        if (authorization === undefined) throw new RequestRefused(400, cause('AUTH-1001', 'authorization'));
        const client = await services.clientOf(request, authorization);
        const state = fields.get('requestState');
        const appId = state === undefined ? null : openState(services, context, client.id, state).state.appId;
        const id = fields.get('idpId');
        if (id === undefined) throw refuse('AUTH-3021');
        const app = await services.store.resources.read(context.domain.id, 'App', appId ?? client.id);
        const { others } = await offeredProviders({ services, context }, app);
        if (!others.some(({ idpId }) => idpId === id)) throw refuse('AUTH-3021');
      } catch (error) {
        if (!(error instanceof RequestRefused)) throw error;
        return refuseForm(request, reply, context, error);
      }
      throw new ScimError(
        501,
        'Signing in at another identity provider exists in the real service but is not built here yet; see docs/coverage.md.',
      );
    });
  }
}
