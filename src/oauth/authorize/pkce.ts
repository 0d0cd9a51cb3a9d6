import { createHash, timingSafeEqual } from 'node:crypto';
import { OAuthError } from '../token/oauth-error.ts';

/** What the client that began an authorization must prove to know (RFC 7636). */
export interface CodeChallenge {
  readonly method: 'S256' | 'plain';
  readonly value: string;
}

const CHALLENGE = /^[A-Za-z0-9._~-]{43,128}$/;
/** Base64url of a SHA-256. */
const S256_CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

/**
 * Reads `code_challenge` and `code_challenge_method`.
 * @returns null when the request has none
 * @throws OAuthError invalid_request
 */
export function readCodeChallenge(values: ReadonlyMap<string, string>): CodeChallenge | null {
  const value = values.get('code_challenge');
  const named = values.get('code_challenge_method');
  if (value === undefined) {
    if (named === undefined) return null;
    throw new OAuthError('invalid_request', 'The parameter code_challenge is missing beside code_challenge_method.');
  }
  const method = named ?? 'plain';
  if (method !== 'S256' && method !== 'plain') {
    throw new OAuthError('invalid_request', 'The code_challenge_method is not supported. Use S256 or plain.');
  }
  if (!(method === 'S256' ? S256_CHALLENGE : CHALLENGE).test(value)) {
    const form = method === 'S256' ? '43 characters of Base64url' : '43 to 128 of the characters A-Z a-z 0-9 - . _ ~';
    throw new OAuthError('invalid_request', `The code_challenge must have ${form}.`);
  }
  return { method, value };
}

/**
 * Checks the proof at the token endpoint, in constant time.
 * @param challenge null: the authorization had none, and a verifier for it would be a downgrade (RFC 9700 §2.1.1)
 * @throws OAuthError invalid_grant
 */
export function checkCodeVerifier(challenge: CodeChallenge | null, verifier: string | undefined): void {
  if (challenge === null) {
    if (verifier === undefined) return;
    throw new OAuthError(
      'invalid_grant',
      'A code_verifier is sent, but the authorization request had no code_challenge. Send one there.',
    );
  }
  if (verifier === undefined) {
    throw new OAuthError(
      'invalid_grant',
      'The code_verifier is missing: the authorization request had a code_challenge.',
    );
  }
  const proof = challenge.method === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  if (CHALLENGE.test(verifier) && timingSafeEqual(digest(proof), digest(challenge.value))) return;
  throw new OAuthError(
    'invalid_grant',
    'The code_verifier does not fit the code_challenge of the authorization request.',
  );
}
