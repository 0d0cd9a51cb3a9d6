import { createEvents } from '../../audit/write-events.ts';
import { newId, newOcid, newUuid } from '../../ids.ts';
import { resourceType } from '../../schemas/registry.ts';
import { compileProjection } from '../../scim/compile-projection.ts';
import { checkConditions } from '../../scim/conditional-requirements.ts';
import { ScimError } from '../../scim/errors.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { ProjectionRequest } from '../../scim/projection.ts';
import type { ResourceType } from '../../scim/schema.ts';
import { acceptCreate } from '../../scim/validate.ts';
import type { ResourceWrite, StoredResource, StoreSession } from '../../store/store.ts';
import type { Behaviour, Draft, Pipeline } from '../behaviour.ts';
import type { RequestContext } from '../request-context.ts';
import { createAction } from './action.ts';
import { applyEdges } from './apply-edges.ts';
import { authorOf } from './author.ts';
import { edgeRequests } from './edge-requests.ts';
import { toRow } from './face.ts';
import { inside } from './inside.ts';
import { asCallersOwn } from './own-rows.ts';
import { presentRows } from './present.ts';
import { recordMoves } from './record-moves.ts';
import { resolveReferences } from './resolve-references.ts';
import { etagOf, locationOf, type ResourceResponse } from './response.ts';
import { behaviourFor, rowType } from './row-type.ts';
import { orConflict } from './write-errors.ts';

/**
 * POST of a resource: validate, behaviour, references, one transaction, answer.
 *
 * @throws ScimError 400 for a body that breaks a rule, 409 for a value that is taken
 */
export async function createResource(
  context: RequestContext,
  type: ResourceType,
  body: JsonObject,
  params: ProjectionRequest,
): Promise<ResourceResponse> {
  const behaviour = behaviourFor(type);
  if (behaviour?.actions !== undefined) return createAction(context, type, behaviour, body, params);
  if (!type.operations.has('create')) throw new ScimError(405, `${type.name} can not be created.`);
  const projection = compileProjection(type, params);
  const draft = await draftOf(context, type, body);
  draft.data = toRow(type, draft.data, null);
  await behaviour?.prepareCreate?.(context, draft);
  checkConditions(type, draft.data, null);
  const author = authorOf(context);
  draft.data['idcsCreatedBy'] = author;
  draft.data['idcsLastModifiedBy'] = { ...author };
  const resource = await orConflict(type, () => insert(context, type, behaviour, draft));
  await behaviour?.afterCreate?.(context, resource, draft);
  const location = locationOf(context, type, resource.id);
  const shown = { ...resource, data: { ...resource.data, ...draft.once } };
  const [answer] = await presentRows(context, context.store, type, [shown], projection);
  return { status: 201, body: answer!, etag: etagOf(resource.version), location };
}

async function draftOf(context: RequestContext, type: ResourceType, body: JsonObject): Promise<Draft> {
  const accepted = acceptCreate(type, asCallersOwn(context, type, body));
  const { ocidKind, dashedIds } = type.overlay;
  const id = dashedIds ? newUuid(context.ids) : newId(context.ids);
  const edges = await resolveReferences(context, type, accepted.data, null, edgeRequests(type, accepted.edges), id);
  return {
    id,
    ocid: ocidKind === undefined ? null : newOcid(context.ids, ocidKind),
    data: accepted.data,
    secret: undefined,
    transient: accepted.transient,
    edges,
  };
}

async function insert(
  context: RequestContext,
  type: ResourceType,
  behaviour: Behaviour | undefined,
  draft: Draft,
): Promise<StoredResource> {
  const stored = rowType(type);
  const created = context.clock.now();
  const write: ResourceWrite = {
    type: stored,
    id: draft.id,
    ocid: draft.ocid,
    version: newId(context.ids),
    lastModified: created,
    data: draft.data,
    ...(draft.secret === undefined ? {} : { secret: draft.secret }),
  };
  const insertRow = async (session: StoreSession): Promise<StoredResource> => {
    const { id, ocid, version, data } = write;
    const resource = { id, ocid, type: stored.name, version, created, lastModified: created, data };
    const eventOf = context.registers === undefined ? type.name : 'Me';
    const events = createEvents(context, type, { ...resource, seq: 0 }, draft, eventOf);
    const seq = await session.resources.insert(context.domain.id, { ...write, ...(events && { events }) }, created);
    return { ...resource, seq };
  };
  // Most creates are one row: no need to pay for a transaction around one statement.
  if (draft.edges.length === 0 && behaviour?.afterWrite === undefined && draft.follows === undefined) {
    return insertRow(context.store);
  }
  return context.store.transaction(async (session) => {
    const resource = await insertRow(session);
    const moved = await applyEdges(context, session, stored, resource.id, draft.edges);
    await recordMoves(context, session, type, resource, moved, draft.edges);
    await behaviour?.afterWrite?.(context, session, {
      kind: 'create',
      resource,
      draft,
      pipeline: pipelineWithin(context, session),
    });
    await draft.follows?.(session, resource);
    return resource;
  });
}

/** The pipeline for behaviours that write other resources in an open transaction. */
export function pipelineWithin(context: RequestContext, session: StoreSession): Pipeline {
  return {
    async create(typeName, body) {
      const type = resourceType(typeName);
      const whole = { schemas: [type.schema], ...body };
      const made = await createResource({ ...inside(context, session), byService: true }, type, whole, {
        attributes: null,
        attributeSets: null,
      });
      return made.body!;
    },
  };
}
