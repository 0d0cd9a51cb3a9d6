import { recordEvent } from '../../audit/record-event.ts';
import { appRefused, sessionCreated, signOnRefused, userActor } from '../../audit/sign-in-events.ts';
import type { StoredResource } from '../../store/store.ts';
import { type Machine, requestOf } from './authentication-services.ts';
import type { AuthenticationState } from './authentication-state.ts';
import type { SignOnTerms } from './sign-on-terms.ts';

/** Records that a session has begun. IDCS: shapes.md §13, sso.session.create.success. */
export async function recordSignIn(
  machine: Machine,
  user: StoredResource,
  state: AuthenticationState,
  session: { readonly sid: string; readonly authenticated: number; readonly expires: number },
  terms: SignOnTerms,
): Promise<void> {
  const begun = { ...session, amr: state.proved };
  const { policyId, ruleId, obligations } = terms;
  const appName = machine.context.client.name;
  const signIn = { appName, protectedResource: null, decision: { policyId, ruleId, obligations } };
  const event = sessionCreated(user, begun, signIn, machine.context.request ?? null);
  await recordEvent(requestOf(machine, user), null, event);
}

/**
 * Records that somebody did not get in, but for what the check of a password records. IDCS: shapes.md §13, sso.authentication.failure;
 * reasonValue SSO-1001 was recorded for a wrong password and for an expired one; that other factors have it is inferred.
 */
export async function recordFailure(
  machine: Machine,
  user: StoredResource,
  { message, factor }: { readonly message: string; readonly factor: string },
): Promise<void> {
  const values = {
    message: `Authentication failure ${message}`,
    reasonValue: 'SSO-1001',
    ssoAuthFactor: factor,
    ssoRp: machine.context.client.name,
  };
  const event = { eventId: 'sso.authentication.failure', actor: userActor(user), values };
  await recordEvent(requestOf(machine, user), null, event);
}

/** Records that the sign-on policy keeps somebody out. */
export async function recordRefusal(
  machine: Machine,
  user: StoredResource,
  { refusal, policyId, ruleId }: Pick<SignOnTerms, 'policyId' | 'ruleId'> & { readonly refusal: string },
): Promise<void> {
  const refused = { refusal, policyId, ruleId, appName: machine.context.client.name };
  await recordEvent(requestOf(machine, user), null, signOnRefused(user, refused));
}

/** Records that an application refuses somebody to whom nothing of it was granted. @param app null: the domain itself */
export async function recordRefusedApp(
  machine: Machine,
  user: StoredResource,
  app: Pick<StoredResource, 'id' | 'data'> | null,
  reason: string,
): Promise<void> {
  if (app === null) return;
  const { id, data } = app;
  const name = String(data['name'] ?? id);
  const refused = { id, name, displayName: String(data['displayName'] ?? name), data };
  await recordEvent(requestOf(machine, user), null, appRefused(user, refused, reason));
}
