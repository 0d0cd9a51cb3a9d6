import type { JsonObject } from './json.ts';

/**
 * An error that a SCIM client sees. The one mapping to HTTP is in `src/http/scim-errors.ts`.
 *
 * `detail` goes on the wire and names the attribute or the position; `messageId` is the service's own code, where one is
 * known (errors.tsv of the reference), null where the service is known to send none; `cause` (standard `Error` option) is for the log only.
 */
export class ScimError extends Error {
  readonly status: number;
  readonly messageId: string | null | undefined;
  readonly additionalData: JsonObject | undefined;

  constructor(
    status: number,
    detail: string,
    options: { messageId?: string | null; additionalData?: JsonObject; cause?: unknown } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ScimError';
    this.status = status;
    this.messageId = options.messageId;
    this.additionalData = options.additionalData;
  }
}

/** 400: the request says something that cannot be. */
export function badRequest(detail: string, messageId?: string, additionalData?: JsonObject): ScimError {
  return new ScimError(400, detail, {
    ...(messageId === undefined ? {} : { messageId }),
    ...(additionalData === undefined ? {} : { additionalData }),
  });
}

/** 404 for a resource. */
export function notFound(type: string, id: string): ScimError {
  return new ScimError(404, `${type} with ID ${id} was not found.`, {
    messageId: 'error.common.validation.resourceNotFound',
  });
}
