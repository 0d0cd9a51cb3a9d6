import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { create, MY_SCOPES, newClient } from '../oauth/token/assertion-fixture.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';

const ORACLE = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

let domain: TestDomain;
let userId: string;

beforeEach(async () => {
  domain = await testDomain();
  userId = (await domain.createUser('boss')).id;
});

const send = (method: string, path: string, body?: JsonObject) =>
  domain.send(method, `/admin/v1/${path}`, body === undefined ? {} : { body });
const patch = (path: string, ...operations: JsonObject[]) =>
  send('PATCH', path, { schemas: [PATCH_OP], Operations: operations });
const stepBody = (more: JsonObject = {}) => ({
  order: 1,
  type: 'regular',
  approvers: [{ value: userId, type: 'User' }],
  ...more,
});
const step = (more?: JsonObject) => create(domain, 'ApprovalWorkflowStep', 'ApprovalWorkflowSteps', stepBody(more));
const workflow = (more: JsonObject = {}) =>
  create(domain, 'ApprovalWorkflow', 'ApprovalWorkflows', {
    name: 'Two eyes',
    maxDuration: { value: 1, unit: 'WEEK' },
    ...more,
  });

describe('ApprovalWorkflowSteps', () => {
  it('are made, read back, changed and deleted', async () => {
    const made = await step({ minimumApprovals: 1 });
    expect(made).toMatchObject({
      order: 1,
      type: 'regular',
      minimumApprovals: 1,
      approvers: [{ value: userId, type: 'User', display: expect.any(String) }],
    });
    expect(made.approvers[0].$ref).toBe(`${domain.url}/admin/v1/Users/${userId}`);
    const path = `ApprovalWorkflowSteps/${made.ocid}`;
    expect((await send('GET', path)).body).toMatchObject({ id: made.id, approvers: made.approvers });
    expect((await patch(path, { op: 'replace', path: 'order', value: 4 })).body.order).toBe(4);
    expect((await send('GET', 'ApprovalWorkflowSteps?filter=type eq "regular"')).body.totalResults).toBe(1);
    expect((await send('PUT', path, { schemas: [`${ORACLE}ApprovalWorkflowStep`], ...stepBody() })).status).toBe(405);
    expect((await send('DELETE', path)).status).toBe(204);
    expect((await send('GET', path)).status).toBe(404);
  });

  it.each<[string, JsonObject]>([
    ['no approvers', { approvers: null }],
    ['approvers that are not there', { approvers: [{ value: 'nobody', type: 'User' }] }],
    ['approvers of another type', { approvers: [{ value: 'IDCSAppId', type: 'App' }] }],
    ['an unknown type', { type: 'sometimes' }],
    ['a minimum of none', { minimumApprovals: 0 }],
    ['an order below zero', { order: -1 }],
    ['an expression that names nobody', { approversExpressions: ['$(user.title)'] }],
  ])('refuse %s', async (_name, more) => {
    const body = { schemas: [`${ORACLE}ApprovalWorkflowStep`], ...stepBody(more) };
    expect((await send('POST', 'ApprovalWorkflowSteps', body)).status).toBe(400);
  });
});

