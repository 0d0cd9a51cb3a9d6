import pg from 'pg';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { resourceType } from '../../src/schemas/registry.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { closeTestStore, type TestContext, testContext } from '../support/context.ts';
import { GROUP_SCHEMA, groupBody, pipelineOf, userBody } from '../support/pipeline.ts';
import { testDatabase } from '../support/test-database.ts';

const GROUP = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:group:Group';
const DYNAMIC = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:dynamic:Group';

// biome-ignore lint/suspicious/noExplicitAny: answers are read by path
type Body = any;

let context: TestContext;
let users: ReturnType<typeof pipelineOf>;
let groups: ReturnType<typeof pipelineOf>;

beforeEach(async () => {
  context = await testContext();
  users = pipelineOf(context, 'User');
  groups = pipelineOf(context, 'Group');
});
afterAll(closeTestStore);

async function makeUsers(count: number): Promise<Body[]> {
  const made: Body[] = [];
  for (let n = 0; n < count; n++) made.push((await users.create(userBody(`u${n}`))).body);
  return made;
}

async function analyze(): Promise<void> {
  const client = new pg.Client(testDatabase());
  await client.connect();
  await client.query('ANALYZE resource, edge');
  await client.end();
}

async function memberIds(groupId: string): Promise<string[]> {
  const { members } = (await groups.read(groupId, { attributes: 'members' })).body;
  return (members ?? []).map((member: JsonObject) => member['value']);
}

describe('POST of a group', () => {
  it('answers as the recorded request and the CNC Console guide show (main-0223, 3.7)', async () => {
    const [user] = await makeUsers(1);
    const { status, body } = await groups.create({
      displayName: 'Contractors',
      externalId: '123456',
      [GROUP]: { creationMechanism: 'api', description: 'Group with contractors' },
      members: [{ value: user.id, type: 'User' }],
      schemas: [GROUP_SCHEMA, GROUP, 'urn:ietf:params:scim:schemas:extension:custom:2.0:Group'],
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      displayName: 'Contractors',
      externalId: '123456',
      [GROUP]: { description: 'Group with contractors' },
      [DYNAMIC]: { membershipType: 'static' },
      schemas: [GROUP_SCHEMA, GROUP],
      ocid: expect.stringMatching(/^ocid1\.group\.oc1\.\./),
    });
    expect(body.members).toBeUndefined();
    expect(body[GROUP].creationMechanism).toBeUndefined();
  });

  it('accepts displayname in any case, as recorded Bulk requests write it', async () => {
    expect((await groups.create({ displayname: 'x' })).body.displayName).toBe('x');
  });

  it('with a name that is taken is a 409', async () => {
    await groups.create(groupBody('Employees'));
    const { status, body } = await groups.create(groupBody('EMPLOYEES'));
    expect([status, body.detail]).toEqual([409, "A Group with displayName 'EMPLOYEES' already exists."]);
  });

  it('keeps nothing when a member does not exist', async () => {
    const [user] = await makeUsers(1);
    const missing = 'f'.repeat(32);
    const { status, body } = await groups.create(groupBody('g', [user.id, missing]));
    expect([status, body]).toEqual([
      400,
      {
        detail: `Group.members references a User with ID ${missing} that does not exist.`,
        messageId: 'error.common.validation.invalidReferenceResource',
      },
    ]);
    expect((await groups.list()).body.totalResults).toBe(0);
  });

  it('refuses a group as a member, by name', async () => {
    const { body: inner } = await groups.create(groupBody('inner'));
    for (const member of [{ value: inner.id, type: 'Group' }, { value: inner.id, type: 'User' }, { value: inner.id }]) {
      const { status, body } = await groups.create({ ...groupBody('outer'), members: [member] });
      expect([status, body.detail]).toEqual([400, expect.stringContaining('members')]);
    }
  });

  it('takes members by id, by OCID and by OCID alone, each once', async () => {
    const [a, b, c] = await makeUsers(3);
    const members = [
      { value: a.id },
      { value: b.ocid, type: 'User' },
      { ocid: c.ocid, type: 'User' },
      { value: a.ocid },
    ];
    const { status, body } = await groups.create({ ...groupBody('g'), members });
    expect(status).toBe(201);
    expect(new Set(await memberIds(body.id))).toEqual(new Set([a.id, b.id, c.id]));
    expect(await memberIds(body.id)).toHaveLength(3);
  });
});

