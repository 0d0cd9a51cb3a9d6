import { ScimError } from '../../scim/errors.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { ProjectionRequest } from '../../scim/projection.ts';
import type { ResourceType } from '../../scim/schema.ts';
import { acceptCreate } from '../../scim/validate.ts';
import type { ActionResult, Behaviour, Draft } from '../behaviour.ts';
import type { RequestContext } from '../request-context.ts';
import { locationOf, type ResourceResponse } from './response.ts';

/*
 * Action types (UserPasswordChanger ...): nothing is stored under their name; the behaviour answers. Bodies are held to the
 * type's schema like any other.
 */

type Actions = NonNullable<Behaviour['actions']>;

/** POST of an action. @throws ScimError 405 when the action has no POST */
export async function createAction(
  context: RequestContext,
  type: ResourceType,
  behaviour: Behaviour,
  body: JsonObject,
  params: ProjectionRequest,
): Promise<ResourceResponse> {
  const create = behaviour.actions?.create;
  if (create === undefined) throw notSupported(type, 'POST');
  return actionAnswer(context, type, await create(context, actionDraft(type, body, ''), params));
}

/** PUT of an action on a resource. @param key id or OCID as asked @throws ScimError 405 when the action has no PUT */
export async function putAction(
  context: RequestContext,
  type: ResourceType,
  actions: Actions,
  key: string,
  body: JsonObject,
  params: ProjectionRequest,
): Promise<ResourceResponse> {
  if (actions.put === undefined) throw notSupported(type, 'PUT');
  return actionAnswer(context, type, await actions.put(context, key, actionDraft(type, body, key), params));
}

/** GET of an action. */
export async function readAction(
  context: RequestContext,
  type: ResourceType,
  get: NonNullable<Actions['get']>,
  key: string,
): Promise<ResourceResponse> {
  return actionAnswer(context, type, await get(context, key));
}

/** The body of an action, held to the type's schema. */
export function actionDraft(type: ResourceType, body: JsonObject, id: string): Draft {
  const { data, transient } = acceptCreate(type, body);
  return { id, ocid: null, data, secret: undefined, transient, edges: [] };
}

/** IDCS: an action answers with schemas, meta without times, and the domain's OCIDs (CNC Console guide 3.6). */
export function actionAnswer(context: RequestContext, type: ResourceType, result: ActionResult): ResourceResponse {
  const location = result.locationKey === null ? null : locationOf(context, type, result.locationKey);
  if (result.bare) return { status: result.status, body: result.data, etag: null, location };
  const { id, ...rest } = result.data;
  const body: JsonObject = { schemas: [type.schema] };
  if (id !== undefined) body['id'] = id;
  body['meta'] = location === null ? { resourceType: type.name } : { resourceType: type.name, location };
  body['domainOcid'] = context.domain.ocid;
  body['compartmentOcid'] = context.domain.compartmentOcid;
  body['tenancyOcid'] = context.domain.tenancyOcid;
  return { status: result.status, body: { ...body, ...rest }, etag: null, location };
}

function notSupported(type: ResourceType, method: string): ScimError {
  return new ScimError(405, `${type.name} does not support ${method}.`);
}