describe('ApprovalWorkflows', () => {
  it('repeat the type and order of their steps, and follow them', async () => {
    const first = await step();
    const made = await workflow({ approvalWorkflowSteps: [{ value: first.ocid, type: 'regular' }] });
    expect(made.approvalWorkflowSteps).toEqual([
      expect.objectContaining({ value: first.id, ocid: first.ocid, type: 'regular', order: 1 }),
    ]);
    const read = await send('GET', `ApprovalWorkflows/${made.id}`);
    const put = await send('PUT', `ApprovalWorkflows/${made.id}`, read.body);
    expect(put.status, put.text).toBe(200);
    expect(put.body.meta.version).toBe(read.body.meta.version);
    await patch(`ApprovalWorkflowSteps/${first.id}`, { op: 'replace', path: 'order', value: 7 });
    expect((await send('GET', `ApprovalWorkflows/${made.id}`)).body.approvalWorkflowSteps[0].order).toBe(7);
    const second = await step({ type: 'escalation' });
    const added = await patch(`ApprovalWorkflows/${made.id}`, {
      op: 'add',
      path: 'approvalWorkflowSteps',
      value: [{ value: second.id }],
    });
    expect(added.body.approvalWorkflowSteps).toHaveLength(2);
    expect((await send('DELETE', `ApprovalWorkflowSteps/${second.id}`)).status).toBe(400);
    expect((await send('DELETE', `ApprovalWorkflowSteps/${second.id}?forceDelete=true`)).status).toBe(204);
    expect((await send('GET', `ApprovalWorkflows/${made.id}`)).body.approvalWorkflowSteps).toHaveLength(1);
  });

  it('count in days unless they say otherwise, and keep their name', async () => {
    const made = await workflow({ maxDuration: { value: 14 } });
    expect(made.maxDuration).toEqual({ value: 14, unit: 'DAY' });
    const path = `ApprovalWorkflows/${made.id}`;
    expect((await patch(path, { op: 'replace', path: 'name', value: 'Other' })).status).toBe(400);
    expect((await patch(path, { op: 'replace', path: 'maxDuration.value', value: 1489 })).status).toBe(400);
    expect((await patch(path, { op: 'replace', path: 'maxDuration.unit', value: 'YEAR' })).status).toBe(400);
    expect((await patch(path, { op: 'replace', path: 'maxDuration.value', value: 3 })).body.maxDuration.value).toBe(3);
    const again = { schemas: [`${ORACLE}ApprovalWorkflow`], name: 'Two eyes', maxDuration: { value: 1, unit: 'DAY' } };
    expect((await send('POST', 'ApprovalWorkflows', again)).status).toBe(409);
    const dangling = { ...again, name: 'x', approvalWorkflowSteps: [{ value: 'nothing' }] };
    expect((await send('POST', 'ApprovalWorkflows', dangling)).status).toBe(400);
  });

  it('are for Identity Domain Administrators', async () => {
    const client = await newClient(domain, 'plain');
    const form = { grant_type: 'client_credentials', scope: MY_SCOPES };
    const token = (await domain.tokenRequest(form, client)).body.access_token;
    for (const endpoint of ['ApprovalWorkflows', 'ApprovalWorkflowSteps', 'ApprovalWorkflowAssignments']) {
      expect((await domain.send('GET', `/admin/v1/${endpoint}`, { token })).status).toBe(401);
    }
  });
});

describe('ApprovalWorkflowAssignments', () => {
  const assignment = (workflowId: string, groupId: string, assignmentType = 'MEMBERSHIP') => ({
    schemas: [`${ORACLE}ApprovalWorkflowAssignment`],
    assignmentType,
    approvalWorkflow: { value: workflowId, type: 'ApprovalWorkflow' },
    assignedTo: { value: groupId, type: 'Group' },
  });

  it('put a group under one workflow for each purpose', async () => {
    const { id } = await workflow();
    const group = await domain.createGroup('Reports');
    const body = assignment(id, group.ocid);
    const answers = await Promise.all([1, 2].map(() => send('POST', 'ApprovalWorkflowAssignments', body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    const made = answers.find(({ status }) => status === 201)!.body;
    expect(made).toMatchObject({
      assignmentType: 'MEMBERSHIP',
      approvalWorkflow: { value: id },
      assignedTo: { value: group.id, ocid: group.ocid, type: 'Group' },
    });
    const activation = assignment(id, group.id, 'ACTIVATION');
    expect((await send('POST', 'ApprovalWorkflowAssignments', activation)).status).toBe(201);
    const filter = `filter=assignedTo.value eq "${group.id}"`;
    expect((await send('GET', `ApprovalWorkflowAssignments?${filter}`)).body.totalResults).toBe(2);
    const path = `ApprovalWorkflowAssignments/${made.id}`;
    expect((await patch(path, { op: 'replace', path: 'assignmentType', value: 'ACTIVATION' })).status).toBe(405);
    expect((await send('DELETE', `ApprovalWorkflows/${id}`)).status).toBe(400);
    expect((await send('DELETE', path)).status).toBe(204);
    expect((await send('DELETE', `Groups/${group.id}`)).status).toBe(204);
    expect((await send('GET', 'ApprovalWorkflowAssignments')).body.totalResults).toBe(0);
    expect((await send('DELETE', `ApprovalWorkflows/${id}`)).status).toBe(204);
  });

  it('refuse groups and workflows that are not there, and go with their workflow by force', async () => {
    const { id } = await workflow();
    const group = await domain.createGroup('Reports');
    expect((await send('POST', 'ApprovalWorkflowAssignments', assignment(id, 'nothing'))).status).toBe(400);
    expect((await send('POST', 'ApprovalWorkflowAssignments', assignment('nothing', group.id))).status).toBe(400);
    expect((await send('POST', 'ApprovalWorkflowAssignments', assignment(id, group.id, 'OTHER'))).status).toBe(400);
    expect((await send('POST', 'ApprovalWorkflowAssignments', assignment(id, group.id))).status).toBe(201);
    expect((await send('DELETE', `ApprovalWorkflows/${id}?forceDelete=true`)).status).toBe(204);
    expect((await send('GET', 'ApprovalWorkflowAssignments')).body.totalResults).toBe(0);
  });
});