describe('members', () => {
  it('are shown when asked for, with everything the schema has', async () => {
    const [user] = await makeUsers(1);
    const { body: group } = await groups.create(groupBody('g', [user.id]));
    const { body } = await groups.read(group.id, { attributes: 'members' });
    expect(body).toEqual({
      id: group.id,
      displayName: 'g',
      [DYNAMIC]: { membershipType: 'static' },
      members: [
        {
          value: user.id,
          ocid: user.ocid,
          display: 'user test',
          name: 'u0',
          type: 'User',
          dateAdded: '2026-01-01T00:00:00.000Z',
          membershipOcid: expect.stringMatching(/^ocid1\.groupmembership\.oc1\.\./),
          $ref: `http://127.0.0.1:8080/admin/v1/Users/${user.id}`,
        },
      ],
    });
    const { groups: seen } = (await users.read(user.id, { attributes: 'groups,groups.type' })).body;
    expect(seen).toEqual([
      {
        value: group.id,
        ocid: group.ocid,
        display: 'g',
        type: 'direct',
        dateAdded: '2026-01-01T00:00:00.000Z',
        membershipOcid: body.members[0].membershipOcid,
        $ref: `http://127.0.0.1:8080/admin/v1/Groups/${group.id}`,
      },
    ]);
  });

  it('are shown by page, by filter and by part', async () => {
    const made = await makeUsers(5);
    const { body: group } = await groups.create(
      groupBody(
        'g',
        made.map((user) => user.id),
      ),
    );
    const shown = async (attributes: string) => {
      const { members } = (await groups.read(group.id, { attributes })).body;
      return (members ?? []).map((member: JsonObject) => member['value']);
    };
    const ids = made.map((user) => user.id);
    expect(await shown('members')).toEqual(ids);
    expect(await shown('members[startIndex=2&count=2]')).toEqual([ids[1], ids[2]]);
    expect(await shown('members[startIndex=5&count=10]')).toEqual([ids[4]]);
    expect(await shown(`members[value eq "${ids[3]}"]`)).toEqual([ids[3]]);
    expect(await shown(`members[type eq "User" and value eq "${ids[3]}"]`)).toEqual([ids[3]]);
    expect(await shown(`members[value eq "${made[3].ocid}"]`)).toEqual([ids[3]]);
    expect(await shown(`members[value eq "${'f'.repeat(32)}"]`)).toEqual([]);
    expect(await shown('members[type eq "User"]')).toEqual(ids);
    const { members } = (await groups.read(group.id, { attributes: `members[value eq "${ids[0]}"].display` })).body;
    expect(members).toEqual([{ value: ids[0], ocid: made[0].ocid, display: 'user test' }]);
  });

  it('of many groups come with one list', async () => {
    const made = await makeUsers(3);
    for (const [n, user] of made.entries()) await groups.create(groupBody(`g${n}`, [user.id]));
    const { Resources } = (await groups.list({ attributes: 'members,displayName' })).body;
    expect(Resources.map((group: Body) => group.members[0].value)).toEqual(made.map((user) => user.id));
  });

  it('beyond 10,000 need a page', async () => {
    const { body: group } = await groups.create(groupBody('large'));
    const { store, domain } = context;
    const type = resourceType('User');
    const rows = Array.from({ length: 10_001 }, (_, n) => {
      const id = n.toString(16).padStart(32, '0');
      return { type, id, ocid: null, version: id, lastModified: 0, data: { userName: `m${n}` } };
    });
    await store.resources.insertMany(domain.id, rows, 0);
    const edges = rows.map(({ id }) => ({ kind: 'member', sourceId: group.id, targetId: id, targetType: 'User' }));
    await store.edges.add(domain.id, edges, 0);
    // Autovacuum would do it within a minute: without statistics of so many new rows the planner goes astray.
    await analyze();
    const refused = await groups.read(group.id, { attributes: 'members' });
    expect([refused.status, refused.body.detail]).toEqual([400, expect.stringContaining('members')]);
    const page = await groups.read(group.id, { attributes: 'members[startIndex=10001&count=10]' });
    expect(page.body.members).toHaveLength(1);
    expect((await groups.read(group.id)).status).toBe(200);
    // A change is made and says so, although its answer can't have all that was asked for.
    const rename = { op: 'replace', path: 'displayName', value: 'larger' };
    const changed = await groups.patch(group.id, [rename], { attributes: 'members' });
    expect([changed.status, changed.body.displayName, changed.body.members]).toEqual([200, 'larger', undefined]);
    expect((await groups.remove(group.id)).status).toBe(204);
  });
});

