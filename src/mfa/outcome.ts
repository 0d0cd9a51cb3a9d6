import type { Judgement } from '../factors/check-answer.ts';
import { accountLocked, FactorError, invalidPasscode, tooManyAttempts, wrongAnswer } from '../factors/factor-error.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { badRequestState } from './mfa-error.ts';

/** What /mfa/v1 answers to a judgement (shapes.md §10). @throws an error for everything but success and pending */
export function answerOf(judgement: Judgement, user: StoredResource, isQuestion: boolean): JsonObject {
  switch (judgement.outcome) {
    case 'ok':
      return { status: 'success' };
    case 'pending':
      return { status: 'pending', cause: [{ code: 'AUTH-1108', message: 'Push Notification approval is pending.' }] };
    case 'denied':
      throw new FactorError('AUTH-1007', 'Authentication failed.');
    case 'locked':
      throw judgement.now === true ? tooManyAttempts(user) : accountLocked();
    case 'wrong':
      throw isQuestion ? wrongAnswer() : invalidPasscode();
    default:
      throw badRequestState();
  }
}
