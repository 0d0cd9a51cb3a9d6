import type { Domain } from '../domains/domain.ts';

const DEFAULT_ISSUER = 'https://identity.oraclecloud.com/';

/**
 * The issuer of a domain's tokens.
 * IDCS: oauth.md §5.1, §11: the same constant for every domain, unless the domain's Settings have an issuer of their own.
 * @param strict strict OpenID mode (`IDCS_ISSUER=domain`): the domain's own address
 */
export function issuerOf(domain: Domain, baseUrl: string, strict: boolean): string {
  const configured = domain.settings['issuer'];
  if (typeof configured === 'string' && configured !== '' && configured !== DEFAULT_ISSUER) return configured;
  return strict ? baseUrl : DEFAULT_ISSUER;
}
