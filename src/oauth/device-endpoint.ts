import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { JsonObject } from '../scim/json.ts';
import { type Client, findClient } from './client.ts';
import { beginDeviceAuthorization, DEVICE_CODE_LIFETIME, POLL_INTERVAL } from './device-authorization.ts';
import { DEVICE_PATH, registerDevicePage } from './device-page.ts';
import { formEndpoint } from './form-endpoint.ts';
import { DEVICE_CODE_GRANT } from './token/device-code.ts';
import { OAuthError } from './token/oauth-error.ts';
import { requestScope } from './token/requested-scope.ts';
import { type OAuthContext, type OAuthServices, required, type TokenForm } from './token/token-request.ts';

/*
 * POST /oauth2/v1/device (RFC 8628 §3.1): a device asks for a code that its user types elsewhere.
 * IDCS: oauth.md §2.7: the client is only named, also a confidential one; it authenticates when it asks for the tokens. The
 * Authorization header of the printed example is no authentication, so that any is ignored.
 */

/** Mounts the device authorization endpoint and the page for its users. */
export function registerDevice(app: FastifyInstance, services: OAuthServices): void {
  formEndpoint(app, '/oauth2/v1/device', (request, form) => answer(services, request, form));
  registerDevicePage(app, services);
}

async function answer(services: OAuthServices, request: FastifyRequest, form: TokenForm): Promise<JsonObject> {
  const context = services.contextOf(request);
  // RFC 8628 §3.1 knows no response_type, and its clients send none.
  const responseType = services.strictIssuer ? form.get('response_type') : required(form, 'response_type');
  if (responseType !== undefined && responseType !== 'device_code') {
    throw new OAuthError('unsupported_response_type', 'The response_type of this endpoint is device_code.');
  }
  const client = await clientOf(services, context, required(form, 'client_id'));
  const scope = required(form, 'scope');
  // Refused here, where somebody sees it, and not when the user has typed the code.
  await requestScope(services, context, client, scope);
  const { deviceCode, userCode } = await beginDeviceAuthorization(services, context, client, scope);
  const verificationUri = `${context.baseUrl}${DEVICE_PATH}`;
  return {
    expires_in: DEVICE_CODE_LIFETIME,
    device_code: deviceCode,
    user_code: userCode,
    verification_uri: verificationUri,
    // IDCS: oauth.md §2.7: neither is sent. Without `interval` a device waits 5 seconds (RFC 8628 §3.2).
    ...(services.strictIssuer
      ? { interval: POLL_INTERVAL, verification_uri_complete: `${verificationUri}?user_code=${userCode}` }
      : {}),
  };
}

async function clientOf({ store }: OAuthServices, { domain }: OAuthContext, clientId: string): Promise<Client> {
  const client = await findClient(store, domain, clientId);
  if (client === null || !client.active) {
    throw new OAuthError('invalid_client', 'The client_id is not that of an active client.');
  }
  if (client.allowedGrants.has(DEVICE_CODE_GRANT)) return client;
  throw new OAuthError(
    'unauthorized_client',
    `Add ${DEVICE_CODE_GRANT} to the allowedGrants of the client to use this grant.`,
  );
}
