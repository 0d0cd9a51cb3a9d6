import type { SignOn } from '../../policies/sign-on.ts';
import type { StoredResource } from '../../store/store.ts';
import type { Session } from '../session.ts';
import type { SignInContext, SignInServices } from '../sign-in-services.ts';
import { isRequired } from './enrollment-offer.ts';
import { type SignOnTerms, termsOf } from './sign-on-terms.ts';
import { dueTerms } from './terms-step.ts';
import { allows } from './user-factors.ts';

/*
 * A browser that is signed in comes to another application: whether its session is enough for that one's sign-on policy and terms of
 * use. What is missing is asked for, and the password is not (that a session is good for all of it is inferred).
 */

/**
 * Whether a second factor was proved that is good enough for the policy. The first of the list stands for the password, or is it.
 * @param proved the `amr` of a session
 */
export function hasSecondFactor(terms: Pick<SignOnTerms, 'factors'>, proved: readonly string[]): boolean {
  return proved.slice(1).some((factor) => factor !== 'USERNAME_PASSWORD' && allows(terms, factor));
}

/** What a session has to be enough for. */
export interface Wanted {
  readonly session: Pick<Session, 'amr' | 'withoutSecond'>;
  readonly user: Pick<StoredResource, 'id'>;
  /** Null: the domain itself. */
  readonly app: Pick<StoredResource, 'id' | 'data'> | null;
  /** What the sign-on policy says about the user and the application. */
  readonly signOn: Pick<SignOn, 'decision' | 'refusal'>;
}

/** Whether a session has all that the application wants, a refusal apart. */
export async function sessionSuffices(
  services: Pick<SignInServices, 'store'>,
  context: Pick<SignInContext, 'domain' | 'clock'>,
  wanted: Wanted,
): Promise<boolean> {
  const { app, user } = wanted;
  if (!(await secondFactorSuffices(services, context, wanted))) return false;
  return app === null || (await dueTerms(services, context, app, user.id)) === null;
}

/** Whether a session has the second factor that the policy wants, or may go without. */
export async function secondFactorSuffices(
  services: Pick<SignInServices, 'store'>,
  context: Pick<SignInContext, 'domain'>,
  { session, signOn }: Pick<Wanted, 'session' | 'signOn'>,
): Promise<boolean> {
  const terms = termsOf(signOn);
  if (!terms.secondFactor || hasSecondFactor(terms, session.amr)) return true;
  if (session.withoutSecond === 'trusted') return !terms.everyTime;
  return session.withoutSecond === 'skipped' && !(await isRequired({ services, context }, terms));
}
