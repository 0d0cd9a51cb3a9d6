import type { StoredResource } from '../../store/store.ts';
import { newSessionId } from '../session.ts';
import { maySignIn } from '../sign-in-user.ts';
import { ssoSettings } from '../sso-settings.ts';
import { refuse } from './authentication-error.ts';
import type { Machine } from './authentication-services.ts';
import type { AuthenticationState } from './authentication-state.ts';
import type { SignedIn } from './authentication-step.ts';
import { staySignedIn } from './kept-sign-in.ts';
import type { Brought } from './next-step.ts';
import { hasSecondFactor } from './session-suffices.ts';
import { recordSignIn } from './sign-in-events.ts';
import { type SignOnTerms, signOnTerms } from './sign-on-terms.ts';
import { isTrusted, trustDevice } from './trusted-device.ts';

/** A sign-in that is over: a session that has a name, and belongs to no browser yet. */
export interface FinishedSignIn {
  readonly userId: string;
  /** The `sid` claim. */
  readonly sid: string;
  /** Seconds since the Unix epoch. */
  readonly authenticated: number;
  /** Milliseconds since the Unix epoch. */
  readonly expires: number;
  /** The `amr` claim: the factors that were proved. */
  readonly amr: readonly string[];
  /** Why no second factor was proved though the policy wants one: a trusted device, or the user may do without; null: neither. */
  readonly withoutSecond: 'trusted' | 'skipped' | null;
  /** Path of the domain's that waits for the session; null: none. */
  readonly continueTo: string | null;
  /** What proves that the device is trusted; null: it was not wished. */
  readonly trustToken: string | null;
  /** What keeps the user signed in on the device; null: it was not wished. */
  readonly kmsiToken: string | null;
}

/** A sign-in that is over, with what its audit event tells. */
export interface EndedSignIn {
  readonly finished: FinishedSignIn;
  readonly user: StoredResource;
  readonly terms: SignOnTerms;
}

/**
 * Ends a sign-in: from here on there is a session.
 * @throws RequestRefused AUTH-3002 when the user was locked, deactivated or deleted since the last step
 */
export async function finishSignIn(
  machine: Machine,
  step: SignedIn,
  brought?: Pick<Brought, 'trustToken'>,
): Promise<FinishedSignIn> {
  const { finished, user, terms } = await endSignIn(machine, step, brought);
  await recordSignIn(machine, user, step.state, finished, terms);
  return finished;
}

/**
 * As `finishSignIn`, for a caller that records the audit event itself.
 * @param brought what the last step was sent with
 * @throws RequestRefused as `finishSignIn`
 */
export async function endSignIn(
  machine: Machine,
  { state, userId, kmsiToken }: SignedIn,
  brought: Pick<Brought, 'trustToken'> = { trustToken: null },
): Promise<EndedSignIn> {
  const { services, context } = machine;
  const { store, ids } = services;
  const { domain, clock } = context;
  const user = await store.resources.read(domain.id, 'User', userId);
  if (user === null || !(await maySignIn({ store, domain, clock }, user))) throw refuse('AUTH-3002');
  const terms = await signOnTerms(machine, state, user);
  const now = clock.now();
  const finished: FinishedSignIn = {
    userId,
    sid: newSessionId(ids),
    authenticated: Math.floor(now / 1000),
    expires: now + (await ssoSettings(store, domain)).sessionMs,
    amr: state.proved,
    withoutSecond: await withoutSecond(machine, terms, state, user, brought),
    continueTo: state.continueTo,
    trustToken: state.trust === null ? null : await trustDevice(machine, user, state.trust, state.proved, terms),
    kmsiToken:
      state.staySignedIn === null ? (kmsiToken ?? null) : await staySignedIn(machine, user, state.staySignedIn.device),
  };
  return { finished, user, terms };
}

/** Why there is a session without the second factor that the policy wants; null: it was proved, or none is wanted. */
async function withoutSecond(
  machine: Machine,
  terms: SignOnTerms,
  { proved }: AuthenticationState,
  user: StoredResource,
  { trustToken }: Pick<Brought, 'trustToken'>,
): Promise<FinishedSignIn['withoutSecond']> {
  if (!terms.secondFactor || hasSecondFactor(terms, proved)) return null;
  return (await isTrusted(machine, terms, user.id, trustToken)) ? 'trusted' : 'skipped';
}
