import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { create, MY_SCOPES, newClient, type TestClient } from '../oauth/token/assertion-fixture.ts';
import { advanceClock, freezeClock } from '../support/domain-clock.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';
import { newUser } from '../support/new-user.ts';

const ORACLE = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const REQUESTABLE = `${ORACLE}extension:requestable:Group`;
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const PASSWORD = 'Correct-Horse-42';
const DAY = 24 * 3600;

interface Person {
  readonly id: string;
  readonly token: string;
}

let domain: TestDomain;
let portal: TestClient;
let alice: Person;
let boss: Person;
let groupId: string;

beforeEach(async () => {
  domain = await testDomain();
  portal = await newClient(domain, 'portal');
  alice = await person('alice');
  boss = await person('boss');
  groupId = await requestableGroup('Reports');
});

async function person(userName: string): Promise<Person> {
  const { id } = await newUser(domain, userName, PASSWORD);
  return { id, token: await tokenOf(userName) };
}

async function tokenOf(username: string): Promise<string> {
  const form = { grant_type: 'password', username, password: PASSWORD, scope: MY_SCOPES };
  const granted = await domain.tokenRequest(form, portal);
  expect(granted.status, granted.text).toBe(200);
  return granted.body.access_token;
}

async function requestableGroup(displayName: string): Promise<string> {
  const { id } = await domain.createGroup(displayName);
  const added = await domain.send('PATCH', `/admin/v1/Groups/${id}`, {
    body: patchBody({ op: 'add', path: `${REQUESTABLE}:requestable`, value: true }),
  });
  expect(added.status, added.text).toBe(200);
  return id;
}

const patchBody = (...operations: JsonObject[]) => ({ schemas: [PATCH_OP], Operations: operations });
const step = (order: number, approvers: JsonObject[], more: JsonObject = {}) =>
  create(domain, 'ApprovalWorkflowStep', 'ApprovalWorkflowSteps', { order, type: 'regular', approvers, ...more });
const user = ({ id }: { id: string }) => ({ value: id, type: 'User' });

/** Puts a group under a workflow. */
async function workflow(steps: readonly { id: string }[], more: JsonObject = {}, group = groupId) {
  const made = await create(domain, 'ApprovalWorkflow', 'ApprovalWorkflows', {
    name: `workflow for ${group}`,
    maxDuration: { value: 2, unit: 'DAY' },
    approvalWorkflowSteps: steps.map(({ id }) => ({ value: id })),
    ...more,
  });
  const assignment = await create(domain, 'ApprovalWorkflowAssignment', 'ApprovalWorkflowAssignments', {
    assignmentType: 'MEMBERSHIP',
    approvalWorkflow: { value: made.id, type: 'ApprovalWorkflow' },
    assignedTo: { value: group, type: 'Group' },
  });
  return { made, assignment };
}

const ask = ({ token }: Person, value = groupId, type = 'Group') =>
  domain.send('POST', '/admin/v1/MyRequests', {
    token,
    body: { schemas: [`${ORACLE}Request`], justification: 'I need it', requesting: { value, type } },
  });
const get = ({ token }: Person, path: string) => domain.send('GET', `/admin/v1/${path}`, { token });
const pending = async (who: Person) => (await get(who, 'MyPendingApprovals')).body.Resources as { id: string }[];
const change = ({ token }: Person, path: string, ...operations: JsonObject[]) =>
  domain.send('PATCH', `/admin/v1/${path}`, { token, body: patchBody(...operations) });

/** The only approval that somebody has to give. */
async function onlyPending(who: Person): Promise<string> {
  const [approval, ...more] = await pending(who);
  expect(more).toEqual([]);
  return approval!.id;
}

/** Answers an approval; without an id the only one that somebody has to give. */
const answer = async (who: Person, status: string, approval?: string) =>
  change(
    who,
    `MyPendingApprovals/${approval ?? (await onlyPending(who))}`,
    { op: 'replace', path: 'status', value: status },
    { op: 'add', path: 'justification', value: `because ${status}` },
  );

const statusOf = async (who: Person, id: string) => (await get(who, `MyRequests/${id}`)).body.status;

async function members(group = groupId): Promise<string[]> {
  const { body } = await domain.send('GET', `/admin/v1/Groups/${group}?attributes=members`);
  return (body.members ?? []).map(({ value }: { value: string }) => value);
}

