import type { NotificationEvent } from '../notifications/notification-event.ts';
import { notify } from '../notifications/notify.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { referenceOf } from './part-views.ts';
import type { RequestContext } from './request-context.ts';

/*
 * What requesters and approvers are told of a request for access, in the transaction of what they are told.
 * IDCS: About Email Notifications, and the ids of NotificationSettings; which status belongs to which id is inferred from the names.
 */

type Request = Pick<StoredResource, 'created' | 'data'>;

const TOLD: Readonly<Record<string, NotificationEvent>> = {
  COMPLETE: 'admin.me.request.fulfillment.success',
  APPROVED: 'admin.me.request.fulfillment.success',
  FAILED: 'admin.me.request.fulfillment.failure',
  REJECTED: 'admin.workflow.request.rejected',
  EXPIRED: 'admin.workflow.request.expiry',
};

/** Tells the requester that a request was made. */
export async function tellOfRequest(context: RequestContext, session: StoreSession, request: Request): Promise<void> {
  await tellRequester(context, session, request, 'admin.me.request.submit.success');
  await tellOfOutcome(context, session, request);
}

/** Tells the requester how a request ended; nothing while it is in progress, or when the requester took it back. */
export async function tellOfOutcome(context: RequestContext, session: StoreSession, request: Request): Promise<void> {
  const event = TOLD[String(request.data['status'])];
  if (event !== undefined) await tellRequester(context, session, request, event);
}

/** Asks approvers. @param approvers ids of users */
export async function tellApprovers(
  context: RequestContext,
  session: StoreSession,
  request: Request,
  approvers: readonly string[],
): Promise<void> {
  if (context.inbox === undefined) return;
  for (const id of approvers) {
    const approver = await session.resources.read(context.domain.id, 'User', id);
    const notification = { event: 'admin.approval.create.success', variables: variablesOf(request) } as const;
    if (approver !== null) await notify(context, approver, notification, session);
  }
}

async function tellRequester(
  context: RequestContext,
  session: StoreSession,
  request: Request,
  event: NotificationEvent,
): Promise<void> {
  if (context.inbox === undefined) return;
  const user = await session.resources.read(context.domain.id, 'User', referenceOf(request.data, 'requestor'));
  if (user !== null) await notify(context, user, { event, variables: variablesOf(request) }, session);
}

function variablesOf({ created, data }: Request): Record<string, string> {
  return {
    'request.requestedItem': displayOf(data['requesting']),
    'request.requesteeDisplayName': displayOf(data['requestor']),
    'request.createdOn': new Date(created).toISOString().slice(0, 10),
  };
}

function displayOf(reference: JsonObject[string] | undefined): string {
  if (!isObject(reference)) return '';
  return String(reference['display'] ?? reference['value'] ?? '');
}
