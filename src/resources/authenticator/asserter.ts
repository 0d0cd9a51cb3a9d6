import { applicablePasswordPolicy } from '../applicable-password-policy.ts';
import type { Behaviour } from '../behaviour.ts';
import { isLockedAt } from '../login-attempt.ts';
import type { RequestContext } from '../request-context.ts';
import { requiredText } from '../required-value.ts';
import { authenticatorAnswer } from './answer.ts';
import { type AuthenticatorFailure, failureOf } from './failure.ts';
import { type AuthenticatorSubject, findSubject } from './subject.ts';

/**
 * Asserter: what a user or a client is and belongs to, for an application that has authenticated it otherwise.
 * IDCS: oauth.md §13 (what SDKs send and read). That it answers and fails as PasswordAuthenticator does, less the password, is inferred.
 */
export const asserterBehaviour: Behaviour = {
  type: 'Asserter',
  actions: {
    async create(context, draft, params) {
      const value = requiredText(draft, 'mappingAttributeValue');
      // Helidon and others leave it out for users.
      const types = draft.transient.get('subjectType') === 'client' ? (['App'] as const) : (['User'] as const);
      const attribute = draft.data['mappingAttribute'];
      const subject = await findSubject(context, { attribute, value, types });
      const failure = subject === null ? 'USER_NOT_FOUND' : await standing(context, subject);
      if (failure !== null || subject === null) throw failureOf(failure ?? 'USER_NOT_FOUND', context.domain, subject);
      return authenticatorAnswer(context, 'Asserter', subject, draft, params);
    },
  },
};

/** Why a subject can't be asserted; null: it can. */
async function standing(
  { store, domain, clock }: RequestContext,
  { type, row }: AuthenticatorSubject,
): Promise<AuthenticatorFailure | null> {
  if (row.data['active'] !== true) return type === 'User' ? 'USER_DISABLED_RESPONSE' : 'APP_DISABLE_RESPONSE';
  if (type === 'App') return null;
  const policy = await applicablePasswordPolicy(store, domain, row.id);
  return isLockedAt(row.data, policy, clock.now()) ? 'USER_LOCKED_RESPONSE' : null;
}