describe('a request for a group', () => {
  it('is approved, and the user is a member', async () => {
    await workflow([await step(1, [user(boss)])]);
    const made = await ask(alice);
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({
      status: 'IN_PROGRESS',
      justification: 'I need it',
      requesting: { value: groupId, type: 'Group', display: 'Reports' },
      meta: { resourceType: 'MyRequest' },
      schemas: [`${ORACLE}Request`],
    });
    expect(await members()).toEqual([]);
    expect(await pending(alice)).toEqual([]);
    const [approval] = await pending(boss);
    expect(approval).toMatchObject({
      requestId: made.body.id,
      requestOcid: made.body.ocid,
      resourceDisplayName: 'Reports',
      resourceType: 'Group',
      status: 'PENDING',
      expires: made.body.expires,
    });
    const given = await answer(boss, 'APPROVED');
    expect(given.status, given.text).toBe(200);
    expect(given.body).toMatchObject({ status: 'APPROVED', responseTime: expect.any(String) });
    expect(given.body).not.toHaveProperty('justification');

    expect(await members()).toEqual([alice.id]);
    const request = await get(alice, `MyRequests/${made.body.id}?attributes=status,approvalDetails,requestor`);
    expect(request.body).toMatchObject({
      status: 'APPROVED',
      requestor: { value: alice.id },
      approvalDetails: [{ approverId: boss.id, justification: 'because APPROVED', status: 'APPROVED', order: 1 }],
    });
    expect(await pending(boss)).toEqual([]);
    const completed = await get(boss, 'MyCompletedApprovals');
    expect(completed.body.Resources).toEqual([
      expect.objectContaining({ id: approval!.id, status: 'APPROVED', requestId: made.body.id }),
    ]);
    expect(completed.body.Resources[0].meta.resourceType).toBe('MyCompletedApproval');
    expect((await get(boss, `MyCompletedApprovals/${approval!.id}`)).status).toBe(200);
    expect((await get(boss, `MyPendingApprovals/${approval!.id}`)).status).toBe(404);
  });

  it('is rejected by the first who says no, and the others are not asked any more', async () => {
    const second = await person('second');
    await workflow([await step(1, [user(boss), user(second)], { minimumApprovals: 2 })]);
    const { id } = (await ask(alice)).body;
    expect(await pending(second)).toHaveLength(1);
    expect((await answer(boss, 'REJECTED')).status).toBe(200);
    expect(await statusOf(alice, id)).toBe('REJECTED');
    expect(await pending(second)).toEqual([]);
    expect((await get(second, 'MyCompletedApprovals')).body.totalResults).toBe(0);
    expect(await members()).toEqual([]);
    expect((await ask(alice)).status).toBe(201);
  });

  it('expires by the domain’s clock', async () => {
    await freezeClock(domain);
    await workflow([await step(1, [user(boss)])]);
    const { id, expires, meta } = (await ask(alice)).body;
    expect(Date.parse(expires) - Date.parse(meta.created)).toBe(2 * DAY * 1000);
    const [approval] = await pending(boss);
    await advanceClock(domain, 2 * DAY - 1);
    const [now, then] = [
      { ...alice, token: await tokenOf('alice') },
      { ...boss, token: await tokenOf('boss') },
    ];
    expect(await statusOf(now, id)).toBe('IN_PROGRESS');
    await advanceClock(domain, 1);
    const late = await change(then, `MyPendingApprovals/${approval!.id}`, {
      op: 'replace',
      path: 'status',
      value: 'APPROVED',
    });
    expect(late.status).toBe(404);
    const found = await get(now, 'MyRequests?filter=status eq "EXPIRED"');
    expect(found.body.Resources).toEqual([expect.objectContaining({ id, status: 'EXPIRED' })]);
    expect(await pending(then)).toEqual([]);
    expect((await get(then, 'MyCompletedApprovals')).body.Resources[0].status).toBe('EXPIRED');
  });

  it('goes step by step, in the order of the steps, through users, groups and managers', async () => {
    const [second, third] = [await person('second'), await person('third')];
    const auditors = await domain.createGroup('Auditors', [second.id, alice.id]);
    const manager = '$(user.urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value)';
    const path = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager';
    const managed = await domain.send('PATCH', `/admin/v1/Users/${alice.id}`, {
      body: patchBody({ op: 'add', path, value: { value: third.id } }),
    });
    expect(managed.status, managed.text).toBe(200);
    const last = await step(3, [], { approversExpressions: [manager] });
    const first = await step(1, [user(boss)]);
    const middle = await step(2, [{ value: auditors.id, type: 'Group' }]);
    const { made } = await workflow([last, first, middle]);
    expect(made.approvalWorkflowSteps).toEqual(
      [last, first, middle].map(({ id, order }) => expect.objectContaining({ value: id, order, type: 'regular' })),
    );
    const { id } = (await ask(alice)).body;
    expect([await pending(second), await pending(third)]).toEqual([[], []]);
    await answer(boss, 'APPROVED');
    // Nobody agrees to their own request, though in the group.
    expect(await pending(alice)).toEqual([]);
    await answer(second, 'APPROVED');
    expect(await statusOf(alice, id)).toBe('IN_PROGRESS');
    await answer(third, 'APPROVED');
    expect(await statusOf(alice, id)).toBe('APPROVED');
    expect(await members()).toEqual([alice.id]);
  });

  it('needs as many approvals as the step says, however many come at once', async () => {
    const others = [await person('second'), await person('third')];
    await workflow([await step(1, [boss, ...others].map(user), { minimumApprovals: 2 })]);
    const { id } = (await ask(alice)).body;
    await answer(boss, 'APPROVED');
    expect(await statusOf(alice, id)).toBe('IN_PROGRESS');
    // Looked up before: the first answer that counts withdraws the others.
    const approvals = await Promise.all(others.map(onlyPending));
    const answers = await Promise.all(others.map((each, place) => answer(each, 'APPROVED', approvals[place])));
    expect(answers.map(({ status }) => status).sort()[0]).toBe(200);
    expect(await statusOf(alice, id)).toBe('APPROVED');
    expect(await members()).toEqual([alice.id]);
  });

  it('can be canceled while it is in progress', async () => {
    await workflow([await step(1, [user(boss)])]);
    const { id } = (await ask(alice)).body;
    const cancel = (value = 'CANCEL') => change(alice, `MyRequests/${id}`, { op: 'replace', path: 'action', value });
    expect((await cancel('STOP')).status).toBe(400);
    expect((await change(boss, `MyRequests/${id}`, { op: 'replace', path: 'action', value: 'CANCEL' })).status).toBe(
      404,
    );
    expect((await cancel()).body).toMatchObject({ status: 'CANCELED', action: 'CANCEL' });
    expect(await pending(boss)).toEqual([]);
    expect((await cancel('ESCALATE')).status).toBe(400);
  });

  it('can be escalated where the workflow has a step for that', async () => {
    const chief = await person('chief');
    const escalation = await step(9, [user(chief)], { type: 'escalation' });
    await workflow([await step(1, [user(boss)]), escalation]);
    const { id } = (await ask(alice)).body;
    expect(await pending(chief)).toEqual([]);
    const path = `MyRequests/${id}`;
    expect((await change(alice, path, { op: 'add', path: 'action', value: 'ESCALATE' })).body.status).toBe(
      'IN_PROGRESS',
    );
    expect(await pending(boss)).toHaveLength(1);
    await answer(chief, 'APPROVED');
    expect(await statusOf(alice, id)).toBe('APPROVED');
    expect(await pending(boss)).toEqual([]);

    const other = await requestableGroup('Plain');
    await workflow([await step(1, [user(boss)])], {}, other);
    const plain = (await ask(alice, other)).body;
    const refused = await change(alice, `MyRequests/${plain.id}`, { op: 'add', path: 'action', value: 'ESCALATE' });
    expect(refused.status).toBe(400);
  });

  it('is granted at once where no workflow is assigned', async () => {
    const made = await ask(alice);
    expect(made.status, made.text).toBe(201);
    expect(made.body.status).toBe('COMPLETE');
    expect(await members()).toEqual([alice.id]);
    const again = await ask(alice);
    expect(again.status).toBe(400);
    expect(again.body.detail).toContain('is a member of Group');
  });

  it('is refused for what can not be requested, twice at once, and where nobody can approve', async () => {
    const closed = await domain.createGroup('Closed');
    expect((await ask(alice, closed.id)).body.detail).toContain('can not be requested');
    expect((await ask(alice, 'nothing')).status).toBe(400);
    expect((await ask(alice, 'AllUsersId')).status).toBe(400);
    await workflow([await step(1, [user(boss)])]);
    const both = await Promise.all([ask(alice), ask(alice)]);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(await pending(boss)).toHaveLength(1);
    expect((await ask(boss)).body.detail).toContain('nobody can approve');
    const stepless = await requestableGroup('Stepless');
    await workflow([], {}, stepless);
    expect((await ask(alice, stepless)).body.detail).toContain('nobody can approve');
    expect(await members(stepless)).toEqual([]);
    const { token } = alice;
    const body = { schemas: [`${ORACLE}Request`], requesting: { value: groupId } };
    expect((await domain.send('POST', '/admin/v1/MyRequests', { token, body })).status).toBe(400);
    const forBoss = { ...body, justification: 'x', requestor: { value: boss.id } };
    expect((await domain.send('POST', '/admin/v1/MyRequests', { token, body: forBoss })).status).toBe(400);
  });

  it('fails when the group can not be joined any more', async () => {
    await workflow([await step(1, [user(boss)])]);
    const { id } = (await ask(alice)).body;
    await domain.send('PATCH', `/admin/v1/Groups/${groupId}`, {
      body: patchBody({ op: 'replace', path: `${REQUESTABLE}:requestable`, value: false }),
    });
    expect((await answer(boss, 'APPROVED')).status).toBe(200);
    expect(await statusOf(alice, id)).toBe('FAILED');
    expect(await members()).toEqual([]);
  });

  it('goes by the workflow as it was when the request was made', async () => {
    const second = await person('second');
    const first = await step(1, [user(boss)]);
    const { made, assignment } = await workflow([first]);
    const { id } = (await ask(alice)).body;
    const replaced = await domain.send('PATCH', `/admin/v1/ApprovalWorkflowSteps/${first.id}`, {
      body: patchBody({ op: 'replace', path: 'approvers', value: [user(second)] }),
    });
    expect(replaced.status, replaced.text).toBe(200);
    expect((await domain.send('DELETE', `/admin/v1/ApprovalWorkflowAssignments/${assignment.id}`)).status).toBe(204);
    expect((await domain.send('DELETE', `/admin/v1/ApprovalWorkflows/${made.id}`)).status).toBe(204);
    await answer(boss, 'APPROVED');
    expect(await statusOf(alice, id)).toBe('APPROVED');
  });

  it('is its user’s alone, and goes with the user', async () => {
    await workflow([await step(1, [user(boss)])]);
    const { id } = (await ask(alice)).body;
    expect((await get(boss, `MyRequests/${id}`)).status).toBe(404);
    expect((await get(boss, 'MyRequests')).body.totalResults).toBe(0);
    expect((await domain.send('GET', '/admin/v1/MyRequests')).status).toBe(401);
    const [approval] = await pending(boss);
    const approve = { op: 'replace', path: 'status', value: 'APPROVED' };
    expect((await change(alice, `MyPendingApprovals/${approval!.id}`, approve)).status).toBe(404);
    expect((await change(boss, `MyPendingApprovals/${approval!.id}`, { ...approve, value: 'PERHAPS' })).status).toBe(
      400,
    );
    expect((await domain.send('DELETE', `/admin/v1/Users/${alice.id}?forceDelete=true`)).status).toBe(204);
    expect((await answer(boss, 'APPROVED')).status).toBe(409);
  });
});

