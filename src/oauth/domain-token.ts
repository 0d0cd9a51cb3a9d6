import type { Domain } from '../domains/domain.ts';
import type { JsonObject } from '../scim/json.ts';
import { verifiedClaims } from './jwt.ts';
import type { KeyRing } from './keys/key-ring.ts';

/** Claims of a JWT that a domain signed, whatever has become of it since: it may have expired or been revoked. */
export interface DomainToken {
  readonly claims: JsonObject;
  /** IDCS: oauth.md §7.1: `tok_type`: `AT` access token, `IT` identity token. */
  readonly type: string;
  readonly jti: string;
  /** Seconds since the Unix epoch; 0 when the token names none. */
  readonly expires: number;
}

/** Reads a JWT that this domain signed; null for everything else: garbage, opaque tokens, tokens of other domains. */
export async function readDomainToken(keys: KeyRing, domain: Domain, token: string): Promise<DomainToken | null> {
  const claims = verifiedClaims(token, await keys.verifiers(domain));
  // Domains of a seeded run may share a key: the tenant says whose token it is.
  if (claims === null || claims['tenant'] !== domain.tenant) return null;
  const { tok_type: type, jti, exp } = claims;
  return {
    claims,
    type: typeof type === 'string' ? type : '',
    jti: typeof jti === 'string' ? jti : '',
    expires: typeof exp === 'number' ? exp : 0,
  };
}
