import { createHash } from 'node:crypto';
import { resourceType } from '../../schemas/registry.ts';
import type { XmlElement } from '../../xml.ts';
import { readAssertion, refusedSaml, type UnverifiedAssertion } from '../saml/saml-assertion.ts';
import { readStatement, type SamlRules, type SamlStatement } from '../saml/saml-statement.ts';
import { answerToAssertion } from './assertion-answer.ts';
import { ownAudiences, useOnce } from './assertion-claims.ts';
import { userOfAssertion } from './assertion-subject.ts';
import type { GrantHandler } from './grant-handler.ts';
import { certificateOf } from './partner-certificates.ts';
import { type IdentityProvider, newSubject, type Subject } from './subject.ts';
import type { OAuthContext, OAuthServices } from './token-request.ts';

/** Milliseconds that the issuer's clock may differ; inferred. */
const SKEW = 60_000;
/** Partners that are tried when the assertion doesn't say which certificate it is signed by. */
const MOST_TRIED = 20;

/**
 * The saml2-bearer grant (RFC 7522 §2.1): an assertion of a SAML partner gives a token for its subject.
 * IDCS: oauth.md §2.6. Which partner counts is not documented; the domain's list of partners whose assertions it believes is
 * OAuthPartnerCertificates. That SAML tokens say `saml` in `gtp` is inferred from `jwt`.
 */
export const saml2BearerGrant: GrantHandler = (services, context, client, form) =>
  answerToAssertion(services, context, client, form, async (text) => {
    const assertion = await readAssertion(text);
    const { element, provider } = await verifyByPartner(services, context, assertion);
    const statement = readStatement(element, samlRules(services, context, SKEW));
    const subject = await subjectOf(services, context, statement, provider);
    await useAssertion(services, context, statement, SKEW);
    return { subject, lifetime: null, gtp: 'saml' };
  });

/**
 * What assertions for this domain have to say.
 * IDCS: oauth.md §2.6: Recipient is the issuer, the domain's address, or the endpoint of its SAML service provider. The provider's
 * own name, for Audience, is inferred from that.
 * @param skew milliseconds
 */
export function samlRules(
  services: Pick<OAuthServices, 'strictIssuer' | 'mtlsPort'>,
  context: OAuthContext,
  skew: number,
): SamlRules {
  const own = ownAudiences(services, context);
  return {
    audiences: [...own, `${context.baseUrl}/fed`],
    recipients: [...own, `${context.baseUrl}/fed/v1/sp/sso`],
    now: context.clock.now(),
    skew,
  };
}

/** Makes an assertion count once. @throws OAuthError invalid_grant when it was brought before */
export async function useAssertion(
  services: Pick<OAuthServices, 'store'>,
  context: OAuthContext,
  { id, issuer, expires }: SamlStatement,
  skew: number,
): Promise<void> {
  const isFirst = await useOnce(services, context, 'saml-assertion', [issuer, id], expires + skew);
  if (!isFirst) throw refusedSaml('it was used before');
}

async function verifyByPartner(
  { store }: OAuthServices,
  { domain }: OAuthContext,
  assertion: UnverifiedAssertion,
): Promise<{ readonly element: XmlElement; readonly provider: IdentityProvider }> {
  const type = resourceType('OAuthPartnerCertificate');
  const named = assertion.certificate;
  const attribute = type.resolve('sha256Thumbprint')!;
  const filter = named === null ? null : { op: 'eq' as const, attribute, value: sha256(named) };
  const query = { type, filter, sortBy: null, descending: false, offset: 0, limit: MOST_TRIED };
  for (const row of (await store.resources.search(domain.id, query)).resources) {
    const certificate = certificateOf(row);
    if (certificate === null) continue;
    const element = await assertion.verify(certificate.publicKey);
    // IDCS: oauth.md §7.1: the claims idp_name, idp_guid and idp_type name the partner.
    const provider = { name: String(row.data['certificateAlias']), id: row.id, type: 'SAML' };
    if (element !== null) return { element, provider };
  }
  throw refusedSaml('no trusted partner certificate of the domain has signed it. Import the one of its issuer');
}

/** As OAuthPartnerCertificates keep the thumbprint. @param base64 of DER */
function sha256(base64: string): string {
  return createHash('sha256').update(Buffer.from(base64, 'base64')).digest('base64url');
}

async function subjectOf(
  services: OAuthServices,
  context: OAuthContext,
  { nameId, authenticated, sessionExpires }: SamlStatement,
  identityProvider: IdentityProvider,
): Promise<Subject> {
  return await newSubject(services, context, await userOfAssertion(services, context, nameId), {
    authenticated: Math.floor((authenticated ?? context.clock.now()) / 1000),
    amr: ['SAML'],
    identityProvider,
    sessionExpires: sessionExpires === null ? null : Math.floor(sessionExpires / 1000),
  });
}
