import type { SignOn } from '../../policies/sign-on.ts';
import type { StoredResource } from '../../store/store.ts';
import type { DomainOfMachine } from './authentication-services.ts';
import { isRequired } from './enrollment-offer.ts';
import { termsOf } from './sign-on-terms.ts';
import { userFactors } from './user-factors.ts';

/**
 * Whether the password alone keeps a user out: the rule demands a second factor, and the user has one, or may not leave enrolling
 * one out.
 */
export async function demandsSecondFactor(
  { services, context }: DomainOfMachine,
  user: StoredResource,
  signOn: SignOn,
): Promise<boolean> {
  const terms = termsOf(signOn);
  if (!terms.secondFactor) return false;
  if (await isRequired({ services, context }, terms)) return true;
  const { enrolled } = await userFactors({ services, context: { domain: context.domain, byPage: true } }, user, terms);
  return enrolled.length > 0;
}
