import type { Domain } from '../domains/domain.ts';
import type { JsonValue } from '../scim/json.ts';

const DEFAULT_ISSUER = 'https://identity.oraclecloud.com/';

/**
 * The issuer of a domain's tokens.
 * IDCS: oauth.md §5.1, §11: the same constant for every domain, unless the domain's Settings have an issuer of their own.
 * @param strict strict OpenID mode (`IDCS_ISSUER=domain`): the domain's own address
 */
export function issuerOf(domain: Domain, baseUrl: string, strict: boolean): string {
  return issuerNamed(domain.settings['issuer'], baseUrl, strict);
}

/**
 * Every issuer whose tokens still count as assertions: the domain's, and the one before it.
 * IDCS: oauth.md §11: one previous issuer stays valid (Settings.prevIssuer).
 * @param strict as for `issuerOf`
 */
export function acceptedIssuers(domain: Domain, baseUrl: string, strict: boolean): ReadonlySet<string> {
  const issuers = new Set([issuerOf(domain, baseUrl, strict)]);
  const previous = domain.settings['prevIssuer'];
  if (typeof previous === 'string' && previous !== '') issuers.add(issuerNamed(previous, baseUrl, strict));
  return issuers;
}

function issuerNamed(configured: JsonValue | undefined, baseUrl: string, strict: boolean): string {
  if (typeof configured === 'string' && configured !== '' && configured !== DEFAULT_ISSUER) return configured;
  return strict ? baseUrl : DEFAULT_ISSUER;
}
