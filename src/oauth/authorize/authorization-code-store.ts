import type { JsonObject } from '../../scim/json.ts';
import { tokenHash } from '../../store/token-hash.ts';
import { newOpaqueToken } from '../opaque-token.ts';
import { revokeFamily } from '../revoked-tokens.ts';
import { OAuthError } from '../token/oauth-error.ts';
import type { KeptSubject } from '../token/subject.ts';
import type { OAuthContext, OAuthServices } from '../token/token-request.ts';
import type { CodeChallenge } from './pkce.ts';

const KIND = 'code';
const USED = 'used-code';
/** IDCS: oauth.md §2.3: a code lives 3 minutes; milliseconds. */
const LIFETIME_MS = 3 * 60 * 1000;
/** How long a replay is recognized; milliseconds. After that the code is just unknown. */
const USED_LIFETIME_MS = 24 * 3600 * 1000;

/** What an authorization code stands for. */
export interface CodeGrant extends KeptSubject {
  /** App.id of the client that it was given to. */
  readonly clientId: string;
  readonly redirectUri: string;
  /** The scope parameter of the request: what it gives is worked out when the code is exchanged. */
  readonly scope: string;
  readonly nonce: string | null;
  readonly challenge: CodeChallenge | null;
  /** Name of everything that comes of this authorization (revoked-tokens.ts). */
  readonly family: string;
}

/** Makes a code; the store keeps only its SHA-256. */
export async function issueCode(
  { store, ids }: OAuthServices,
  { domain, clock }: OAuthContext,
  grant: CodeGrant,
): Promise<string> {
  const code = newOpaqueToken(ids);
  const created = clock.now();
  await store.tokens.insert(domain.id, {
    hash: tokenHash(code),
    kind: KIND,
    created,
    expires: created + LIFETIME_MS,
    data: { ...grant } as unknown as JsonObject,
  });
  return code;
}

/**
 * Uses up a code. Of several that try at once one gets it; the others are replays, and a replay revokes everything that came of
 * the code (RFC 6749 §4.1.2).
 * @param check throws when the request may not have what the code stands for: then the code is left as it is
 * @throws OAuthError invalid_grant
 */
export async function redeemCode(
  { store }: OAuthServices,
  { domain, clock, log }: OAuthContext,
  code: string,
  check: (grant: Pick<CodeGrant, 'clientId'>) => void,
  checkFresh: (grant: CodeGrant) => void,
): Promise<CodeGrant> {
  const hash = tokenHash(code);
  const { tokens } = store;
  const row = await tokens.find(domain.id, KIND, hash);
  if (row !== null) {
    const now = clock.now();
    if (row.expires <= now) throw unknownCode();
    const grant = row.data as unknown as CodeGrant;
    check(grant);
    checkFresh(grant);
    const { clientId, family } = grant;
    const used = { hash, kind: USED, created: now, expires: now + USED_LIFETIME_MS, data: { clientId, family } };
    if (await tokens.turn(domain.id, KIND, used)) return grant;
  }
  // It was used before, or another request was faster.
  const found = await tokens.find(domain.id, USED, hash);
  if (found === null) throw unknownCode();
  const grant = found.data as unknown as Pick<CodeGrant, 'clientId' | 'family'>;
  check(grant);
  await revokeFamily(store, domain.id, grant.family, clock.now());
  log.warn({ clientId: grant.clientId }, 'an authorization code was used twice: its tokens are revoked');
  throw new OAuthError('invalid_grant', 'The code was used before. Its tokens are revoked; ask for a new code.');
}

/** The one refusal for codes that never were, have expired, or belong to another client. */
export function unknownCode(): OAuthError {
  return new OAuthError(
    'invalid_grant',
    'The code is unknown, has expired, or was given to another client. Codes live for 3 minutes.',
  );
}
