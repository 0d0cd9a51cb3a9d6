import { decideSignOn } from '../policies/sign-on.ts';
import type { StoredResource } from '../store/store.ts';
import { sessionSuffices } from './authentication/session-suffices.ts';
import type { Session } from './session.ts';
import type { SignInContext, SignInServices } from './sign-in-services.ts';

/**
 * Whether a session is enough for the domain's own pages (My Apps, devices), by the default sign-on policy. Who is refused by it was let
 * in elsewhere, and is not asked for more.
 */
export async function sufficesHere(
  { store }: Pick<SignInServices, 'store'>,
  context: SignInContext,
  { session, user }: { readonly session: Session; readonly user: StoredResource },
): Promise<boolean> {
  const signOn = await decideSignOn({ ...context, store }, { user });
  return signOn.refusal !== null || sessionSuffices({ store }, context, { session, user, app: null, signOn });
}
