import type { KeyObject } from 'node:crypto';
import { readCertificate } from '../../resources/certificate-text.ts';
import type { ClaimValues } from '../../resources/impersonation-rule.ts';
import { resourceType } from '../../schemas/registry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import { readAssertion } from '../saml/saml-assertion.ts';
import { readStatement } from '../saml/saml-statement.ts';
import { refusedAssertion, timeFault } from './assertion-claims.ts';
import { remoteKey } from './remote-keys.ts';
import { samlRules, useAssertion } from './saml2-bearer.ts';
import { readSignedJwt, type SignedJwt } from './signed-jwt.ts';
import type { OAuthContext, OAuthServices } from './token-request.ts';

/*
 * Tokens of other issuers, verified by the IdentityPropagationTrust that names their issuer (oauth.md §2.11).
 */

/** A token of another issuer that was verified. */
export interface ForeignToken {
  readonly trust: JsonObject;
  readonly claims: ClaimValues;
  /** What it calls its subject where the trust names no claim. */
  readonly subject: string | null;
}

const DEFAULT_SKEW = 60;

/** Finds the trust of a token's issuer. `check`: refuses a caller that the trust doesn't list, before anything else is done. */
export type TrustCheck = (trust: JsonObject) => void;

/**
 * Verifies a JWT: RS256, by the trust's certificate or key set; `exp`, `nbf` and `iat` with the trust's skew.
 * @throws OAuthError invalid_grant
 */
export async function verifyForeignJwt(
  services: OAuthServices,
  context: OAuthContext,
  text: string,
  check: TrustCheck,
): Promise<ForeignToken> {
  const jwt = readSignedJwt(text);
  if (jwt === null) throw refusedAssertion('it must be a JWT that is signed with RS256');
  const { claims } = jwt;
  const trust = await findTrust(services, context, 'JWT', claims['iss']);
  check(trust);
  if (!jwt.isSignedBy(await keyOf(trust, jwt)))
    throw refusedAssertion('its signature is not made by a key of the trust');
  const fault = timeFault(claims, Math.floor(context.clock.now() / 1000), skewOf(trust));
  if (fault !== null) throw refusedAssertion(fault);
  const values: ClaimValues = (name) => textsOf(claimAt(claims, name));
  checkClaims(trust, values);
  return { trust, claims: values, subject: values('sub')[0] ?? null };
}

/** Verifies a SAML assertion by the trust's certificate. Its attributes are its claims. @throws OAuthError invalid_grant */
export async function verifyForeignSaml(
  services: OAuthServices,
  context: OAuthContext,
  text: string,
  check: TrustCheck,
): Promise<ForeignToken> {
  const assertion = await readAssertion(text);
  const trust = await findTrust(services, context, 'SAML', assertion.issuer);
  check(trust);
  const key = certificateKey(trust);
  const element = key === null ? null : await assertion.verify(key);
  if (element === null) throw refusedAssertion('its signature is not made by the publicCertificate of the trust');
  const skew = skewOf(trust) * 1000;
  const statement = readStatement(element, samlRules(services, context, skew));
  if (statement.issuer !== trust['issuer']) throw refusedAssertion('its Issuer is not the one of the trust');
  const values: ClaimValues = (name) =>
    name === 'NameID' || name === 'sub' ? [statement.nameId] : (statement.attributes.get(name) ?? []);
  checkClaims(trust, values);
  await useAssertion(services, context, statement, skew);
  return { trust, claims: values, subject: statement.nameId };
}

async function findTrust(
  { store }: OAuthServices,
  { domain }: OAuthContext,
  wanted: 'JWT' | 'SAML',
  issuer: JsonValue | undefined,
): Promise<JsonObject> {
  if (typeof issuer === 'string' && issuer !== '' && !issuer.includes('\0')) {
    const type = resourceType('IdentityPropagationTrust');
    const filter = { op: 'eq' as const, attribute: type.resolve('issuer')!, value: issuer };
    const query = { type, filter, sortBy: null, descending: false, offset: 0, limit: 1 };
    const { resources } = await store.resources.search(domain.id, query);
    if (isTrustOf(resources[0], wanted, issuer)) return resources[0]!.data;
  }
  throw refusedAssertion(`no active IdentityPropagationTrust of the type ${wanted} has its issuer`);
}

function isTrustOf(row: StoredResource | undefined, type: string, issuer: string): boolean {
  return row?.data['active'] === true && row.data['type'] === type && row.data['issuer'] === issuer;
}

async function keyOf(trust: JsonObject, { header }: SignedJwt): Promise<KeyObject> {
  const key = certificateKey(trust);
  if (key !== null) return key;
  const { kid } = header;
  return await remoteKey(String(trust['publicKeyEndpoint']), typeof kid === 'string' ? kid : undefined);
}

function certificateKey(trust: JsonObject): KeyObject | null {
  const text = trust['publicCertificate'];
  return typeof text === 'string' ? (readCertificate(text)?.publicKey ?? null) : null;
}

/** IDCS: clientClaimName with clientClaimValues says which applications of the issuer count; claimValidations what else must hold. */
function checkClaims(trust: JsonObject, claims: ClaimValues): void {
  const { clientClaimName, clientClaimValues, claimValidations } = trust;
  if (typeof clientClaimName === 'string') {
    const allowed = Array.isArray(clientClaimValues) ? clientClaimValues : [];
    if (!claims(clientClaimName).some((value) => allowed.includes(value))) {
      throw refusedAssertion(`its claim ${clientClaimName} has none of the trust's clientClaimValues`);
    }
  }
  for (const validation of Array.isArray(claimValidations) ? claimValidations : []) {
    if (!isObject(validation)) continue;
    const name = String(validation['name']);
    if (!claims(name).includes(String(validation['value']))) {
      throw refusedAssertion(`its claim ${name} is not as the trust's claimValidations say`);
    }
  }
}

function skewOf(trust: JsonObject): number {
  const skew = trust['clockSkewSeconds'];
  return typeof skew === 'number' ? skew : DEFAULT_SKEW;
}

function claimAt(claims: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}

function textsOf(value: JsonValue | undefined): readonly string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.flatMap((item) =>
    typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean' ? [String(item)] : [],
  );
}
