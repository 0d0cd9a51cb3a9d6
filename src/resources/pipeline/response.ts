import type { JsonObject } from '../../scim/json.ts';
import type { ResourceType } from '../../scim/schema.ts';
import type { RequestContext } from '../request-context.ts';

/** What an operation answers; src/http turns it into a reply. */
export interface ResourceResponse {
  readonly status: number;
  /** null: no body (204). */
  readonly body: JsonObject | null;
  /** meta.version in quotes; null where there is no single resource. */
  readonly etag: string | null;
  /** Absolute address of the resource, with the id or OCID that was asked; null where there is none. */
  readonly location: string | null;
  /** Token of the next page, for `opc-next-page`: only when `limit` or `page` was asked and there is more. */
  readonly nextPage?: string | null;
  /** Number of matches, for `opc-total-items`: only when `limit` or `page` was asked. */
  readonly totalItems?: number;
}

/** The address of a resource. IDCS: the id or OCID that was asked is echoed (CNC Console guide 3.4). */
export function locationOf(context: RequestContext, type: ResourceType, key: string): string {
  return `${context.baseUrl}${type.base}${type.endpoint}/${key}`;
}

/** A version as entity tag. */
export function etagOf(version: string): string {
  return `"${version}"`;
}
