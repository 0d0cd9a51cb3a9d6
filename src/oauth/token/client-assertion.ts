import type { JWTPayload } from 'jose';
import type { Client } from '../client.ts';
import { decodeJwtPart } from '../jwt.ts';
import { LATEST, ownAudiences, useOnce } from './assertion-claims.ts';
import { clientCertificate } from './client-certificates.ts';
import { OAuthError } from './oauth-error.ts';
import type { OAuthContext, OAuthServices } from './token-request.ts';

/** RFC 7523 §2.2. */
export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** jose is loaded at the first assertion: most runs never see one. */
const library = () => import('jose');

/**
 * The client that an assertion speaks for, unverified.
 * @throws OAuthError invalid_client when it is no JWT or names no subject
 */
export function clientIdOfAssertion(assertion: string): string {
  const subject = decodeJwtPart(assertion.split('.')[1])?.['sub'];
  if (typeof subject === 'string' && subject !== '') return subject;
  throw refused('it is not a JWT with the client id as its sub claim');
}

/**
 * Verifies a client assertion (private_key_jwt).
 * IDCS: oauth.md §2.6: RS256 only; `kid` or `x5t` is required; `sub` and `iss` are the client id; `aud` must have the domain's
 * address or the issuer; `exp` is required. A `jti` counts once.
 * @throws OAuthError invalid_client that says what is wrong with it
 */
export async function verifyClientAssertion(
  services: Pick<OAuthServices, 'store' | 'strictIssuer' | 'mtlsPort'>,
  context: OAuthContext,
  client: Client,
  assertion: string,
): Promise<void> {
  const { decodeProtectedHeader, errors, jwtVerify } = await library();
  let payload: JWTPayload;
  try {
    const { kid, x5t } = decodeProtectedHeader(assertion);
    if (kid === undefined && x5t === undefined) throw refused('its header has neither kid nor x5t');
    const certificate = await clientCertificate(services.store, context.domain, client, { kid, x5t });
    if (certificate === null) throw refused('the client has no certificate for its kid or x5t');
    ({ payload } = await jwtVerify(assertion, certificate.publicKey, {
      algorithms: ['RS256'],
      issuer: client.name,
      subject: client.name,
      audience: [...ownAudiences(services, context)],
      requiredClaims: ['exp'],
      currentDate: new Date(context.clock.now()),
    }));
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) throw refused(error.message);
    throw error;
  }
  if (payload.exp! > LATEST) throw refused('its exp claim must be in seconds');
  if (payload.jti === undefined) return;
  const isFirst = await useOnce(services, context, 'client-assertion', [client.id, payload.jti], payload.exp! * 1000);
  if (!isFirst) throw refused('its jti was used before');
}

function refused(why: string): OAuthError {
  return new OAuthError('invalid_client', `The client assertion is not accepted: ${why}.`);
}
