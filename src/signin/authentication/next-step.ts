import type { StoredResource } from '../../store/store.ts';
import { beginChallengeStep } from './ask-factor.ts';
import { cause } from './authentication-error.ts';
import type { AuthenticationInput } from './authentication-input.ts';
import type { Machine } from './authentication-services.ts';
import type { AuthenticationState } from './authentication-state.ts';
import { failed, type Step } from './authentication-step.ts';
import { offerEnrollment } from './enrollment-offer.ts';
import { offerRecovery } from './recovery-enrollment.ts';
import { recordRefusal, recordRefusedApp } from './sign-in-events.ts';
import { type SignOnTerms, signOnTerms } from './sign-on-terms.ts';
import { mayUseTarget, targetApp } from './target-app.ts';
import { offerTerms } from './terms-step.ts';
import { isTrusted } from './trusted-device.ts';
import { userFactors } from './user-factors.ts';

/** What a client sent with the step that led here. */
export type Brought = Pick<AuthenticationInput, 'trustToken' | 'externalClient'>;

/**
 * Decides what comes next, now that the user has proved something: the application's grants and sign-on policy, the second factor,
 * account recovery, the terms of use, in this order; or the sign-in is over.
 * IDCS: authn-0153: account recovery comes before the enrollment of a second factor. That a second factor that the user has is proved
 * before anything is enrolled is inferred.
 */
export async function goOn(
  machine: Machine,
  user: StoredResource,
  state: AuthenticationState,
  brought: Brought,
): Promise<Step> {
  const terms = await signOnTerms(machine, state, user);
  if (terms.refusal !== null) {
    await recordRefusal(machine, user, { ...terms, refusal: terms.refusal });
    return failed({ code: 'AUTH-3033', message: terms.refusal }, null);
  }
  if (machine.context.byPage !== true && !(await mayUseTarget(machine, state, user))) {
    const refusal = cause('AUTH-3024');
    await recordRefusedApp(machine, user, await targetApp(machine, state), refusal.message);
    return failed(refusal, null);
  }
  const second = await secondFactor(machine, user, state, terms, brought);
  if (second !== null) return second;
  const agreement = state.settled.includes('terms') ? null : await offerTerms(machine, state, user);
  return agreement ?? { kind: 'signed-in', state, userId: user.id };
}

/** @returns null when there is nothing (more) to prove or enroll */
async function secondFactor(
  machine: Machine,
  user: StoredResource,
  state: AuthenticationState,
  terms: SignOnTerms,
  brought: Brought,
): Promise<Step | null> {
  const isDue = terms.secondFactor && !state.settled.includes('second');
  const trusted = isDue && (await isTrusted(machine, terms, user.id, brought.trustToken));
  const factors = isDue && !trusted ? await userFactors(machine, user, terms) : null;
  const left = factors?.enrolled.filter(({ factor }) => !state.proved.includes(factor)) ?? [];
  if (factors !== null && left.length > 0)
    return beginChallengeStep(machine, user, state, terms, { ...factors, enrolled: left }, brought.externalClient);
  // Else a password would be enough to enroll another factor beside the passkey. The code is inferred from its text.
  if (factors?.onlyOnPages === true) return failed(cause('AUTH-1017'), null);
  const recovery = await offerRecovery(machine, user, state);
  if (recovery !== null) return recovery;
  return factors === null ? null : offerEnrollment(machine, user, state, terms);
}
