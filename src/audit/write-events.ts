import type { Draft } from '../resources/behaviour.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { ResourceType } from '../scim/schema.ts';
import type { AuditEventWrite, StoredResource, StoreSession } from '../store/store.ts';
import { auditedValues } from './audited-values.ts';
import { memberEventId, stateEventIds, type WriteVerb, writeEventId } from './event-names.ts';
import { type Actor, type AuditContext, auditEvent, type NewEvent, recordEvents } from './record-event.ts';

/*
 * The events of SCIM writes: made by the pipeline, from the types' data. IDCS: shapes.md §13.
 */

/** What making an event needs of a request. */
export type EventContext = Omit<AuditContext, 'store'>;

/** What a write takes along to the store; undefined: nothing is recorded. */
type Events = readonly AuditEventWrite[] | undefined;

/** The event of a create. @param name of the type that it is called by: who registers creates a User as `Me` */
export function createEvents(
  context: EventContext,
  type: ResourceType,
  resource: StoredResource,
  draft: Draft,
  name = type.name,
): Events {
  if (context.request === undefined) return undefined;
  const adminValuesAdded = auditedValues(type, resource, draft.transient);
  return rowsOf(context, [about({ name }, resource, writeEventId(name, 'create'), { adminValuesAdded })]);
}

/**
 * The events of a PUT, a PATCH or a function that changes the row: the change, and what a change of state (`active`) is called.
 * @param transient values of the request that the row keeps nothing of
 * @param actor default: the caller
 */
export function updateEvents(
  context: EventContext,
  type: ResourceType,
  before: StoredResource,
  after: StoredResource,
  verb: WriteVerb,
  transient?: ReadonlyMap<string, JsonValue>,
  actor?: Actor,
): Events {
  if (context.request === undefined) return undefined;
  const values = {
    adminValuesAdded: auditedValues(type, after, transient),
    adminValuesRemoved: auditedValues(type, before),
  };
  const events = [about(type, after, writeEventId(type.name, verb), values)];
  return [
    ...rowsOf(context, actor === undefined ? events : events.map((event) => ({ ...event, actor }))),
    ...stateEvents(context, type, before, after, { actor }),
  ];
}

/** Whose doing a write is. */
export interface Doing {
  /** Default: the caller. */
  readonly actor?: Actor | undefined;
  /** Whether users did it to themselves. Default: whether they are the actor. */
  readonly own?: boolean | undefined;
}

/** What changes of state (`active`, `locked`) are called, of a write whose own event is another one. */
export function stateEvents(
  context: EventContext,
  type: ResourceType,
  before: Pick<StoredResource, 'data'>,
  after: Pick<StoredResource, 'id' | 'data'>,
  { actor, own = (actor ?? context.caller)?.id === after.id }: Doing = {},
): readonly AuditEventWrite[] {
  const events = stateEventIds(type.storedAs, before.data, after.data, own).map((id) => about(type, after, id, {}));
  return rowsOf(context, actor === undefined ? events : events.map((event) => ({ ...event, actor })));
}

/** The event of a delete. */
export function deleteEvents(context: EventContext, type: ResourceType, resource: StoredResource): Events {
  if (context.request === undefined) return undefined;
  const adminValuesRemoved = auditedValues(type, resource);
  return rowsOf(context, [about(type, resource, writeEventId(type.name, 'delete'), { adminValuesRemoved })]);
}

/** A member that came or went. */
export interface MovedMember {
  readonly op: 'add' | 'remove';
  readonly id: string;
  readonly type: string;
  readonly display: string | null;
}

/** Records members that came and went: an event each. @param resource the Group or AppRole */
export async function recordMembers(
  context: EventContext,
  session: StoreSession,
  type: ResourceType,
  resource: StoredResource,
  moved: readonly MovedMember[],
): Promise<void> {
  if (context.request === undefined || moved.length === 0) return;
  const { app } = resource.data;
  const appName = type.name === 'AppRole' && isObject(app) ? app['display'] : undefined;
  await recordEvents(
    { ...context, store: session },
    session,
    moved.map(({ op, id, type: memberType, display }) =>
      about(type, resource, memberEventId(type.name, op), {
        adminRefResourceType: memberType,
        adminRefResourceId: id,
        ...(display === null ? {} : { adminRefResourceName: display }),
        ...(typeof appName === 'string' ? { adminAppRoleAppName: appName } : {}),
      }),
    ),
  );
}

/** An event about a resource. */
export function about(
  type: Pick<ResourceType, 'name'>,
  { id, data }: Pick<StoredResource, 'id' | 'data'>,
  eventId: string,
  values: JsonObject,
): NewEvent {
  const name = [data['userName'], data['displayName'], data['name']].find((value) => typeof value === 'string');
  return {
    eventId,
    values: {
      adminResourceType: type.name,
      adminResourceId: id,
      ...(name === undefined ? {} : { adminResourceName: name }),
      ...values,
    },
  };
}

function rowsOf(context: EventContext, events: readonly NewEvent[]): readonly AuditEventWrite[] {
  return events.map((event) => auditEvent(context, event)).filter((row) => row !== null);
}
