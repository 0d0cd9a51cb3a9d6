import { hasEnded } from '../../signin/ended-sessions.ts';
import { BY_PASSWORD } from '../../signin/session.ts';
import { acceptedIssuers } from '../issuer.ts';
import { isRevoked } from '../revoked-tokens.ts';
import { hasOneOf, refusedAssertion, timeFault } from './assertion-claims.ts';
import { usable } from './assertion-subject.ts';
import type { SignedJwt } from './signed-jwt.ts';
import { LOCAL_IDENTITY_PROVIDER, rolesOfUser, type Subject } from './subject.ts';
import type { OAuthContext, OAuthServices } from './token-request.ts';

/**
 * The subject of an identity token of the domain itself, brought as a user assertion. The new token belongs to the same session.
 * IDCS: oauth.md §2.6: an identity token is a valid assertion since its `aud` has the domain's issuer; so is the authnToken of the
 * Authenticate API. Neither is documented to count once.
 * @returns null when no key of the domain signed it
 * @throws OAuthError invalid_grant for a token of the domain that is no good
 */
export async function domainTokenSubject(
  services: OAuthServices,
  context: OAuthContext,
  { header, claims, isSignedBy }: SignedJwt,
): Promise<Subject | null> {
  const { store, keys } = services;
  const { domain, clock, baseUrl } = context;
  const { kid } = header;
  const key = typeof kid === 'string' ? (await keys.verifiers(domain)).get(kid) : undefined;
  if (key === undefined || !isSignedBy(key)) return null;
  // Domains of a seeded run may share a key: the tenant says whose token it is.
  if (claims['tenant'] !== domain.tenant || claims['tok_type'] !== 'IT') {
    throw refusedAssertion('of the tokens of this domain, only identity tokens are user assertions');
  }
  if (!hasOneOf(claims['aud'], [...acceptedIssuers(domain, baseUrl, services.strictIssuer)])) {
    throw refusedAssertion('its aud claim must have the issuer of the domain');
  }
  const fault = timeFault(claims, Math.floor(clock.now() / 1000), 0);
  if (fault !== null) throw refusedAssertion(fault);
  const sessionId = String(claims['sid']);
  const isOver =
    (await hasEnded(store, domain.id, sessionId)) || (await isRevoked(store, domain.id, String(claims['jti'])));
  if (isOver) throw refusedAssertion('the session that it belongs to has ended');
  const named = await store.resources.read(domain.id, 'User', String(claims['user_id']));
  const user = await usable({ store, domain, clock }, named);
  const { auth_time, amr, idp_name, idp_guid, idp_type } = claims;
  return {
    user,
    roles: await rolesOfUser(store, domain, user.id),
    sessionId,
    authenticated: typeof auth_time === 'number' ? auth_time : Number(claims['iat']),
    amr: Array.isArray(amr) ? amr.map(String) : BY_PASSWORD,
    identityProvider:
      typeof idp_name === 'string'
        ? { name: idp_name, id: String(idp_guid), type: String(idp_type) }
        : LOCAL_IDENTITY_PROVIDER,
    sessionExpires: Number(claims['exp']),
  };
}
