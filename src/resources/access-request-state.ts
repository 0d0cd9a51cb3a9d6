import { newId } from '../ids.ts';
import { resourceType } from '../schemas/registry.ts';
import type { Filter } from '../scim/filter-ast.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { tellApprovers, tellOfOutcome } from './access-request-mail.ts';
import { equals } from './app-parts.ts';
import { type ApprovalPlan, approversOf, type PlannedStep } from './approval-plan.ts';
import { joinGroup } from './group-joining.ts';
import { referenceOf } from './part-views.ts';
import { authorOf } from './pipeline/author.ts';
import type { RequestContext } from './request-context.ts';
import { refuseAdministratorGroup } from './stronger-principals.ts';

/*
 * The life of a request: IN_PROGRESS while a step's approvers are asked, each by a row of their own (MyPendingApproval); APPROVED
 * when the last step has its approvals and the requester is a member; REJECTED by the first who says no; CANCELED by the requester;
 * EXPIRED by the clock; FAILED when nobody can approve or the group is gone. COMPLETE: nobody had to be asked.
 * IDCS: the states are the canonical values of Request.status; what leads to which is inferred from their names.
 */

/** Rows that one pass over what has expired takes. */
const BATCH = 100;

/** Which of a workflow's steps an approval counts for. */
export type ApprovalType = 'regular' | 'escalation';

/** A request with what is kept of it and never shown. */
export interface RequestRow extends StoredResource {
  readonly secret: JsonObject | null;
}

/** The plan and where the request stands in it. */
export interface Progress {
  readonly plan: ApprovalPlan;
  /** Index of the step that is asked now. */
  readonly step: number;
}

/** Reads what `progressSecret` wrote. */
export function progressOf({ secret }: RequestRow): Progress {
  return secret as unknown as Progress;
}

/** What a request keeps of its progress. */
export function progressSecret(progress: Progress): JsonObject {
  return progress as unknown as JsonObject;
}

/**
 * Asks a step's approvers who have not been asked yet.
 * @returns how many are asked; 0: nobody can approve
 */
export async function ask(
  context: RequestContext,
  session: StoreSession,
  request: StoredResource,
  step: PlannedStep,
  approvalType: ApprovalType,
): Promise<number> {
  const { domain, clock, ids } = context;
  const requester = referenceOf(request.data, 'requestor');
  const approvers = await approversOf(context, session, step, requester);
  const known = new Set(
    (await approvalsOf(context, session, request.id, 'PENDING')).map((row) => referenceOf(row.data, 'approver')),
  );
  const now = clock.now();
  const author = authorOf(context);
  const writes = approvers
    .filter((id) => !known.has(id))
    .map((id) => ({
      type: resourceType('MyPendingApproval'),
      id: newId(ids),
      ocid: null,
      version: newId(ids),
      lastModified: now,
      data: {
        ...approvalData(request),
        approver: { value: id },
        idcsCreatedBy: author,
        idcsLastModifiedBy: { ...author },
      },
      secret: { order: step.order, approvalType },
    }));
  if (writes.length > 0) await session.resources.insertMany(domain.id, writes, now);
  await tellApprovers(
    context,
    session,
    request,
    approvers.filter((id) => !known.has(id)),
  );
  return approvers.length;
}

/** What an approver sees of a request. */
function approvalData(request: StoredResource): JsonObject {
  const { requesting, requestor, justification, expires } = request.data;
  const target = isObject(requesting) ? requesting : {};
  const by = isObject(requestor) ? requestor : {};
  return {
    requestId: request.id,
    ...(request.ocid === null ? {} : { requestOcid: request.ocid }),
    resourceDisplayName: target['display'] ?? '',
    resourceType: target['type'] ?? 'Group',
    // The form of this text is not documented.
    requestDetails: JSON.stringify({
      requestor: by['display'] ?? by['value'] ?? '',
      justification: justification ?? '',
    }),
    requestCreatedTime: new Date(request.created).toISOString(),
    status: 'PENDING',
    ...(expires === undefined ? {} : { expires }),
  };
}

/** The approvals of a request in one state. */
export async function approvalsOf(
  context: RequestContext,
  session: StoreSession,
  requestId: string,
  status: string,
): Promise<readonly StoredResource[]> {
  const type = resourceType('MyPendingApproval');
  const filters = [equals(type.name, 'requestId', requestId), equals(type.name, 'status', status)];
  const query = {
    type,
    filter: { op: 'and' as const, filters },
    sortBy: null,
    descending: false,
    offset: 0,
    limit: 10_000,
  };
  return (await session.resources.search(context.domain.id, query)).resources;
}

/** Takes back what nobody needs to answer any more. */
export async function withdraw(context: RequestContext, session: StoreSession, requestId: string): Promise<void> {
  for (const { id } of await approvalsOf(context, session, requestId, 'PENDING')) {
    await session.resources.delete(context.domain.id, 'MyPendingApproval', id, null);
  }
}

/** An approver's answer. */
export interface Answer {
  readonly approver: { readonly id: string; readonly display: string };
  readonly approved: boolean;
  readonly justification: string | null;
  readonly order: number;
  readonly approvalType: ApprovalType;
}

