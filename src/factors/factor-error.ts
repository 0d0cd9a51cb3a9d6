import { USER_URN } from '../resources/user-urns.ts';
import { ScimError } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';

/**
 * What second factors refuse, in the words of both families of APIs: the SCIM functions answer it as it is, /mfa/v1 and the
 * Authentication API answer its code and text (errors.tsv, AUTH-xxxx).
 */
export class FactorError extends ScimError {
  /** `AUTH-1030`. */
  readonly code: string;
  /** The text that the service has for the code. */
  readonly text: string;

  constructor(
    code: string,
    text: string,
    scim: {
      readonly status?: number;
      readonly detail?: string;
      readonly messageId?: string;
      readonly data?: JsonObject;
    } = {},
  ) {
    super(scim.status ?? 400, scim.detail ?? text, {
      ...(scim.messageId === undefined ? {} : { messageId: scim.messageId }),
      ...(scim.data === undefined ? {} : { additionalData: scim.data }),
    });
    this.name = 'FactorError';
    this.code = code;
    this.text = text;
  }
}

/** IDCS: flows.md E2 has AUTH-1125 for a factor that the domain has turned off; that the SCIM functions refuse it too is inferred. */
export function factorDisabled(factor: string, setting: string): FactorError {
  return new FactorError('AUTH-1125', `The ${factor} factor has been disabled.`, {
    detail: `The ${factor} factor has been disabled. AuthenticationFactorSettings.${setting} turns it on.`,
  });
}

/** For a factor that users may not enroll by themselves; that it has the code of a disabled one is inferred. */
export function enrollmentClosed(factor: string): FactorError {
  return new FactorError('AUTH-1125', `The ${factor} factor has been disabled.`, {
    detail: `Users can't enroll the ${factor} factor: AuthenticationFactorSettings.userEnrollmentDisabledFactors has it.`,
  });
}

/** For a factor that nobody can have here. */
export function factorUnknown(factor: string): FactorError {
  const detail = `The ${factor} factor is not supported here.`;
  return new FactorError('AUTH-1002', `The ${factor} authentication factor is not supported or enabled.`, { detail });
}

/** IDCS: errors.tsv, with its additional data. */
export function invalidPhoneNumber(number: string): FactorError {
  const messageId = 'error.ssocommon.auth.invalidPhoneNumber';
  const data = { params: number, msgId: messageId };
  return new FactorError('AUTH-1030', `Your phone number ${number} is not valid.`, { messageId, data });
}

/** IDCS: errors.tsv AUTH-1031; that the SCIM functions say so, too, is inferred. */
export function alreadyEnrolled(number: string): FactorError {
  return new FactorError('AUTH-1031', `The phone number ${number} is already enrolled for the user.`);
}

export function tooManyDevices(most: number): FactorError {
  return new FactorError(
    'AUTH-1005',
    'You are enrolled in the maximum number of 2-Step Verification methods that are allowed.',
    {
      detail: `The user has reached the maximum of ${most} enrolled devices (AuthenticationFactorSettings.endpointRestrictions.maxEnrolledDevices).`,
    },
  );
}

/** For an enrollment that can't begin. @param reason a sentence */
export function enrollmentRefused(reason: string): FactorError {
  return new FactorError('AUTH-1004', `Enrollment initiation request failed because: ${reason}`, { detail: reason });
}

/** For a proof that can't begin. @param reason a sentence */
export function challengeRefused(reason: string): FactorError {
  return new FactorError('AUTH-1006', `Authentication initiation request failed because ${reason}`, { detail: reason });
}

export function deviceNotFound(id: string): FactorError {
  return new FactorError('AUTH-1014', `The device with ID ${id} is not found. Contact your system administrator.`, {
    detail: `deviceId must be the id of one of the user's devices; ${id} is none.`,
  });
}

/** For a security question that can't be chosen. @param isKnown there is one, and it is not active */
export function questionRefused(id: string, isKnown: boolean): FactorError {
  return isKnown
    ? new FactorError(
        'AUTH-1018',
        `The "${id}" security question hasn't been enabled for user enrollment. Please contact your system administrator.`,
      )
    : new FactorError('AUTH-1039', `The ID of the ${id} security question isn't valid.`);
}

/** IDCS: flows.md E2: 401 for a locked account. */
export function accountLocked(): FactorError {
  return new FactorError('AUTH-1010', 'Your account is locked. Contact your system administrator.', { status: 401 });
}

/** IDCS: main-0299. */
export function invalidPasscode(): FactorError {
  const messageId = 'error.ssocommon.auth.invalidPasscode';
  return new FactorError('AUTH-1105', 'Invalid passcode.', { status: 401, messageId });
}

/** IDCS: main-0304 for SCIM, AUTH-1026 elsewhere. */
export function wrongAnswer(): FactorError {
  return new FactorError('AUTH-1026', 'You have entered the wrong answer.', {
    detail: "Your answer didn't match. Please try again.",
    messageId: 'error.identity.passwordmgmt.invalidSecurityQuestionAnswer',
  });
}

/** IDCS: main-0309, for a device that has not answered, and for requests that nobody knows. */
export function statusNotFound(): FactorError {
  return new FactorError('AUTH-1032', 'The device status is not valid.', {
    status: 404,
    detail: 'The device status was not found. Contact your system administrator.',
    messageId: 'error.ssocommon.ssoadmin.mfa.authenticationstatusnotfound',
  });
}

/**
 * For the answer or notification that locks the account. IDCS: errors.tsv AUTH-1027: who has a password here can undo it with a new
 * one, others ask an administrator (AUTH-1028).
 */
export function tooManyAttempts(user: Pick<StoredResource, 'data'>): FactorError {
  const extension = user.data[USER_URN];
  const federated = isObject(extension) && extension['isFederatedUser'] === true;
  const start = 'You have exceeded the maximum number of 2-Step Verification attempts.';
  return federated
    ? new FactorError('AUTH-1028', `${start} Contact your system administrator to unlock your account.`, {
        status: 401,
      })
    : new FactorError(
        'AUTH-1027',
        `${start} Reset your password to unlock your account. Contact your system administrator if you can't reset your password.`,
        { status: 401 },
      );
}
