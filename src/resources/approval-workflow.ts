import { newId } from '../ids.ts';
import { resourceType } from '../schemas/registry.ts';
import { badRequest, ScimError } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import { copyOf } from '../scim/resource-data.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { equals } from './app-parts.ts';
import type { Behaviour, Draft } from './behaviour.ts';
import { removeParts } from './owned-parts.ts';
import { referenceOf } from './part-views.ts';
import type { RequestContext } from './request-context.ts';

/*
 * Approval workflows: who must agree before a user's request for a group is granted, in which order, and until when. An assignment
 * puts a group under a workflow; the requests themselves are in access-request.ts.
 */

/** A workflow's steps at most; the number is ours. */
const MOST_STEPS = 100;
/** Workflows that one step is in, looked through at once. */
const BATCH = 500;

/** The expressions that name an approver by the requester. Which ones the real service knows is not documented: inferred. */
const MANAGER = /^\$\(?user\.urn:ietf:params:scim:schemas:extension:enterprise:2\.0:User:manager(?:\.value)?\)?$/i;

/** Whether an expression stands for the requester's manager. */
export function isManagerExpression(expression: string): boolean {
  return MANAGER.test(expression);
}

/** ApprovalWorkflow */
export const approvalWorkflowBehaviour: Behaviour = {
  type: 'ApprovalWorkflow',
  async prepareCreate(context, draft) {
    await describeSteps(context, draft);
  },
  async prepareUpdate(context, _before, draft) {
    await describeSteps(context, draft);
  },
  beforeDelete: (context, session, resource, force) =>
    removeParts(context, session, resource, force, [
      { type: 'ApprovalWorkflowAssignment', path: 'approvalWorkflow.value' },
    ]),
};

/** Each step's `type` and `order` are the step's own; the list is kept in that order. */
async function describeSteps(context: RequestContext, { data }: Draft): Promise<void> {
  const elements = stepElements(data);
  if (elements.length > MOST_STEPS) throw badRequest(`ApprovalWorkflow.approvalWorkflowSteps can have ${MOST_STEPS}.`);
  const keys = elements.map(({ value }) => ({ type: 'ApprovalWorkflowStep', key: String(value) }));
  const steps = await context.store.resources.resolve(context.domain.id, keys);
  for (const element of elements) {
    const step = steps.get(`ApprovalWorkflowStep:${String(element['value'])}`);
    if (step !== undefined) describe(element, step.data);
  }
}

function describe(element: JsonObject, { type, order }: JsonObject): void {
  if (type !== undefined) element['type'] = type;
  if (order !== undefined) element['order'] = order;
}

function stepElements(data: JsonObject): JsonObject[] {
  const steps = data['approvalWorkflowSteps'];
  return Array.isArray(steps) ? steps.filter(isObject) : [];
}

/** ApprovalWorkflowStep */
export const approvalWorkflowStepBehaviour: Behaviour = {
  type: 'ApprovalWorkflowStep',
  async prepareCreate(_context, draft) {
    checkStep(draft);
  },
  async prepareUpdate(_context, _before, draft) {
    checkStep(draft);
  },
  async afterWrite(context, session, { kind, resource }) {
    if (kind === 'update') await redescribe(context, session, resource);
  },
};

function checkStep({ data }: Draft): void {
  const { approvers, approversExpressions } = data;
  const expressions = Array.isArray(approversExpressions) ? approversExpressions : [];
  const unknown = expressions.find((each) => !isManagerExpression(String(each)));
  if (unknown !== undefined) {
    throw badRequest(
      `ApprovalWorkflowStep.approversExpressions can have the requester's manager, $(user.urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value), not ${String(unknown).slice(0, 100)}.`,
    );
  }
  if (expressions.length === 0 && !(Array.isArray(approvers) && approvers.length > 0)) {
    throw badRequest('Missing required attribute(s): approvers.', 'error.common.validation.missingReqAttributes');
  }
}

/** What workflows repeat of a step follows it. */
async function redescribe(context: RequestContext, session: StoreSession, step: StoredResource): Promise<void> {
  const type = resourceType('ApprovalWorkflow');
  const filter = equals(type.name, 'approvalWorkflowSteps.value', step.id);
  const query = { type, filter, sortBy: null, descending: false, offset: 0, limit: BATCH };
  for (const { id, ocid, data: before, lastModified } of (await session.resources.search(context.domain.id, query))
    .resources) {
    const data = copyOf(before);
    for (const element of stepElements(data)) if (element['value'] === step.id) describe(element, step.data);
    if (JSON.stringify(data) === JSON.stringify(before)) continue;
    await session.resources.update(
      context.domain.id,
      { type, id, ocid, version: newId(context.ids), lastModified, data },
      null,
    );
  }
}

/** ApprovalWorkflowAssignment */
export const approvalWorkflowAssignmentBehaviour: Behaviour = {
  type: 'ApprovalWorkflowAssignment',
  async afterWrite(context, session, { kind, resource }) {
    if (kind === 'create') await refuseSecond(context, session, resource);
  },
};

/** A group has one workflow for each kind of assignment (inferred). Under the group's lock, so that of two at once one is refused. */
async function refuseSecond(context: RequestContext, session: StoreSession, made: StoredResource): Promise<void> {
  const groupId = referenceOf(made.data, 'assignedTo');
  await session.resources.readWithSecret(context.domain.id, 'Group', groupId, { lock: true });
  const type = resourceType('ApprovalWorkflowAssignment');
  const assignmentType = String(made.data['assignmentType']);
  const filters = [equals(type.name, 'assignedTo.value', groupId), equals(type.name, 'assignmentType', assignmentType)];
  const query = { type, filter: { op: 'and' as const, filters }, sortBy: null, descending: false, offset: 0, limit: 0 };
  if ((await session.resources.search(context.domain.id, query)).total === 1) return;
  throw new ScimError(409, `Group ${groupId} already has an ApprovalWorkflowAssignment for ${assignmentType}.`, {
    messageId: 'error.common.validation.duplicateValue',
  });
}
