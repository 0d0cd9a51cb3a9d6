import { resourceType } from '../schemas/registry.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { StoreSession } from '../store/store.ts';
import { equals } from './app-parts.ts';
import { isManagerExpression } from './approval-workflow.ts';
import { referenceOf } from './part-views.ts';
import type { RequestContext } from './request-context.ts';

/*
 * What a request goes by: its workflow as it was when the request was made. Who changes the workflow changes later requests only.
 * Kept in the request's never-returned state.
 */

const ENTERPRISE_URN = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const HOUR = 3_600_000;
const UNITS: Readonly<Record<string, number>> = { HOUR, DAY: 24 * HOUR, WEEK: 7 * 24 * HOUR };

/** One step: who is asked, and how many must agree. */
export interface PlannedStep {
  readonly order: number;
  readonly minimum: number;
  readonly users: readonly string[];
  /** Their members are asked as they are when the step begins. */
  readonly groups: readonly string[];
  readonly manager: boolean;
}

/** The way of a request. */
export interface ApprovalPlan {
  readonly steps: readonly PlannedStep[];
  /** Who is asked beside the others when the requester escalates; null: nobody. */
  readonly escalation: PlannedStep | null;
  /** How long the request waits, in milliseconds from `from`. */
  readonly expires: number;
}

/**
 * The plan for a request for a group; null when no workflow is assigned to it. One without regular steps has none to ask.
 * @param now in milliseconds
 */
export async function planFor(
  context: RequestContext,
  session: StoreSession,
  groupId: string,
  now: number,
): Promise<ApprovalPlan | null> {
  const domainId = context.domain.id;
  const type = resourceType('ApprovalWorkflowAssignment');
  const filters = [equals(type.name, 'assignedTo.value', groupId), equals(type.name, 'assignmentType', 'MEMBERSHIP')];
  const query = { type, filter: { op: 'and' as const, filters }, sortBy: null, descending: false, offset: 0, limit: 1 };
  const [assignment] = (await session.resources.search(domainId, query)).resources;
  if (assignment === undefined) return null;
  const workflow = await session.resources.read(
    domainId,
    'ApprovalWorkflow',
    referenceOf(assignment.data, 'approvalWorkflow'),
  );
  if (workflow === null) return null;
  const keys = objects(workflow.data['approvalWorkflowSteps']).map(({ value }) => ({
    type: 'ApprovalWorkflowStep',
    key: String(value),
  }));
  const found = [...(await session.resources.resolve(domainId, keys)).values()].map(({ data }) => data);
  const of = (wanted: string) =>
    found
      .filter((data) => data['type'] === wanted)
      .map(plannedStep)
      .sort((a, b) => a.order - b.order);
  return { steps: of('regular'), escalation: of('escalation')[0] ?? null, expires: expiryOf(workflow.data, now) };
}

function plannedStep(data: JsonObject): PlannedStep {
  const approvers = objects(data['approvers']);
  const ofType = (wanted: string) => approvers.filter(({ type }) => type === wanted).map(({ value }) => String(value));
  const { order, minimumApprovals, approversExpressions } = data;
  return {
    order: typeof order === 'number' ? order : 0,
    minimum: typeof minimumApprovals === 'number' ? minimumApprovals : 1,
    users: ofType('User'),
    groups: ofType('Group'),
    manager:
      Array.isArray(approversExpressions) && approversExpressions.some((each) => isManagerExpression(String(each))),
  };
}

/** IDCS: maxDuration counts in hours, days, weeks or months; 14 days when it says nothing (schema reference). */
function expiryOf({ maxDuration }: JsonObject, now: number): number {
  const { value, unit } = isObject(maxDuration) ? maxDuration : {};
  const count = typeof value === 'number' ? value : 14;
  if (unit !== 'MONTH') return now + count * (UNITS[String(unit)] ?? UNITS['DAY']!);
  const date = new Date(now);
  date.setUTCMonth(date.getUTCMonth() + count);
  return date.getTime();
}

/** Ids of the active users who are asked in a step; never the requester: nobody agrees to their own request (inferred). */
export async function approversOf(
  context: RequestContext,
  session: StoreSession,
  step: PlannedStep,
  requesterId: string,
): Promise<readonly string[]> {
  const domainId = context.domain.id;
  const asked = new Set(step.users);
  if (step.groups.length > 0) {
    const members = await session.edges.page(domainId, { kind: 'member', end: 'source', ids: step.groups });
    for (const rows of members.values()) for (const { targetId } of rows) asked.add(targetId);
  }
  if (step.manager) {
    const requester = await session.resources.read(domainId, 'User', requesterId);
    const enterprise = requester?.data[ENTERPRISE_URN];
    if (isObject(enterprise)) asked.add(referenceOf(enterprise, 'manager'));
  }
  asked.delete(requesterId);
  const keys = [...asked].map((key) => ({ type: 'User', key }));
  const users = await session.resources.resolve(domainId, keys);
  return [...users.values()].filter(({ data }) => data['active'] !== false).map(({ id }) => id);
}

function objects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