describe('a request for an application', () => {
  it('is a Grant at once, where the application says so', async () => {
    const app = await create(domain, 'App', 'Apps', {
      displayName: 'Payroll',
      active: true,
      basedOnTemplate: { value: 'CustomEnterpriseAppTemplateId' },
      isEnterpriseApp: true,
      [`${ORACLE}extension:requestable:App`]: { requestable: true },
    });
    const made = await ask(alice, app.id, 'App');
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({ status: 'COMPLETE', requesting: { type: 'App', display: 'Payroll' } });
    const grants = await domain.send('GET', `/admin/v1/Grants?filter=grantee.value eq "${alice.id}"`);
    expect(grants.body.Resources).toEqual([
      expect.objectContaining({ grantMechanism: 'ACCESS_REQUEST', app: expect.objectContaining({ value: app.id }) }),
    ]);
    expect((await ask(alice, app.id, 'App')).status).toBe(409);
    expect((await get(alice, 'MyRequests')).body.totalResults).toBe(1);
    const body = {
      schemas: [`${ORACLE}Grant`],
      grantee: { type: 'User', value: boss.id },
      app: { value: app.id },
      grantMechanism: 'ACCESS_REQUEST',
    };
    expect((await domain.send('POST', '/admin/v1/Grants', { body })).status).toBe(400);
    const closed = await create(domain, 'App', 'Apps', {
      displayName: 'Closed',
      active: true,
      basedOnTemplate: { value: 'CustomEnterpriseAppTemplateId' },
    });
    expect((await ask(alice, closed.id, 'App')).status).toBe(400);
  });
});

