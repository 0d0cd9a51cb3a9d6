import type { Domain } from '../../domains/domain.ts';
import { ScimError } from '../../scim/errors.ts';
import type { JsonObject } from '../../scim/json.ts';
import { languageFacts } from './person.ts';
import type { AuthenticatorSubject } from './subject.ts';

/** What an authenticator answers instead of a subject. */
export type AuthenticatorFailure =
  | 'INVALID_CREDENTIALS'
  | 'USER_DISABLED_RESPONSE'
  | 'USER_NOT_FOUND'
  | 'USER_LOCKED_RESPONSE'
  | 'PASSWORD_MUST_CHANGE_RESPONSE'
  | 'PASSWORD_EXPIRED_RESPONSE'
  | 'APP_DISABLE_RESPONSE'
  | 'SIGN_ON_POLICY_DENY_RESPONSE';

/**
 * IDCS: authenticator page: 400 with the failure as `detail` and no message id, whom it is about in `additionalData`; a disabled
 * App is the other way about. That an App with a wrong secret is told like a user is inferred.
 *
 * @param subject null: nobody was found
 */
export function failureOf(
  failure: AuthenticatorFailure,
  domain: Domain,
  subject: AuthenticatorSubject | null,
): ScimError {
  if (failure === 'APP_DISABLE_RESPONSE') return new ScimError(400, failure, { messageId: failure });
  const additionalData: JsonObject = { csr: false, tenantName: domain.tenant };
  if (subject !== null) {
    additionalData['id'] = subject.row.id;
    const { displayName } = subject.row.data;
    if (displayName !== undefined) additionalData['displayName'] = displayName;
    if (subject.type === 'User') Object.assign(additionalData, languageFacts(domain, subject.row.data));
  }
  return new ScimError(400, failure, { messageId: null, additionalData });
}
