import type { JsonObject } from '../../scim/json.ts';
import type { SignInContext } from '../sign-in-services.ts';
import type { AuthenticationServices } from './authentication-services.ts';
import { beginningState } from './authentication-state.ts';
import { identifyOffer } from './identify-step.ts';
import { sealState } from './request-state.ts';

/**
 * Begins a sign-in for an application that has a sign-in page of its own, while a request of a browser waits.
 * @param waiting `continueTo`: the path of the domain's that the browser goes on to with the session
 * @returns what GET /sso/v1/sdk/authenticate would answer; the first client that brings its requestState goes on
 */
export async function beginHandOff(
  services: Pick<AuthenticationServices, 'store' | 'secrets' | 'ids'>,
  context: SignInContext,
  waiting: { readonly appId: string; readonly continueTo: string },
): Promise<JsonObject> {
  const app = await services.store.resources.read(context.domain.id, 'App', waiting.appId);
  const state = beginningState({ clientId: null, ...waiting });
  return {
    status: 'success',
    ecId: context.request?.ecid ?? '',
    ...(await identifyOffer({ services, context }, app)),
    requestState: sealState(services, context, state),
  };
}
