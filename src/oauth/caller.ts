import type { X509Certificate } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../clock.ts';
import type { Domain } from '../domains/domain.ts';
import type { Caller } from '../resources/request-context.ts';
import { ScimError } from '../scim/errors.ts';
import { AUTHENTICATED } from './admin-scopes.ts';
import { authenticateBearer, type BearerServices } from './bearer.ts';
import { SignatureRefused, signerOf } from './oci-signature.ts';
import { isSigned } from './raw-body.ts';
import { rolesOfUser } from './token/subject.ts';

/**
 * Who makes a request: the subject of its token, or the user who signed it. A signature gives the user's own rights, with no
 * client to narrow them.
 * @throws ScimError 401
 * @throws GatewayUnauthorized for a token that can't be used
 */
export async function authenticateCaller(
  services: BearerServices,
  context: { readonly domain: Domain; readonly clock: Clock; readonly clientCertificate?: X509Certificate | null },
  request: FastifyRequest,
): Promise<Caller> {
  const { domain, clock, clientCertificate } = context;
  if (!isSigned(request)) {
    return await authenticateBearer(services, domain, clock, request.headers.authorization, clientCertificate ?? null);
  }
  try {
    const { id, ocid, data } = await signerOf(services, context, request);
    const roles = new Set([AUTHENTICATED, ...(await rolesOfUser(services.store, domain, id))]);
    const display = String(data['displayName'] ?? data['userName']);
    return { type: 'User', id, ocid, display, name: String(data['userName']), roles, clientId: null };
  } catch (error) {
    if (!(error instanceof SignatureRefused)) throw error;
    throw new ScimError(401, `Operation failed due to unauthorized access. ${error.message}`, {
      messageId: 'error.common.exception.unauthorizedAccess',
    });
  }
}
