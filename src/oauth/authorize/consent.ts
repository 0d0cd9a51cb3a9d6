import { agreedScopes } from '../../resources/oauth-consent.ts';
import type { ConsentScope } from '../token/requested-scope.ts';
import type { Subject } from '../token/subject.ts';
import type { OAuthContext, OAuthServices } from '../token/token-request.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import type { PendingRequest } from './pending-request.ts';

/**
 * The scopes that a user must agree to before a request is answered; empty: none.
 * IDCS: oauth.md §3: scopes with requiresConsent and those of OpenID that tell of the user, but none for a client with
 * bypassConsent. That what was agreed to is not asked for again is inferred from OAuthConsents; prompt=consent asks again.
 * @param pending the request as it was kept; what its user has agreed to since is settled
 */
export async function scopesToConsent(
  { store }: Pick<OAuthServices, 'store'>,
  { domain }: OAuthContext,
  { client, requested, prompt }: AuthorizationRequest,
  { user }: Pick<Subject, 'user'>,
  pending: Pick<PendingRequest, 'consentedBy'> | null,
): Promise<readonly ConsentScope[]> {
  if (client.data['bypassConsent'] === true || pending?.consentedBy === user.id) return [];
  if (prompt.has('consent')) {
    return requested.consent.length > 0 ? requested.consent : requested.parts.map(withoutWords);
  }
  if (requested.consent.length === 0) return [];
  const agreed = await agreedScopes(store, domain, user.id, client.id);
  return requested.consent.filter(({ scope }) => !agreed.has(scope));
}

/** A scope that needs no consent, on the page because the client wants it shown. */
function withoutWords(scope: string): ConsentScope {
  return { scope, displayName: null, description: null };
}
