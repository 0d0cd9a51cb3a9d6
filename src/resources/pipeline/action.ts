import { type FunctionEvents, functionEvents } from '../../audit/event-names.ts';
import { functionEvent, type PendingEvent } from '../../audit/function-event.ts';
import { type NewEvent, recordEvent } from '../../audit/record-event.ts';
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
  const draft = actionDraft(type, body, '');
  return actionAnswer(context, type, await recorded(context, type, draft, (inner) => create(inner, draft, params)));
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
  const { put } = actions;
  if (put === undefined) throw notSupported(type, 'PUT');
  const draft = actionDraft(type, body, key);
  return actionAnswer(context, type, await recorded(context, type, draft, (inner) => put(inner, key, draft, params)));
}

/** Runs an action that changes something, and sees to its audit event. Where it fails, nothing was written that has one. */
async function recorded(
  context: RequestContext,
  type: ResourceType,
  draft: Draft,
  run: (context: RequestContext) => Promise<ActionResult>,
): Promise<ActionResult> {
  const events = functionEvents(type.name);
  if (events === null || context.request === undefined) return run(context);
  const event: PendingEvent = { eventId: events.success, type, taken: false };
  try {
    const result = await run({ ...context, event });
    if (event.refused !== undefined) await recordFailure(context, event, events, event.refused);
    else if (!event.taken) {
      const about = event.about ?? aboutOf(context, result);
      await recordEvent(context, null, withFactor(functionEvent(context, event, about), draft));
    }
    return result;
  } catch (error) {
    if (error instanceof ScimError) await recordFailure(context, event, events, error.message);
    throw error;
  }
}

async function recordFailure(
  context: RequestContext,
  { type, about }: PendingEvent,
  { failure }: FunctionEvents,
  message: string,
): Promise<void> {
  if (failure === null) return;
  const named = about === undefined ? {} : { adminResourceId: about.id };
  await recordEvent(context, null, { eventId: failure, values: { adminResourceType: type.name, ...named, message } });
}

/** What a function was about: what its answer names, else the caller. */
function aboutOf({ caller }: RequestContext, { data }: ActionResult): { id: string; data: JsonObject } {
  const { id, user } = data;
  const named = typeof user === 'object' && user !== null && !Array.isArray(user) ? user['value'] : undefined;
  return { id: String(id ?? named ?? caller.id), data: {} };
}

/** IDCS: flows.md G6: events of factors say which one. */
function withFactor(event: NewEvent, { data }: Draft): NewEvent {
  const factor = data['authFactor'];
  return typeof factor === 'string' ? { ...event, values: { ...event.values, ssoAuthFactor: factor } } : event;
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
