import type { JsonObject } from '../scim/json.ts';
import { readDomainToken } from './domain-token.ts';
import { decodeJwtPart } from './jwt.ts';
import { isRevoked } from './revoked-tokens.ts';
import type { OAuthContext, OAuthServices } from './token/token-request.ts';

/** A token taken apart, with what is to be said for and against it. */
export interface DecodedToken {
  /** null: it is no JWT. */
  readonly header: JsonObject | null;
  readonly claims: JsonObject | null;
  /** This domain has signed it. */
  readonly verified: boolean;
  readonly expired: boolean;
  readonly revoked: boolean;
  readonly findings: readonly Finding[];
}

/** A sentence about a token. */
export interface Finding {
  readonly good: boolean;
  readonly text: string;
}

/** Takes a token apart, whoever made it, and says what this domain would make of it. */
export async function decodeToken(
  { keys, store }: Pick<OAuthServices, 'keys' | 'store'>,
  { domain, clock }: Pick<OAuthContext, 'domain' | 'clock'>,
  token: string,
): Promise<DecodedToken> {
  const [header, claims, ...rest] = token.split('.');
  const parts = { header: decodeJwtPart(header), claims: decodeJwtPart(claims) };
  if (parts.header === null || parts.claims === null || rest.length !== 1) {
    const text = 'It is not a JWT. Refresh tokens and codes are opaque: introspection tells about refresh tokens.';
    const none = { verified: false, expired: false, revoked: false };
    return { header: null, claims: null, ...none, findings: [{ good: false, text }] };
  }
  const known = await readDomainToken(keys, domain, token);
  const revoked = known !== null && (await isRevoked(store, domain.id, known.jti));
  const time = timeFindings(parts.claims, Math.floor(clock.now() / 1000));
  const findings = [signatureFinding(parts, domain.name, known !== null), ...time.findings];
  if (known !== null) {
    findings.push(
      revoked
        ? { good: false, text: 'It was revoked, or the authorization that it belongs to was.' }
        : { good: true, text: 'It was not revoked.' },
    );
  }
  return { ...parts, verified: known !== null, expired: time.expired, revoked, findings };
}

function signatureFinding(
  { header, claims }: { header: JsonObject | null; claims: JsonObject | null },
  domainName: string,
  verified: boolean,
): Finding {
  if (verified) return { good: true, text: `The domain ${domainName} has signed it.` };
  const { alg } = header ?? {};
  if (alg !== 'RS256') return { good: false, text: `Its alg is ${String(alg)}; this domain signs with RS256 only.` };
  const tenant = claims?.['tenant'];
  return {
    good: false,
    text: `No key of the domain ${domainName} has signed it${typeof tenant === 'string' ? `; its tenant is ${tenant}` : ''}.`,
  };
}

/** @param now seconds since the Unix epoch */
function timeFindings(claims: JsonObject, now: number): { expired: boolean; findings: Finding[] } {
  const { exp, nbf } = claims;
  const expired = typeof exp !== 'number' || exp <= now;
  const findings: Finding[] = [];
  if (typeof exp !== 'number') findings.push({ good: false, text: 'It has no exp claim that is a number.' });
  else if (expired) findings.push({ good: false, text: `It expired ${now - exp} seconds ago, by the domain's clock.` });
  else findings.push({ good: true, text: `It expires in ${exp - now} seconds, by the domain's clock.` });
  if (typeof nbf === 'number' && nbf > now) {
    findings.push({ good: false, text: `It is not valid for another ${nbf - now} seconds.` });
  }
  return { expired, findings };
}
