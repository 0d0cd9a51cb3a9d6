import { decideSignOn, type SignOn } from '../../policies/sign-on.ts';
import type { StoredResource } from '../../store/store.ts';
import type { Machine } from './authentication-services.ts';
import type { AuthenticationState } from './authentication-state.ts';
import { targetApp } from './target-app.ts';

/** What the sign-on policy asks of a user. IDCS: flows.md B8 and shapes.md §12, §13: names and values of a rule's `return`. */
export interface SignOnTerms {
  /** `effect` DENY: why the user is not let in; null: the user is. */
  readonly refusal: string | null;
  /** `authenticationFactor` contains 2FA: IDP+2FA. */
  readonly secondFactor: boolean;
  /** `2FAFactors`: those that will do; null: any. */
  readonly factors: ReadonlySet<string> | null;
  /** `allowUserToSkip2FAEnrolment`; null: the rule does not say. */
  readonly maySkipEnrollment: boolean | null;
  /** `2FAFrequency`: a trusted device doesn't help where it is EVERYTIME; SESSION is the default. */
  readonly everyTime: boolean;
  /** `trustedDevice2FAFrequency`: days that a device is trusted; null: as AuthenticationFactorSettings say. */
  readonly trustDays: number | null;
  /** All of them, for the audit event. */
  readonly obligations: Readonly<Record<string, string>>;
  readonly policyId: string | null;
  readonly ruleId: string | null;
}

/** Asks the sign-on policy: the application's own, or the domain's. */
export async function signOnTerms(
  machine: Machine,
  state: AuthenticationState,
  user: StoredResource,
): Promise<SignOnTerms> {
  const { services, context } = machine;
  const { domain, clock, request } = context;
  const { store } = services;
  const app = await targetApp(machine, state);
  return termsOf(await decideSignOn({ domain, store, clock, request }, { user, app }));
}

/** What a decision asks of a user. */
export function termsOf({ decision, refusal }: Pick<SignOn, 'decision' | 'refusal'>): SignOnTerms {
  const { obligations } = decision;
  const skip = obligations['allowUserToSkip2FAEnrolment'];
  const days = Number.parseInt(obligations['trustedDevice2FAFrequency'] ?? '', 10);
  return {
    refusal,
    secondFactor: (obligations['authenticationFactor'] ?? '').includes('2FA'),
    factors: factorsOf(obligations['2FAFactors']),
    maySkipEnrollment: skip === undefined ? null : skip === 'true',
    everyTime: /^every/i.test(obligations['2FAFrequency'] ?? ''),
    trustDays: Number.isNaN(days) ? null : days,
    obligations,
    policyId: decision.policy?.id ?? null,
    ruleId: decision.rule?.id ?? null,
  };
}

/** IDCS: flows.md B8: a JSON array in a text; `ANY`, and an unreadable value, mean all; `TOPT` is how samples write TOTP. */
function factorsOf(value: string | undefined): ReadonlySet<string> | null {
  if (value === undefined || value === '') return null;
  const names: readonly string[] = value.match(/[A-Z_]+/g) ?? [];
  if (names.length === 0 || names.includes('ANY')) return null;
  const alias: Readonly<Record<string, string>> = { TOPT: 'TOTP', PHONE: 'PHONE_CALL', FIDO: 'FIDO_AUTHENTICATOR' };
  return new Set(names.map((name) => alias[name] ?? name));
}
