import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { closeTestStore, type TestContext, testContext } from '../../support/context.ts';
import { groupBody, pipelineOf, userBody } from '../../support/pipeline.ts';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:group:Group';

let context: TestContext;
let users: ReturnType<typeof pipelineOf>;
let groups: ReturnType<typeof pipelineOf>;

beforeEach(async () => {
  context = await testContext();
  users = pipelineOf(context, 'User');
  groups = pipelineOf(context, 'Group');
});
afterAll(closeTestStore);

describe('DELETE', () => {
  it('answers 204 without a body, by id and by OCID; then the resource is gone', async () => {
    for (const key of ['id', 'ocid']) {
      const { body } = await users.create(userBody('a'));
      expect(await users.remove(body[key])).toEqual({ status: 204, body: null, etag: null, location: null });
      expect((await users.read(body.id)).status).toBe(404);
      expect((await users.remove(body.id)).status).toBe(404);
    }
    expect((await users.list()).body.totalResults).toBe(0);
  });

  it('gives the name back', async () => {
    const { body } = await users.create(userBody('a'));
    await users.remove(body.id);
    expect((await users.create(userBody('A'))).status).toBe(201);
  });

  it('of a user in groups is refused, naming them, and works with forceDelete', async () => {
    const { body: user } = await users.create(userBody('jdoe'));
    const { body: group } = await groups.create(groupBody('Employees', [user.id]));
    await groups.create(groupBody('Contractors', [user.id]));
    const refused = await users.remove(user.id);
    expect([refused.status, refused.body.detail]).toEqual([
      400,
      "unable to delete User 'jdoe' since it is currently referenced by Group Employees,Group Contractors",
    ]);
    expect((await users.remove(user.id, { force: true })).status).toBe(204);
    expect((await groups.read(group.id, { attributes: 'members' })).body.members).toBeUndefined();
  });

  it('names ten groups at most', async () => {
    const { body: user } = await users.create(userBody('jdoe'));
    for (let n = 10; n < 22; n++) await groups.create(groupBody(`g${n}`, [user.id]));
    const { detail } = (await users.remove(user.id)).body;
    expect(detail.match(/Group g/g)).toHaveLength(10);
    expect(detail.endsWith('...')).toBe(true);
  });

  it('of a group with members needs no force, and leaves the members', async () => {
    const { body: user } = await users.create(userBody('jdoe'));
    const { body: group } = await groups.create(groupBody('g', [user.id]));
    expect((await groups.remove(group.id)).status).toBe(204);
    expect((await users.read(user.id, { attributes: 'groups' })).body.groups).toBeUndefined();
    expect((await users.remove(user.id)).status).toBe(204);
  });

  it('of a user that others name is refused, and with forceDelete they name it no more', async () => {
    const boss = (await users.create(userBody('boss'))).body;
    await users.patch(boss.id, [{ op: 'add', path: `${ENTERPRISE}:manager`, value: { value: boss.id } }]);
    const named = { department: 'Sales', manager: { value: boss.id } };
    const employee = (await users.create(userBody('employee', { [ENTERPRISE]: named }))).body;
    const other = (await users.create(userBody('other'))).body;
    const owners = [
      { value: other.id, type: 'User' },
      { value: boss.id, type: 'User' },
    ];
    const group = (await groups.create({ ...groupBody('g'), [GROUP]: { owners } })).body;
    const refused = await users.remove(boss.id);
    expect([refused.status, refused.body.detail]).toEqual([
      400,
      expect.stringMatching(
        /^unable to delete User 'boss' since it is currently referenced by (User employee|Group g)$/,
      ),
    ]);
    context.clock.advance(1000);
    expect((await users.remove(boss.id, { force: true })).status).toBe(204);
    const { body } = await users.read(employee.id);
    expect(body[ENTERPRISE]).toEqual({ department: 'Sales' });
    expect(body.meta.version).not.toBe(employee.meta.version);
    expect(body.meta.lastModified).toBe('2026-01-01T00:00:01.000Z');
    const { body: owned } = await groups.read(group.id, { attributes: `${GROUP}:owners` });
    expect(owned[GROUP].owners.map((owner: { value: string }) => owner.value)).toEqual([other.id]);
    expect((await users.list({ filter: `${ENTERPRISE}:manager pr` })).body.totalResults).toBe(0);
  });

  it('of a group that a password policy is for is refused, and with forceDelete the policy loses it', async () => {
    const policies = pipelineOf(context, 'PasswordPolicy');
    const { body: group } = await groups.create(groupBody('Strict'));
    const made = await policies.create({ name: 'P', priority: 1, groups: [{ value: group.id }] });
    expect(made.status).toBe(201);
    expect(await groups.remove(group.id)).toMatchObject({
      status: 400,
      body: { detail: "unable to delete Group 'Strict' since it is currently referenced by PasswordPolicy P" },
    });
    expect((await groups.remove(group.id, { force: true })).status).toBe(204);
    expect((await policies.read(made.body.id)).body.groups).toBeUndefined();
  });

  it('of what is not there is a 404 in SCIM form', async () => {
    const { status, body } = await users.remove('nobody');
    expect([status, body.detail]).toEqual([404, 'User with ID nobody was not found.']);
  });
});
