import { isDeepStrictEqual } from 'node:util';
import { updateEvents } from '../../audit/write-events.ts';
import { newId } from '../../ids.ts';
import { compileProjection } from '../../scim/compile-projection.ts';
import { checkConditions } from '../../scim/conditional-requirements.ts';
import { notFound, ScimError } from '../../scim/errors.ts';
import type { JsonObject, JsonValue } from '../../scim/json.ts';
import type { Projection, ProjectionRequest } from '../../scim/projection.ts';
import type { ResourceType } from '../../scim/schema.ts';
import type { Current } from '../../scim/validate.ts';
import type { ResourceWrite, StoredResource, StoreSession } from '../../store/store.ts';
import type { Behaviour, Draft } from '../behaviour.ts';
import { TooManyElements } from '../edge-view.ts';
import type { RequestContext } from '../request-context.ts';
import { applyEdges } from './apply-edges.ts';
import { authorOf, isAuthor } from './author.ts';
import { readConstant } from './constant-rows.ts';
import { pipelineWithin } from './create.ts';
import type { EdgeRequest } from './edge-requests.ts';
import { toFace, toRow } from './face.ts';
import { changedMeanwhile, checkIfMatch } from './if-match.ts';
import { impliedOrNothing } from './implied-row.ts';
import { inside } from './inside.ts';
import { isOwnRow } from './own-rows.ts';
import { isAmong, rowsOf } from './own-view.ts';
import { presentRows } from './present.ts';
import { recordMoves } from './record-moves.ts';
import { resolveReferences } from './resolve-references.ts';
import { etagOf, locationOf, type ResourceResponse } from './response.ts';
import { behaviourFor, rowType } from './row-type.ts';
import { currentOf } from './shown.ts';
import { makeSingletonRow } from './singleton-row.ts';
import { nameOf, orConflict, refusePrevented } from './write-errors.ts';

/** A PUT or PATCH, the same in all but how the body becomes new data. */
export interface ChangeRequest {
  readonly type: ResourceType;
  /** id or OCID. */
  readonly key: string;
  readonly params: ProjectionRequest;
  /** The If-Match header. */
  readonly ifMatch: string | null;
  /** What idcsPreventedOperations would call it. */
  readonly operation: 'replace' | 'update';
  /** Others are likely to change the same resource now (members of one group): the row is locked at once. */
  readonly contended: boolean;
  /** The objects in the body whose keys are attributes: what PUT and PATCH compare with the stored values. */
  readonly bodies: readonly JsonObject[];
  /** As `Draft.named`. */
  readonly named?: ReadonlySet<string>;
  /** Makes the new data; must not change `current`. @throws ScimError 400 */
  readonly apply: (current: Current) => ChangedData;
}

export interface ChangedData {
  readonly data: JsonObject;
  readonly transient: ReadonlyMap<string, JsonValue>;
  readonly edges: readonly EdgeRequest[];
}

type Before = StoredResource & { secret: JsonObject | null };

/** The row was changed or deleted between our read and our write. */
class Overtaken extends Error {}

/** The edges that a request names are as they were: what was written with them is rolled back. */
class Unmoved extends Error {
  readonly before: Before;

  constructor(before: Before) {
    super('nothing changed');
    this.before = before;
  }
}

/**
 * Runs a change. Without If-Match, a change that was overtaken by another runs again on what the other left, with the row
 * locked, so that both succeed and neither is lost.
 *
 * @throws ScimError 404, 400, 403 (idcsPreventedOperations), 409 (unique values), 412 (If-Match)
 */
export async function changeResource(context: RequestContext, request: ChangeRequest): Promise<ResourceResponse> {
  const { type } = request;
  if (!type.operations.has(request.operation === 'replace' ? 'put' : 'patch')) {
    throw new ScimError(405, `${type.name} can not be changed this way.`);
  }
  try {
    if (!request.contended) return await attempt(context, request, false);
  } catch (error) {
    if (error instanceof Unmoved) return answerOf(context, request, error.before);
    if (!(error instanceof Overtaken)) throw error;
  }
  try {
    return await context.store.transaction((session) => attempt(inside(context, session), request, true));
  } catch (error) {
    if (error instanceof Unmoved) return answerOf(context, request, error.before);
    throw error;
  }
}

async function attempt(context: RequestContext, request: ChangeRequest, lock: boolean): Promise<ResourceResponse> {
  const { type, key, ifMatch } = request;
  // Compiled before anything is written: a wrong one is a 400.
  compileProjection(type, request.params);
  const { resources } = context.store;
  const rows = await rowsOf(context, type);
  let before = await resources.readWithSecret(context.domain.id, type.storedAs, key, { lock });
  if (before === null && (await makeSingletonRow(context, type))) {
    before = await resources.readWithSecret(context.domain.id, type.storedAs, key, { lock });
  }
  if (before === null) throw await constantOrNothing(context, type, key);
  if (!isOwnRow(context, type, before) || !isAmong(rows, before)) throw notFound(type.name, key);
  checkIfMatch(ifMatch, before.version, nameOf(type, before));
  refusePrevented(type, before, request.operation);
  const behaviour = behaviourFor(type);
  const draft = await draftOf(context, request, before);
  await behaviour?.prepareUpdate?.(context, before, draft);
  checkConditions(type, draft.data, before.data);
  const after = await orConflict(type, () => write(context, request, behaviour, before, draft));
  return answerOf(context, request, { ...after, data: { ...after.data, ...draft.once } });
}

