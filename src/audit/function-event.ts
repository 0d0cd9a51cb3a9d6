import type { ResourceType } from '../scim/schema.ts';
import type { AuditEventWrite, StoredResource } from '../store/store.ts';
import { type Actor, type AuditContext, auditEvent, type NewEvent } from './record-event.ts';

/**
 * The audit event of a function that runs (UserPasswordChanger ...). It belongs into the transaction of what the function does, so
 * whatever carries that out takes it along (`takeEvent`); what nobody took is recorded when the function has answered.
 */
export interface PendingEvent {
  eventId: string;
  /** The function. */
  type: Pick<ResourceType, 'name' | 'schema'>;
  /** Default: the caller. */
  readonly actor?: Actor;
  /** Whom it is about, where the answer does not say. */
  about?: Pick<StoredResource, 'id' | 'data'>;
  /** Why nothing was done, where the answer must not say: the event is that of the failure. */
  refused?: string;
  taken: boolean;
}

/** What `takeEvent` needs of a request's context. */
export interface FunctionContext extends Omit<AuditContext, 'store'> {
  readonly event?: PendingEvent | undefined;
}

/** The running function's event for the write of a user or another resource; undefined: there is none to record. */
export function takeEvent(
  context: FunctionContext,
  resource: Pick<StoredResource, 'id' | 'data'>,
): readonly AuditEventWrite[] | undefined {
  const { event } = context;
  if (event === undefined) return undefined;
  event.taken = true;
  const row = auditEvent(context, functionEvent(context, event, resource));
  return row === null ? undefined : [row];
}

/**
 * IDCS: shapes.md §13, admin.me.password.change.success: what was called and about whom; adminValuesAdded is the call without what
 * it was given. The name is shown where it is not one's own password.
 */
export function functionEvent(
  { caller, clock }: Pick<FunctionContext, 'caller' | 'clock'>,
  { eventId, type, actor = caller ?? undefined }: Pick<PendingEvent, 'eventId' | 'type' | 'actor'>,
  { id, data }: Pick<StoredResource, 'id' | 'data'>,
): NewEvent {
  const now = new Date(clock.now()).toISOString();
  const author = actor && { value: actor.id, type: actor.type, display: actor.display };
  const called = {
    schemas: [type.schema],
    id,
    meta: { created: now, lastModified: now },
    ...(author && { idcsCreatedBy: author, idcsLastModifiedBy: author }),
  };
  const name = [data['userName'], data['displayName']].find((value) => typeof value === 'string');
  return {
    eventId,
    ...(actor && { actor }),
    values: {
      adminResourceType: type.name,
      adminResourceId: id,
      ...(name === undefined || type.name.startsWith('Me') ? {} : { adminResourceName: name }),
      adminValuesAdded: JSON.stringify(called),
    },
  };
}