describe('PATCH of members', () => {
  let a: Body;
  let b: Body;
  let c: Body;
  let group: Body;

  beforeEach(async () => {
    [a, b, c] = await makeUsers(3);
    group = (await groups.create(groupBody('g', [a.id, b.id]))).body;
    context.clock.advance(1000);
  });

  it('adds one, moves version and lastModified, and answers as the guide prints (3.12)', async () => {
    const { status, body } = await groups.patch(group.id, [
      { op: 'add', path: 'members', value: [{ value: c.id, type: 'User' }] },
    ]);
    expect(status).toBe(200);
    expect(body.members).toBeUndefined();
    expect(body.meta.version).not.toBe(group.meta.version);
    expect(body.meta.lastModified).toBe('2026-01-01T00:00:01.000Z');
    expect(await memberIds(group.id)).toHaveLength(3);
    expect((await groups.read(group.id)).body).toEqual(body);
  });

  it('changes nothing when the member is there already', async () => {
    const { status, body } = await groups.patch(group.id, [{ op: 'add', path: 'members', value: [{ value: a.id }] }]);
    expect([status, body]).toEqual([200, group]);
  });

  it.each<[string, (ids: { a: string; b: string; c: string }) => JsonObject[], ('a' | 'b' | 'c')[]]>([
    ['remove by value eq', ({ a }) => [{ op: 'remove', path: `members[value eq "${a}"]` }], ['b']],
    ['remove in upper case', ({ a }) => [{ op: 'REMOVE', path: `members[value eq "${a}"]` }], ['b']],
    [
      'remove by several values',
      ({ a, b }) => [{ op: 'remove', path: `members[value eq "${a}" or value eq "${b}"]` }],
      [],
    ],
    [
      'remove by value and type',
      ({ a }) => [{ op: 'remove', path: `members[value eq "${a}" and type eq "User"]` }],
      ['b'],
    ],
    [
      'remove by a filter that fits nobody',
      ({ a }) => [{ op: 'remove', path: `members[value eq "${a}" and display eq "x"]` }],
      ['a', 'b'],
    ],
    ['remove by type', () => [{ op: 'remove', path: 'members[type eq "User"]' }], []],
    ['remove by user name', () => [{ op: 'remove', path: 'members[name eq "U0"]' }], ['b']],
    ['remove by display', () => [{ op: 'remove', path: 'members[display sw "user"]' }], []],
    ['remove by value in the body', ({ b }) => [{ op: 'remove', path: 'members', value: [{ value: b }] }], ['a']],
    ['remove of a stranger', ({ c }) => [{ op: 'remove', path: `members[value eq "${c}"]` }], ['a', 'b']],
    ['remove all', () => [{ op: 'remove', path: 'members' }], []],
    ['replace', ({ b, c }) => [{ op: 'replace', path: 'members', value: [{ value: b }, { value: c }] }], ['b', 'c']],
    ['replace by nobody', () => [{ op: 'replace', path: 'members', value: [] }], []],
    [
      'several at once',
      ({ a, c }) => [
        { op: 'add', path: 'members', value: [{ value: c }] },
        { op: 'remove', path: `members[value eq "${a}"]` },
      ],
      ['b', 'c'],
    ],
    ['add without a path', ({ c }) => [{ op: 'add', value: { members: [{ value: c }] } }], ['a', 'b', 'c']],
  ])('%s', async (_, operations, left) => {
    const ids = { a: a.id as string, b: b.id as string, c: c.id as string };
    expect((await groups.patch(group.id, operations(ids))).status).toBe(200);
    expect(new Set(await memberIds(group.id))).toEqual(new Set(left.map((name) => ids[name])));
  });

  it('removes by OCID', async () => {
    expect((await groups.patch(group.id, [{ op: 'remove', path: `members[value eq "${a.ocid}"]` }])).status).toBe(200);
    expect(await memberIds(group.id)).toEqual([b.id]);
  });

  it('keeps dateAdded of those who stay', async () => {
    await groups.patch(group.id, [{ op: 'replace', path: 'members', value: [{ value: a.id }, { value: c.id }] }]);
    const { members } = (await groups.read(group.id, { attributes: 'members' })).body;
    const added = new Map(members.map((member: Body) => [member.value, member.dateAdded]));
    expect(added.get(a.id)).toBe('2026-01-01T00:00:00.000Z');
    expect(added.get(c.id)).toBe('2026-01-01T00:00:01.000Z');
  });

  it('does all or nothing', async () => {
    const { status } = await groups.patch(group.id, [
      { op: 'replace', path: 'displayName', value: 'renamed' },
      { op: 'add', path: 'members', value: [{ value: c.id }, { value: 'f'.repeat(32) }] },
    ]);
    expect(status).toBe(400);
    expect((await groups.read(group.id)).body).toEqual(group);
    expect(await memberIds(group.id)).toHaveLength(2);
  });

  it('is found by filters on members', async () => {
    for (const filter of [
      `members[type eq "User" and value eq "${a.id}"]`,
      `members[type eq "User" and value eq "${a.ocid}"]`,
      `members.value eq "${a.id}"`,
      `members eq "${a.id}"`,
    ]) {
      const { body } = await groups.list({ filter });
      expect([filter, body.totalResults]).toEqual([filter, 1]);
    }
    expect((await groups.list({ filter: `members.value eq "${c.id}"` })).body.totalResults).toBe(0);
    expect((await users.list({ filter: `groups.value eq "${group.id}"` })).body.totalResults).toBe(2);
  });
});

