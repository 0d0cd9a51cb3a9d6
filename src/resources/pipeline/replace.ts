import type { JsonObject } from '../../scim/json.ts';
import type { ProjectionRequest } from '../../scim/projection.ts';
import type { ResourceType } from '../../scim/schema.ts';
import { fillCreateDefaults } from '../../scim/sent-values.ts';
import { acceptReplace } from '../../scim/validate.ts';
import { behaviourOf } from '../registry.ts';
import type { RequestContext } from '../request-context.ts';
import { putAction } from './action.ts';
import { changeResource } from './change.ts';
import { edgeRequests } from './edge-requests.ts';
import type { ResourceResponse } from './response.ts';

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
  const actions = behaviourOf(type.name)?.actions;
  if (actions !== undefined) return putAction(context, type, actions, key, body);
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
      return { data, transient, edges: edgeRequests(type, edges, 'set') };
    },
  });
}
