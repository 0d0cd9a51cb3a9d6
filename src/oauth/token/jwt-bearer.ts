import type { X509Certificate } from 'node:crypto';
import type { Client } from '../client.ts';
import { type AssertedSubject, answerToAssertion } from './assertion-answer.ts';
import { hasOneOf, ownAudiences, refusedAssertion, timeFault, useOnce } from './assertion-claims.ts';
import { userOfAssertion } from './assertion-subject.ts';
import { clientCertificate } from './client-certificates.ts';
import { domainTokenSubject } from './domain-token-assertion.ts';
import type { GrantHandler } from './grant-handler.ts';
import { partnerCertificate } from './partner-certificates.ts';
import { readSignedJwt, type SignedJwt } from './signed-jwt.ts';
import { newSubject, type Subject } from './subject.ts';
import type { OAuthContext, OAuthServices } from './token-request.ts';

/** Seconds that the clock of whoever signs may be ahead; inferred, the service's is not documented. */
const SKEW = 60;
/** IDCS: oauth.md §7.1. */
const GTP = 'jwt';

/**
 * The jwt-bearer grant (RFC 7523 §2.1): a signed statement about a user gives a token for that user.
 * IDCS: oauth.md §2.6: the statement is an identity token of the domain, or signed by a certificate of a trusted client or of a
 * trusted partner.
 */
export const jwtBearerGrant: GrantHandler = (services, context, client, form) =>
  answerToAssertion(services, context, client, form, async (assertion) => {
    const jwt = readSignedJwt(assertion);
    if (jwt === null) throw refusedAssertion('it must be a JWT that is signed with RS256');
    const own = await domainTokenSubject(services, context, jwt);
    if (own !== null) {
      // IDCS: shapes.md §7: a token for an authnToken was recorded to live for 7600 seconds, more than the usual hour.
      const lifetime = Number(jwt.claims['exp']) - Math.floor(context.clock.now() / 1000);
      return { subject: own, lifetime, gtp: GTP };
    }
    return await verifyForeign(services, context, client, jwt);
  });

async function verifyForeign(
  services: OAuthServices,
  context: OAuthContext,
  client: Client,
  jwt: SignedJwt,
): Promise<AssertedSubject> {
  const { claims } = jwt;
  await checkSignature(services, context, client, jwt);
  const { sub, iss, jti, exp } = claims;
  if (typeof sub !== 'string' || sub === '') throw refusedAssertion('its sub claim must name the user');
  if (!hasOneOf(claims['aud'], ownAudiences(services, context))) {
    throw refusedAssertion(`its aud claim must have ${context.baseUrl}/ or the issuer of the domain`);
  }
  const fault = timeFault(claims, Math.floor(context.clock.now() / 1000), SKEW);
  if (fault !== null) throw refusedAssertion(fault);
  if (jti !== undefined && typeof jti !== 'string') throw refusedAssertion('its jti claim must be a string');
  // IDCS: oauth.md §2, matrix: the subject may be a client. That only the signing client itself is meant is inferred.
  const subject = sub === client.name && iss === client.name ? null : await subjectOf(services, context, sub);
  if (jti !== undefined) {
    const until = (Number(exp) + SKEW) * 1000;
    const isFirst = await useOnce(services, context, 'user-assertion', [String(iss), jti], until);
    if (!isFirst) throw refusedAssertion('its jti was used before');
  }
  return { subject, lifetime: null, gtp: GTP };
}

/** Checks who signed it, and that they may speak for the issuer that it names. */
async function checkSignature(
  { store }: OAuthServices,
  { domain }: OAuthContext,
  client: Client,
  jwt: SignedJwt,
): Promise<void> {
  const { kid, x5t } = jwt.header;
  const header = { ...text('kid', kid), ...text('x5t', x5t) };
  if (header.kid === undefined && header.x5t === undefined)
    throw refusedAssertion('its header has neither kid nor x5t');
  const { iss } = jwt.claims;
  if (typeof iss !== 'string' || iss === '') throw refusedAssertion('its iss claim must name who signed it');
  const signed = (certificate: X509Certificate | null) => certificate !== null && jwt.isSignedBy(certificate.publicKey);
  if (signed(await clientCertificate(store, domain, client, header))) {
    if (client.type !== 'trusted') {
      throw refusedAssertion('only a client with the clientType trusted may sign user assertions itself');
    }
    if (iss !== client.name) throw refusedAssertion('its iss claim must be the client id');
    return;
  }
  // IDCS: what a partner calls itself is written down nowhere: its certificate alone is what the domain trusts.
  if (signed(await partnerCertificate(store, domain, header))) return;
  throw refusedAssertion(
    'its kid or x5t names no certificate of the client or of a trusted partner, or the signature is not made by it',
  );
}

function text(name: 'kid' | 'x5t', value: unknown): { kid?: string; x5t?: string } {
  return typeof value === 'string' && value !== '' ? { [name]: value } : {};
}

/** Inferred: how the user signed in elsewhere is not known, so that `amr` says what was shown here. */
async function subjectOf(services: OAuthServices, context: OAuthContext, name: string): Promise<Subject> {
  return await newSubject(services, context, await userOfAssertion(services, context, name), { amr: ['JWT'] });
}