async function constantOrNothing(context: RequestContext, type: ResourceType, key: string): Promise<ScimError> {
  const constants = await behaviourFor(type)?.constants?.(context);
  if (constants === undefined) return impliedOrNothing(context, type, key);
  if (readConstant(type, constants, key) === null) return notFound(type.name, key);
  return new ScimError(403, `${type.name} '${key}' can not be changed.`);
}

async function answerOf(
  context: RequestContext,
  { type, key, params }: ChangeRequest,
  resource: StoredResource,
): Promise<ResourceResponse> {
  const asked = compileProjection(type, params);
  const prevented = resource.data['idcsPreventedOperations'];
  const { answer, projection } = await presented(context, type, resource, asked, key);
  return {
    status: 200,
    body: projection.isDefault ? withPrevented(answer, prevented) : answer,
    etag: etagOf(resource.version),
    location: locationOf(context, type, key),
  };
}

/** What was written has been written: where the answer asked for would be too large, the default one says so. */
async function presented(
  context: RequestContext,
  type: ResourceType,
  resource: StoredResource,
  asked: Projection,
  key: string,
): Promise<{ answer: JsonObject; projection: Projection }> {
  const present = async (projection: Projection) => {
    const [answer] = await presentRows(context, context.store, type, [resource], projection, key);
    return { answer: answer!, projection };
  };
  try {
    return await present(asked);
  } catch (error) {
    if (!(error instanceof TooManyElements)) throw error;
    return present(compileProjection(type, { attributes: null, attributeSets: null }));
  }
}

/** IDCS: PUT and PATCH answers show `idcsPreventedOperations`; GETs and lists don't (shapes.md §4). */
function withPrevented(answer: JsonObject, prevented: JsonValue | undefined): JsonObject {
  if (Array.isArray(prevented) && prevented.length > 0) answer['idcsPreventedOperations'] = prevented;
  return answer;
}

async function draftOf(context: RequestContext, request: ChangeRequest, before: Before): Promise<Draft> {
  const { type } = request;
  const { data, transient, edges } = request.apply(await currentOf(context, type, before, request.key, request.bodies));
  const changes = await resolveReferences(context, type, data, toFace(type, before.data), edges, before.id);
  return {
    id: before.id,
    ocid: before.ocid,
    data: toRow(type, data, before.data),
    secret: undefined,
    transient,
    edges: changes,
    operation: request.operation,
    ...(request.named === undefined ? {} : { named: request.named }),
  };
}

async function write(
  context: RequestContext,
  request: ChangeRequest,
  behaviour: Behaviour | undefined,
  before: Before,
  draft: Draft,
): Promise<StoredResource> {
  const dataChanged = draft.secret !== undefined || !isDeepStrictEqual(draft.data, before.data);
  if (draft.edges.length === 0) {
    if (!dataChanged) return before;
    const alone = draft.endsTokens !== true && draft.follows === undefined && draft.tells === undefined;
    if (behaviour?.afterWrite === undefined && alone) {
      return overtakenOr412(request, before, () => writeRow(context, context.store, request, before, draft, true));
    }
  }
  return overtakenOr412(request, before, () =>
    context.store.transaction(async (session) => {
      // The row first: its lock makes writers of the same group wait here, and not in a circle over their members.
      const resource = await writeRow(context, session, request, before, draft, dataChanged);
      const moved = await applyEdges(context, session, request.type, before.id, draft.edges);
      if (!dataChanged && moved.count === 0) throw new Unmoved(before);
      await recordMoves(context, session, request.type, resource, moved, draft.edges);
      await behaviour?.afterWrite?.(context, session, {
        kind: 'update',
        resource,
        draft,
        pipeline: pipelineWithin(context, session),
      });
      await draft.follows?.(session, resource);
      await draft.tells?.(session, resource);
      if (draft.endsTokens === true) await session.domains.bumpEpoch(context.domain.id);
      return resource;
    }),
  );
}

/** Writes the row with a new version; a change of edges alone moves only version, lastModified and the author. */
async function writeRow(
  context: RequestContext,
  session: StoreSession,
  { type, operation }: ChangeRequest,
  before: Before,
  draft: Draft,
  dataChanged: boolean,
): Promise<StoredResource> {
  const version = newId(context.ids);
  const lastModified = context.clock.now();
  const { id, ocid } = before;
  const changed = { id, ocid, version, lastModified };
  let written: boolean;
  if (dataChanged || !isAuthor(context, before.data['idcsLastModifiedBy'])) {
    const data = { ...draft.data, idcsLastModifiedBy: authorOf(context) };
    const secret = draft.secret === undefined ? {} : { secret: draft.secret };
    const after = { ...before, lastModified, data };
    const events = dataChanged ? updateEvents(context, type, before, after, operation, draft.transient) : undefined;
    const row: ResourceWrite = { type: rowType(type), ...changed, data, ...secret, ...(events && { events }) };
    written = await session.resources.update(context.domain.id, row, before.version);
    draft.data = data;
  } else {
    const touch = { version, lastModified, expectedVersion: before.version };
    written = await session.resources.touch(context.domain.id, type.storedAs, id, touch);
  }
  if (!written) throw new Overtaken();
  return { ...changed, type: type.storedAs, seq: before.seq, created: before.created, data: draft.data };
}

async function overtakenOr412<T>(request: ChangeRequest, before: Before, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Overtaken && request.ifMatch !== null) throw changedMeanwhile(nameOf(request.type, before));
    throw error;
  }
}
