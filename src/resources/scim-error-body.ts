import type { ScimError } from '../scim/errors.ts';
import type { JsonObject } from '../scim/json.ts';

const ERROR_URN = 'urn:ietf:params:scim:api:messages:2.0:Error';
const ORACLE_ERROR_URN = 'urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error';

/** Message ids for errors that have none of their own, by status. */
const GENERIC_IDS: ReadonlyMap<number, string> = new Map([
  [400, 'error.common.validation.invalidRequest'],
  [401, 'error.common.exception.unauthorizedAccess'],
  [403, 'error.common.exception.operationNotAllowed'],
  [404, 'error.common.validation.resourceNotFound'],
  [405, 'error.common.exception.methodNotAllowed'],
  [408, 'error.common.exception.requestTimeout'],
  [409, 'error.common.validation.conflict'],
  [412, 'error.common.validation.preconditionFailed'],
  [413, 'error.common.validation.payloadTooLarge'],
  [415, 'error.common.validation.unsupportedMediaType'],
  [431, 'error.common.validation.headersTooLarge'],
  [501, 'error.common.exception.notImplemented'],
  [503, 'error.common.exception.serviceUnavailable'],
]);

/**
 * The body of a SCIM error.
 * IDCS: shapes.md §2: `status` is a string, there is no scimType, and the second schema is always listed.
 */
export function scimErrorBody(
  error: Pick<ScimError, 'status' | 'message' | 'messageId' | 'additionalData'>,
): JsonObject {
  const messageId =
    error.messageId === undefined
      ? (GENERIC_IDS.get(error.status) ?? 'error.common.exception.internalError')
      : error.messageId;
  return {
    schemas: [ERROR_URN, ORACLE_ERROR_URN],
    detail: error.message,
    status: String(error.status),
    [ORACLE_ERROR_URN]: {
      ...(messageId === null ? {} : { messageId }),
      ...(error.additionalData === undefined ? {} : { additionalData: error.additionalData }),
    },
  };
}