describe('PUT of members', () => {
  it('makes the list what it says, and leaves it alone when it is not there (main-0239)', async () => {
    const [a, b] = await makeUsers(2);
    const { body: group } = await groups.create(groupBody('g', [a.id]));
    expect((await groups.replace(group.id, groupBody('g2', [b.id]))).status).toBe(200);
    expect(await memberIds(group.id)).toEqual([b.id]);
    expect((await groups.replace(group.id, groupBody('g3'))).status).toBe(200);
    expect(await memberIds(group.id)).toEqual([b.id]);
  });
});

describe('the group of all users', () => {
  beforeEach(async () => {
    const write = {
      type: resourceType('Group'),
      id: 'AllUsersId',
      ocid: null,
      version: 'a'.repeat(32),
      lastModified: 0,
    };
    await context.store.resources.insert(context.domain.id, { ...write, data: { displayName: 'All Domain Users' } }, 0);
  });

  it('lists no members and belongs to nobody', async () => {
    const [user] = await makeUsers(1);
    expect((await groups.read('AllUsersId', { attributes: 'members' })).body.members).toBeUndefined();
    expect((await users.read(user.id, { attributes: 'groups' })).body.groups).toBeUndefined();
    expect((await groups.list({ filter: `members.value eq "${user.id}"` })).body.totalResults).toBe(0);
  });

  it('refuses changes of members', async () => {
    const [user] = await makeUsers(1);
    const { status, body } = await groups.patch('AllUsersId', [
      { op: 'add', path: 'members', value: [{ value: user.id }] },
    ]);
    expect([status, body.detail]).toEqual([400, expect.stringContaining('members')]);
  });
});

describe('a dynamic group', () => {
  it('needs a rule and takes no members', async () => {
    const [user] = await makeUsers(1);
    const dynamic = { ...groupBody('d'), [DYNAMIC]: { membershipType: 'dynamic' } };
    expect((await groups.create(dynamic)).body.detail).toContain('membershipRule');
    const ruled = { ...dynamic, [DYNAMIC]: { membershipType: 'dynamic', membershipRule: 'title eq "x"' } };
    const { body } = await groups.create(ruled);
    expect(body[DYNAMIC]).toEqual(ruled[DYNAMIC]);
    expect((await groups.patch(body.id, [{ op: 'add', path: 'members', value: [{ value: user.id }] }])).status).toBe(
      400,
    );
  });
});
