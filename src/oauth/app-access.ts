import { mayUseApp } from '../resources/may-use-app.ts';
import type { Client } from './client.ts';
import { OAuthError } from './token/oauth-error.ts';
import type { Subject } from './token/subject.ts';
import type { OAuthContext, OAuthServices } from './token/token-request.ts';

/**
 * Checks that a user may sign in to an App (mayUseApp).
 * @throws OAuthError access_denied
 */
export async function checkAppAccess(
  { store }: Pick<OAuthServices, 'store'>,
  { domain }: OAuthContext,
  client: Client,
  { user }: Pick<Subject, 'user'>,
): Promise<void> {
  if (await mayUseApp({ store, domain }, user, client)) return;
  throw new OAuthError(
    'access_denied',
    'The application enforces grants: give the application, or one of its AppRoles, to the user or a group of the user.',
  );
}
