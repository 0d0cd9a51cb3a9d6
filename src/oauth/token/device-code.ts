import { pollDeviceAuthorization } from '../device-authorization.ts';
import { answerAuthorization } from './authorization-answer.ts';
import type { GrantHandler } from './grant-handler.ts';
import { OAuthError } from './oauth-error.ts';
import { requestScope } from './requested-scope.ts';
import { subjectToday } from './subject.ts';
import { required } from './token-request.ts';

/** RFC 8628 §3.4. IDCS: oauth.md §2: that App.allowedGrants names it so is inferred. */
export const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/**
 * The device code grant (RFC 8628 §3.4): tokens for a device whose user has allowed it, or word of how that stands.
 * IDCS: oauth.md §2.7: the service does not document these errors; they are the RFC's.
 */
export const deviceCodeGrant: GrantHandler = async (services, context, client, form) => {
  const poll = await pollDeviceAuthorization(services, context, required(form, 'device_code'), client.id);
  if (typeof poll === 'string') throw refusal(poll);
  const requested = await requestScope(services, context, client, poll.scope);
  const subject = poll.subject && (await subjectToday(services, context, poll.subject));
  if (subject === null) {
    throw new OAuthError('invalid_grant', 'The user who allowed this device was deleted, deactivated or locked.');
  }
  return await answerAuthorization(services, context, client, requested, subject);
};

function refusal(poll: 'unknown' | 'expired' | 'pending' | 'slow_down' | 'denied'): OAuthError {
  switch (poll) {
    case 'pending':
      return new OAuthError('authorization_pending', 'The user has not typed the code yet. Ask again in 5 seconds.');
    case 'slow_down':
      return new OAuthError('slow_down', 'Ask less often: wait 5 seconds longer between two requests from now on.');
    case 'denied':
      return new OAuthError('access_denied', 'The user has denied the request.');
    case 'expired':
      return new OAuthError('expired_token', 'The device_code has expired. Codes live for 300 seconds; get a new one.');
    case 'unknown':
      return new OAuthError(
        'invalid_grant',
        'The device_code is unknown, was used before, or was given to another client.',
      );
  }
}
