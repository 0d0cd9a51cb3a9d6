import type { Client } from '../client.ts';
import { OAuthError } from '../token/oauth-error.ts';
import { GROUPS_OF_EVERYBODY, type Subject } from '../token/subject.ts';
import type { OAuthContext, OAuthServices } from '../token/token-request.ts';

/**
 * Checks that a user may sign in to an App.
 * IDCS: oauth.md §3: with `allowAccessControl` ("Enforce grants as authorization") only users with a Grant of the App, of their own
 * or of a group's, may. A Grant of one of its AppRoles is a Grant of the App (shapes.md §15).
 * @throws OAuthError access_denied
 */
export async function checkAppAccess(
  { store }: Pick<OAuthServices, 'store'>,
  { domain }: OAuthContext,
  client: Client,
  { user }: Pick<Subject, 'user'>,
): Promise<void> {
  if (client.data['allowAccessControl'] !== true) return;
  if (await store.principals.hasGrant(domain.id, client.id, user.id, GROUPS_OF_EVERYBODY)) return;
  throw new OAuthError(
    'access_denied',
    'The application enforces grants: give the application, or one of its AppRoles, to the user or a group of the user.',
  );
}
