import { readDomainToken } from '../domain-token.ts';
import { OAuthError } from '../token/oauth-error.ts';
import type { OAuthContext, OAuthServices } from '../token/token-request.ts';

/** Whom an `id_token_hint` names. */
export interface HintedUser {
  /** User.id */
  readonly userId: string;
  /** The `sub` claim, for the sign-in page. */
  readonly name: string;
}

/**
 * Reads an `id_token_hint`: an identity token of this domain, expired or not (OpenID Connect Core §3.1.2.1).
 * @returns null when the request has none
 * @throws OAuthError invalid_request for anything else
 */
export async function readIdTokenHint(
  { keys }: OAuthServices,
  { domain }: OAuthContext,
  token: string | undefined,
): Promise<HintedUser | null> {
  if (token === undefined) return null;
  const known = await readDomainToken(keys, domain, token);
  const userId = known?.claims['user_id'];
  if (known?.type !== 'IT' || typeof userId !== 'string') {
    throw new OAuthError('invalid_request', 'The id_token_hint is not an identity token of this domain.');
  }
  return { userId, name: String(known.claims['sub']) };
}
