import type { JsonObject } from '../../scim/json.ts';
import type { RequestContext } from '../request-context.ts';

/** The value of idcsCreatedBy and idcsLastModifiedBy for this request; `$ref` is added when answering (shapes.md §4). */
export function authorOf(context: RequestContext): JsonObject {
  const { type, id, ocid, display } = context.caller;
  return ocid === null ? { type, value: id, display } : { type, value: id, display, ocid };
}

/** Whether a stored author is the caller, so that writing it again would change nothing. */
export function isAuthor(context: RequestContext, stored: unknown): boolean {
  const { type, id, display } = context.caller;
  return isAuthorValue(stored) && stored.value === id && stored.type === type && stored.display === display;
}

function isAuthorValue(value: unknown): value is { value?: unknown; type?: unknown; display?: unknown } {
  return typeof value === 'object' && value !== null;
}
