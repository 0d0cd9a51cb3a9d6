import { recordEvent } from '../../audit/record-event.ts';
import { appRefused, signOnRefused } from '../../audit/sign-in-events.ts';
import type { JsonObject } from '../../scim/json.ts';
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
  const completed = state.proved.map((factor) => `${factor}=`).join(', ');
  const values: JsonObject = {
    message: 'Session create success',
    ssoSessionId: session.sid,
    ssoSessionCreateTime: withoutMs(session.authenticated * 1000),
    ssoSessionExpiryTime: withoutMs(session.expires),
    ssoIdentityProviderType: 'LOCAL',
    ssoCompletedFactors: `{${completed}}`,
    ...(terms.policyId === null ? {} : { ssoMatchedSignOnPolicy: terms.policyId }),
    ...(terms.ruleId === null ? {} : { ssoMatchedSignOnRule: terms.ruleId }),
    ssoPolicyObligations: Object.entries(terms.obligations)
      .map(([name, value]) => `${name}:${value}`)
      .join(','),
    ssoCSR: 'false',
    ssoRp: machine.context.client.name,
  };
  const actor = actorOf(user);
  await recordEvent(requestOf(machine, user), null, { eventId: 'sso.session.create.success', actor, values });
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
  const event = { eventId: 'sso.authentication.failure', actor: actorOf(user), values };
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

function actorOf(user: StoredResource) {
  const { userName, displayName } = user.data;
  const name = String(userName);
  return { type: 'User' as const, id: user.id, ocid: user.ocid, name, display: String(displayName ?? userName) };
}

/** IDCS: shapes.md §13: times of sessions have no milliseconds. */
function withoutMs(time: number): string {
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
