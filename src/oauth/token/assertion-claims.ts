import type { JsonObject } from '../../scim/json.ts';
import { tokenHash } from '../../store/token-hash.ts';
import { issuerOf } from '../issuer.ts';
import { secureAddress } from '../secure-address.ts';
import { OAuthError } from './oauth-error.ts';
import type { OAuthContext, OAuthServices } from './token-request.ts';

/*
 * What assertions of every kind have in common: who they are meant for, when they are good, and that they count once.
 */

/** 9999-12-31, in seconds: what is later was meant as milliseconds, and no date can hold it. */
export const LATEST = 253_402_300_799;

/** A user assertion that is not accepted. @param why continues "The assertion is not accepted: " */
export function refusedAssertion(why: string): OAuthError {
  return new OAuthError('invalid_grant', `The assertion is not accepted: ${why}.`);
}

/**
 * What an assertion may call the domain: its address or issuer, each with and without the slash that RFC 3986 says makes no
 * difference, and RFC 7523's own choice, the token endpoint. IDCS: oauth.md §2.6.
 */
export function ownAudiences(
  services: Pick<OAuthServices, 'strictIssuer' | 'mtlsPort'>,
  context: OAuthContext,
): readonly string[] {
  const { domain, baseUrl } = context;
  const secureUrl = secureAddress(baseUrl, services.mtlsPort());
  const addresses = secureUrl === null ? [baseUrl] : [baseUrl, secureUrl];
  const bare = [...addresses, issuerOf(domain, baseUrl, services.strictIssuer).replace(/\/$/, '')];
  return [...bare, ...bare.map((url) => `${url}/`), ...addresses.map((url) => `${url}/oauth2/v1/token`)];
}

/** Whether a claim that is a string or an array (`aud`) has one of the values. */
export function hasOneOf(claim: JsonObject[string] | undefined, values: readonly string[]): boolean {
  const list = Array.isArray(claim) ? claim : [claim];
  return list.some((item) => typeof item === 'string' && values.includes(item));
}

/**
 * Checks `exp`, `nbf` and `iat`.
 * @param now seconds since the Unix epoch, by the domain's clock
 * @param skew seconds that the issuer's clock may differ
 * @returns what is wrong; null: nothing
 */
export function timeFault(claims: JsonObject, now: number, skew: number): string | null {
  const { exp, nbf, iat } = claims;
  if (typeof exp !== 'number' || !(exp <= LATEST)) {
    return 'its exp claim must be a time in seconds since 1970, as a number';
  }
  if (exp + skew <= now) return 'it has expired';
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf - skew <= now)) return 'it is not valid yet (nbf)';
  if (iat !== undefined && !(typeof iat === 'number' && iat - skew <= now)) return 'it was issued in the future (iat)';
  return null;
}

/**
 * Makes an assertion count once: of several requests that bring it, one goes on.
 * @param kind which name space the id is in
 * @param expires milliseconds since the Unix epoch: it need not be remembered longer
 * @returns false when it was used before
 */
export async function useOnce(
  { store }: Pick<OAuthServices, 'store'>,
  { domain }: OAuthContext,
  kind: string,
  id: readonly string[],
  expires: number,
): Promise<boolean> {
  const hash = tokenHash(JSON.stringify(id));
  return await store.tokens.remember(domain.id, kind, hash, Math.ceil(expires));
}
