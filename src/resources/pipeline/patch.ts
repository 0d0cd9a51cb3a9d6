import { isObject, type JsonObject } from '../../scim/json.ts';
import { applyPatch } from '../../scim/patch.ts';
import type { ProjectionRequest } from '../../scim/projection.ts';
import { copyOf } from '../../scim/resource-data.ts';
import type { ResourceType } from '../../scim/schema.ts';
import type { RequestContext } from '../request-context.ts';
import { changeResource } from './change.ts';
import type { ResourceResponse } from './response.ts';

/**
 * PATCH of a resource: all operations or none. Answers 200 with the whole resource (scim.md §6).
 *
 * @param key id or OCID
 * @param ifMatch the If-Match header
 * @throws ScimError as changeResource
 */
export async function patchResource(
  context: RequestContext,
  type: ResourceType,
  key: string,
  body: JsonObject,
  params: ProjectionRequest,
  ifMatch: string | null,
): Promise<ResourceResponse> {
  return changeResource(context, {
    type,
    key,
    params,
    ifMatch,
    operation: 'update',
    bodies: pathlessValues(body),
    apply: (current) => {
      const { data, transient, edges } = applyPatch(type, body, current);
      // What the PATCH did not touch is still the stored object: behaviours must not change that.
      return { data: copyOf(data), transient, edges };
    },
  });
}

/** Values of operations without a path: objects whose keys are attributes. */
function pathlessValues(body: JsonObject): JsonObject[] {
  const operations = body['Operations'];
  if (!Array.isArray(operations)) return [];
  return operations.flatMap((operation) =>
    isObject(operation) && !operation['path'] && isObject(operation['value']) ? [operation['value']] : [],
  );
}
