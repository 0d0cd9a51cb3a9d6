import { FactorError } from '../factors/factor-error.ts';
import { ScimError } from '../scim/errors.ts';

/*
 * How /mfa/v1 refuses. No failed answer is recorded: the body is that of the Authentication API, whose table of codes names this API,
 * too (flows.md E2).
 */

/** @param code `AUTH-1120` */
export function mfaError(status: number, code: string, message: string): ScimError {
  return new ScimError(status, message, { messageId: code });
}

/** IDCS: errors.tsv AUTH-3018: 404 for a user who is not there. */
export function userNotFound(): ScimError {
  return mfaError(404, 'AUTH-3018', 'User not found.');
}

/** IDCS: errors.tsv AUTH-1001. That syntax is a 400 is recorded of AUTH-1111. */
export function missingParameter(name: string): ScimError {
  return mfaError(400, 'AUTH-1001', `Invalid request. The required parameter '${name}' is missing from the request.`);
}

/** IDCS: errors.tsv AUTH-1111, the 400 of a bad value. */
export function badValue(name: string, value: string, allowed: readonly string[]): ScimError {
  const shown = value.slice(0, 100);
  return mfaError(
    400,
    'AUTH-1111',
    `Invalid value [${shown}] for attribute ${name}. One of [${allowed.join(',')}] was expected.`,
  );
}

export function badRequestState(): ScimError {
  const text = 'The requestState provided is either invalid or expired. Please provide a valid requestState.';
  return mfaError(401, 'AUTH-1120', text);
}

/** Any error in the words of this API. */
export function asMfaError(error: unknown): unknown {
  if (error instanceof FactorError) return mfaError(statusOf(error), error.code, error.text);
  if (!(error instanceof ScimError) || error.messageId?.startsWith('AUTH-')) return error;
  if (error.status === 401)
    return mfaError(401, 'AUTH-1034', `You are not authorized to perform this action. ${hint(error)}`);
  if (error.status === 400)
    return mfaError(400, 'AUTH-1121', `You provided an invalid request JSON payload. ${error.message}`);
  return error;
}

/** Inferred: 401 but for what is not there, as errors.tsv assumes for its whole table. */
function statusOf({ code, status }: FactorError): number {
  if (code === 'AUTH-1014') return 404;
  return code === 'AUTH-1111' ? status : 401;
}

/** The part of a refusal that says what to grant. */
function hint({ message }: ScimError): string {
  return message.replace(/^Operation failed due to unauthorized access\. ?/, '');
}
