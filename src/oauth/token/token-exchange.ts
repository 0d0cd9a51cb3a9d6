import type { FastifyRequest } from 'fastify';
import type { JsonObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import { SignatureRefused, signerOf } from '../oci-signature.ts';
import { isSigned } from '../raw-body.ts';
import { authenticate } from './client-authentication.ts';
import { OAuthError } from './oauth-error.ts';
import { exchangeSignature } from './signed-exchange.ts';
import { type OAuthContext, type OAuthServices, required, type TokenForm } from './token-request.ts';
import { exchangeForUpst } from './upst-exchange.ts';

/** The grant (RFC 8693). */
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

const UPST = 'urn:oci:token-type:oci-upst';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

/**
 * Token exchange. It is the one grant that no App lists in allowedGrants: the trust says which clients may, or who signed the
 * request counts.
 * IDCS: oauth.md §2: neither a check box nor an allowedGrants value is shown for it.
 */
export async function exchangeToken(
  services: OAuthServices,
  context: OAuthContext,
  request: FastifyRequest,
  form: TokenForm,
): Promise<JsonObject> {
  const wanted = required(form, 'requested_token_type');
  if (wanted !== UPST && wanted !== ACCESS_TOKEN) {
    throw new OAuthError('invalid_request', `The parameter requested_token_type must be ${UPST} or ${ACCESS_TOKEN}.`);
  }
  if (isSigned(request)) {
    const user = await signer(services, context, request);
    if (wanted === ACCESS_TOKEN) return await exchangeSignature(services, context, user, form);
    return await exchangeForUpst(services, context, null, form);
  }
  if (wanted === ACCESS_TOKEN) {
    throw new OAuthError(
      'invalid_client',
      'This exchange takes the place of a client by an OCI request signature: sign the request.',
    );
  }
  const { client } = await authenticate(services, context, request.headers.authorization, form);
  if (client.type === 'public') {
    throw new OAuthError('unauthorized_client', 'A public client can not exchange tokens; use a confidential one.');
  }
  return await exchangeForUpst(services, context, client, form);
}

async function signer(
  services: OAuthServices,
  context: OAuthContext,
  request: FastifyRequest,
): Promise<StoredResource> {
  try {
    return await signerOf(services, context, request);
  } catch (error) {
    if (error instanceof SignatureRefused) throw new OAuthError('invalid_client', error.message);
    throw error;
  }
}
