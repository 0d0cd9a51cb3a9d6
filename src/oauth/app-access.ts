import { recordEvent } from '../audit/record-event.ts';
import { appRefused, signOnRefused } from '../audit/sign-in-events.ts';
import type { SignOn } from '../policies/sign-on.ts';
import { mayUseApp } from '../resources/may-use-app.ts';
import type { Client } from './client.ts';
import { OAuthError } from './token/oauth-error.ts';
import type { Subject } from './token/subject.ts';
import type { OAuthContext, OAuthServices } from './token/token-request.ts';

/** IDCS: errors.tsv, AUTH-3024. */
const NOT_GRANTED = "You aren't authorized to access the app. Contact your system administrator.";

type User = Pick<Subject, 'user'>;

/**
 * Checks that a user may sign in to an App (mayUseApp); a refusal is an audit event.
 * @throws OAuthError access_denied
 */
export async function checkAppAccess(
  services: OAuthServices,
  context: OAuthContext,
  client: Client,
  { user }: User,
): Promise<void> {
  if (await mayUseApp({ store: services.store, domain: context.domain }, user, client)) return;
  await recordEvent({ ...context, ...services }, null, appRefused(user, client, NOT_GRANTED));
  throw new OAuthError(
    'access_denied',
    'The application enforces grants: give the application, or one of its AppRoles, to the user or a group of the user.',
  );
}

/**
 * Checks what the sign-on policy said of a user for an App; a refusal is an audit event.
 * @param signedIn the user has a session: it is the App that refuses, and not a sign-in that fails
 * @throws OAuthError access_denied
 */
export async function checkSignOn(
  services: OAuthServices,
  context: OAuthContext,
  client: Client,
  { user, signOn, signedIn }: User & { readonly signOn: SignOn; readonly signedIn: boolean },
): Promise<void> {
  const { refusal, decision } = signOn;
  if (refusal === null) return;
  const refused = { refusal, appName: client.displayName, ...idsOf(decision) };
  const event = signedIn ? appRefused(user, client, refusal) : signOnRefused(user, refused);
  await recordEvent({ ...context, ...services }, null, event);
  throw new OAuthError('access_denied', refusal);
}

function idsOf({ policy, rule }: SignOn['decision']): { policyId: string | null; ruleId: string | null } {
  return { policyId: policy?.id ?? null, ruleId: rule?.id ?? null };
}
