import { resourceType } from '../../schemas/registry.ts';
import type { JsonObject } from '../../scim/json.ts';
import { PATCH_SCHEMA } from '../../scim/patch-operation.ts';
import type { ProjectionRequest } from '../../scim/projection.ts';
import { copyOf, readValue, writeValue } from '../../scim/resource-data.ts';
import type { ResourceType } from '../../scim/schema.ts';
import { fillCreateDefaults } from '../../scim/sent-values.ts';
import { acceptReplace } from '../../scim/validate.ts';
import type { PatchingAction } from '../behaviour.ts';
import type { RequestContext } from '../request-context.ts';
import { actionAnswer, actionDraft, putAction } from './action.ts';
import { changeResource } from './change.ts';
import { edgeRequests } from './edge-requests.ts';
import { patchResource } from './patch.ts';
import type { ResourceResponse } from './response.ts';
import { behaviourFor, rowType } from './row-type.ts';

/**
 * PUT of a resource, or of an action on one.
 *
 * @param key id or OCID
 * @param ifMatch the If-Match header
 * @throws ScimError as changeResource
 */
export async function replaceResource(
  context: RequestContext,
  type: ResourceType,
  key: string,
  body: JsonObject,
  params: ProjectionRequest,
  ifMatch: string | null,
): Promise<ResourceResponse> {
  const actions = behaviourFor(type)?.actions;
  if (actions?.patches !== undefined) return putByPatch(context, type, actions.patches, key, body, ifMatch);
  if (actions !== undefined) return putAction(context, type, actions, key, body, params);
  return changeResource(context, {
    type,
    key,
    params,
    ifMatch,
    operation: 'replace',
    contended: false,
    bodies: [body],
    apply: (current) => {
      const accepted = acceptReplace(type, body, current);
      // What a PUT leaves out falls back to its default (RFC 7644 §3.5.1), so that a replaced resource looks like a new one.
      fillCreateDefaults(type, accepted);
      const { data, transient, edges } = accepted;
      keepUnseen(type, data, current.data);
      return { data, transient, edges: edgeRequests(type, edges, 'set') };
    },
  });
}

/** What the row of a twin has and the twin's schema lacks is not its sender's to clear. */
function keepUnseen(type: ResourceType, data: JsonObject, stored: JsonObject): void {
  const whole = rowType(type);
  if (whole === type) return;
  for (const attribute of whole.attributes) {
    if (attribute.storage !== 'data' || type.resolve(attribute.path) !== undefined) continue;
    const value = readValue(stored, attribute);
    if (value !== undefined) writeValue(data, attribute, copyOf(value));
  }
}

async function putByPatch(
  context: RequestContext,
  type: ResourceType,
  { type: target, operations, answer }: PatchingAction,
  key: string,
  body: JsonObject,
  ifMatch: string | null,
): Promise<ResourceResponse> {
  const patch = { schemas: [PATCH_SCHEMA], Operations: [...operations(actionDraft(type, body, key))] };
  const projection = { attributes: null, attributeSets: null };
  const { body: patched } = await patchResource(context, resourceType(target), key, patch, projection, ifMatch);
  return actionAnswer(context, type, { status: 200, locationKey: key, data: answer(patched!) });
}
