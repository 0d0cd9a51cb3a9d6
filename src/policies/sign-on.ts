import type { StoredResource } from '../store/store.ts';
import { type AppWithPolicies, type DecisionContext, decide } from './decide.ts';
import type { Decision } from './evaluate-policy.ts';

/** A request whose caller's address counts. */
export interface SignOnContext extends DecisionContext {
  /** What is known of the HTTP request; absent: conditions about the address have none. */
  readonly request?: { readonly clientIp: string } | undefined;
}

/** What the sign-on policy says about a user who has proved who they are. */
export interface SignOn {
  readonly decision: Decision;
  /** Why the user may not sign in, in words for whoever integrates; null: the user may. */
  readonly refusal: string | null;
  /** The password must be entered anew for the App, whatever session the browser has. */
  readonly reAuthenticate: boolean;
}

/**
 * Asks the sign-on policy: the App's own, or the domain's default one. A policy that says nothing (NONE: it is not active) lets
 * everybody in. Second factors that the rule demands are in `decision.obligations` (`authenticationFactor`, `2FAFactors` ...), for
 * whoever signs in to act on.
 *
 * @param authenticatedBy ids of the identity providers that vouched for the user; default: the domain's password check
 */
export async function decideSignOn(
  context: SignOnContext,
  {
    user,
    app = null,
    authenticatedBy,
  }: {
    readonly user: StoredResource;
    readonly app?: AppWithPolicies | null;
    readonly authenticatedBy?: readonly string[];
  },
): Promise<SignOn> {
  const decision = await decide(context, {
    policy: { type: 'SignOn' },
    user,
    app,
    ip: context.request?.clientIp ?? null,
    ...(authenticatedBy === undefined ? {} : { authenticatedBy }),
  });
  const denied = decision.effect === 'DENY';
  return {
    decision,
    refusal: denied ? refusalOf(decision, user) : null,
    reAuthenticate: !denied && decision.obligations['reAuthenticate'] === 'true',
  };
}

/** IDCS: errors.tsv, AUTH-3033. What stands behind "because" is not recorded. */
function refusalOf({ policy, rule }: Decision, { data }: StoredResource): string {
  const name = JSON.stringify(policy?.name ?? '');
  const because =
    rule === null ? `no rule of ${name} holds` : `the rule ${JSON.stringify(rule.name)} of ${name} denies it`;
  return `The sign-on policy prevents the user ${String(data['userName'])} from accessing applications protected by identity domains because: ${because}.`;
}