/**
 * Counts an answer, under the request's lock: rejects, waits for more, asks the next step, or grants.
 * @returns false when the request is no longer in progress
 */
export async function countAnswer(
  context: RequestContext,
  session: StoreSession,
  requestId: string,
  answer: Answer,
): Promise<boolean> {
  const request = await session.resources.readWithSecret(context.domain.id, 'MyRequest', requestId, { lock: true });
  if (request === null || request.data['status'] !== 'IN_PROGRESS') return false;
  // Whoever fills an approver group would decide about administrators otherwise. By the AppRoles of the approver's token, as every
  // other right is (docs/permissions.md): an administrator who comes by a client without the role is refused, and may come again.
  if (answer.approved) await refuseAdministratorGroup(context, session, referenceOf(request.data, 'requesting'));
  const details = [...(Array.isArray(request.data['approvalDetails']) ? request.data['approvalDetails'] : [])];
  details.push(detailOf(answer, context.clock.now()));
  const data: JsonObject = { ...request.data, approvalDetails: details };
  let progress = progressOf(request);
  if (!answer.approved) data['status'] = 'REJECTED';
  else if (isStepDone(progress, answer, data)) {
    await withdraw(context, session, requestId);
    progress = { ...progress, step: progress.step + 1 };
    data['status'] = await proceed(context, session, { ...request, data }, progress);
  }
  if (data['status'] !== 'IN_PROGRESS') await withdraw(context, session, requestId);
  await write(context, session, request, data, progress);
  return true;
}

/** The next step's question, or the grant. @returns the request's new status */
async function proceed(
  context: RequestContext,
  session: StoreSession,
  request: StoredResource,
  { plan, step }: Progress,
): Promise<string> {
  const next = plan.steps[step];
  if (next !== undefined) {
    return (await ask(context, session, request, next, 'regular')) === 0 ? 'FAILED' : 'IN_PROGRESS';
  }
  const group = referenceOf(request.data, 'requesting');
  const user = referenceOf(request.data, 'requestor');
  return (await joinGroup(context, session, group, user)) ? 'APPROVED' : 'FAILED';
}

function detailOf({ approver, approved, justification, order, approvalType }: Answer, now: number): JsonObject {
  return {
    approverId: approver.id,
    approverDisplayName: approver.display,
    ...(justification === null ? {} : { justification }),
    status: approved ? 'APPROVED' : 'REJECTED',
    order,
    approvalType,
    timeUpdated: new Date(now).toISOString(),
  };
}

/** Whether a step's approvals are enough. Those of an escalation count for the step at which it was asked for. */
function isStepDone({ plan, step }: Progress, { approvalType }: Answer, { approvalDetails }: JsonObject): boolean {
  const planned = approvalType === 'escalation' ? plan.escalation : plan.steps[step];
  const details = Array.isArray(approvalDetails) ? approvalDetails.filter(isObject) : [];
  const counted = details.filter((each) => each['approvalType'] === approvalType && each['order'] === planned?.order);
  return planned === undefined || planned === null || counted.length >= planned.minimum;
}

async function write(
  context: RequestContext,
  session: StoreSession,
  request: StoredResource,
  data: JsonObject,
  progress: Progress,
): Promise<void> {
  const { ids, clock, domain } = context;
  const { id, ocid } = request;
  const row = { type: resourceType('MyRequest'), id, ocid, version: newId(ids), lastModified: clock.now() };
  await session.resources.update(domain.id, { ...row, data, secret: progressSecret(progress) }, null);
  if (data['status'] !== request.data['status']) await tellOfOutcome(context, session, { ...request, data });
}

/**
 * Ends what has waited too long, by the domain's clock. Called before requests or approvals are looked up: nothing needs to run
 * in between. One statement when nothing is due.
 */
export async function expireRequests(context: RequestContext): Promise<void> {
  const { domain, clock, store } = context;
  const type = resourceType('MyRequest');
  const filters: Filter[] = [
    equals('MyRequest', 'status', 'IN_PROGRESS'),
    { op: 'le', attribute: type.resolve('expires')!, value: clock.now() },
  ];
  const query = {
    type,
    filter: { op: 'and' as const, filters },
    sortBy: null,
    descending: false,
    offset: 0,
    limit: BATCH,
  };
  for (;;) {
    const { resources } = await store.resources.search(domain.id, query);
    for (const { id } of resources) await store.transaction((session) => expire(context, session, id));
    if (resources.length < BATCH) return;
  }
}

async function expire(context: RequestContext, session: StoreSession, id: string): Promise<void> {
  const request = await session.resources.readWithSecret(context.domain.id, 'MyRequest', id, { lock: true });
  if (request === null || request.data['status'] !== 'IN_PROGRESS') return;
  const type = resourceType('MyPendingApproval');
  for (const row of await approvalsOf(context, session, id, 'PENDING')) {
    const data = { ...row.data, status: 'EXPIRED' };
    const changed = {
      id: row.id,
      ocid: row.ocid,
      version: newId(context.ids),
      lastModified: context.clock.now(),
      data,
    };
    await session.resources.update(context.domain.id, { type, ...changed }, null);
  }
  await write(context, session, request, { ...request.data, status: 'EXPIRED' }, progressOf(request));
}