describe('MyRequestableGroups', () => {
  it('lists the groups that can be asked for to any user, without their members', async () => {
    await domain.createGroup('Closed', [boss.id]);
    await domain.send('PATCH', `/admin/v1/Groups/${groupId}`, {
      body: patchBody({ op: 'add', path: 'members', value: [{ value: boss.id, type: 'User' }] }),
    });
    const listed = await get(alice, 'MyRequestableGroups');
    expect(listed.status, listed.text).toBe(200);
    expect(listed.body).toMatchObject({ totalResults: 1, Resources: [{ id: groupId, displayName: 'Reports' }] });
    expect(listed.body.Resources[0].meta.resourceType).toBe('MyRequestableGroup');
    expect((await get(alice, 'MyRequestableGroups?attributes=members')).text).not.toContain(boss.id);
    expect((await get(alice, `MyRequestableGroups?filter=members.value eq "${boss.id}"`)).text).not.toContain(
      'Reports',
    );
    expect((await get(alice, `MyRequestableGroups/${groupId}`)).status).toBe(405);
  });

  it('has no administrator’s group at once, and makes none by somebody weaker', async () => {
    const role = await domain.send('GET', '/admin/v1/AppRoles?filter=displayName eq "User Administrator"');
    await create(domain, 'Grant', 'Grants', {
      grantee: { type: 'Group', value: groupId },
      app: { value: 'IDCSAppId' },
      entitlement: { attributeName: 'appRoles', attributeValue: role.body.Resources[0].id },
      grantMechanism: 'ADMINISTRATOR_TO_GROUP',
    });
    const refused = await ask(alice);
    expect(refused.status).toBe(401);
    expect(await members()).toEqual([]);
    await workflow([await step(1, [user(boss)])]);
    expect((await ask(alice)).status).toBe(201);
    // Who may fill an approver group must not decide about administrators: an approver needs what a Grant would.
    expect((await answer(boss, 'APPROVED')).status).toBe(401);
    expect(await members()).toEqual([]);
    const superuser = await domain.send(
      'GET',
      '/admin/v1/AppRoles?filter=displayName eq "Identity Domain Administrator"',
    );
    await create(domain, 'Grant', 'Grants', {
      grantee: { type: 'User', value: boss.id },
      app: { value: 'IDCSAppId' },
      entitlement: { attributeName: 'appRoles', attributeValue: superuser.body.Resources[0].id },
      grantMechanism: 'ADMINISTRATOR_TO_USER',
    });
    // The AppRoles of the token count, as everywhere: those that the client has too.
    expect((await answer({ ...boss, token: await tokenOf('boss') }, 'APPROVED')).status).toBe(401);
    const form = { grant_type: 'password', username: 'boss', password: PASSWORD, scope: MY_SCOPES };
    const strong = { ...boss, token: (await domain.tokenRequest(form)).body.access_token };
    const given = await answer(strong, 'APPROVED');
    expect(given.status, given.text).toBe(200);
    expect(await members()).toEqual([alice.id]);
  });
});

describe('mails about requests', () => {
  it('tell requesters and approvers', async () => {
    const told = async (who: string) => {
      const { messages } = (await domain.send('GET', `/_emulator/messages?to=${who}@example.com`, { token: null }))
        .body;
      return messages
        .map(({ event, text }: { event: string; text: string }) => [event, text.split('\n\n')[1]])
        .reverse();
    };
    await workflow([await step(1, [user(boss)])]);
    await ask(alice);
    await answer(boss, 'REJECTED');
    await ask(alice);
    await answer(boss, 'APPROVED');
    const item = expect.stringContaining('Reports');
    expect((await told('alice')).filter(([event]: [string]) => event !== 'admin.user.create.success')).toEqual([
      ['admin.me.request.submit.success', item],
      ['admin.workflow.request.rejected', item],
      ['admin.me.request.submit.success', item],
      ['admin.me.request.fulfillment.success', item],
    ]);
    const asked = ['admin.approval.create.success', expect.stringMatching(/^Given Family asks for Reports\./)];
    expect((await told('boss')).filter(([event]: [string]) => event !== 'admin.user.create.success')).toEqual([
      asked,
      asked,
    ]);
  });
});
