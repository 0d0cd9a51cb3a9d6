import { isObject, type JsonObject, type JsonValue } from '../../scim/json.ts';
import { applyPatch } from '../../scim/patch.ts';
import { type PatchOperation, readPatch } from '../../scim/patch-operation.ts';
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
  // A type without PATCH is refused for that first, whatever the body is.
  const operations = type.operations.has('patch') ? readPatch(body) : [];
  return changeResource(context, {
    type,
    key,
    params,
    ifMatch,
    operation: 'update',
    contended: isAboutEdges(type, operations),
    bodies: pathlessValues(operations),
    named: namesIn(operations),
    apply: (current) => {
      const { data, transient, edges } = applyPatch(type, body, current);
      // What the PATCH did not touch is still the stored object: behaviours must not change that.
      return { data: copyOf(data), transient, edges };
    },
  });
}

function namesIn(operations: readonly PatchOperation[]): ReadonlySet<string> {
  const names = new Set<string>();
  const addAll = (value: JsonValue | undefined): void => {
    if (Array.isArray(value)) for (const element of value) addAll(element);
    else if (value !== undefined && isObject(value)) {
      for (const [name, inner] of Object.entries(value)) {
        names.add(lastPart(name));
        addAll(inner);
      }
    }
  };
  for (const { path, value } of operations) {
    if (path !== null) names.add(lastPart(path));
    addAll(value);
  }
  return names;
}

/** `verified` of `emails[type eq "work"].verified`. */
function lastPart(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('.'), path.lastIndexOf(':')) + 1).toLowerCase();
}

/** Values of operations without a path: objects whose keys are attributes. */
function pathlessValues(operations: readonly PatchOperation[]): JsonObject[] {
  return operations.flatMap(({ path, value }) => (!path && isObject(value) ? [value] : []));
}

/** Whether all operations name an edge attribute: `members`, `members[value eq "…"]`. */
function isAboutEdges(type: ResourceType, operations: readonly PatchOperation[]): boolean {
  return operations.every(({ path }) => {
    const named = path === null ? undefined : type.resolve(path.split('[', 1)[0]!);
    return (named?.parent ?? named)?.edge != null;
  });
}
