import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { runBulk } from '../../../src/resources/pipeline/bulk.ts';
import { ScimError } from '../../../src/scim/errors.ts';
import type { JsonObject } from '../../../src/scim/json.ts';
import { closeTestStore, type TestContext, testContext } from '../../support/context.ts';
import { groupBody, PATCH_SCHEMA, pipelineOf, userBody } from '../../support/pipeline.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are read by path
type Body = any;

const BASE = 'http://127.0.0.1:8080/admin/v1';
let context: TestContext;
let users: ReturnType<typeof pipelineOf>;
let groups: ReturnType<typeof pipelineOf>;

beforeEach(async () => {
  context = await testContext();
  users = pipelineOf(context, 'User');
  groups = pipelineOf(context, 'Group');
});
afterAll(closeTestStore);

async function bulk(operations: JsonObject[], more: JsonObject = {}, authorize = () => {}): Promise<Body> {
  const body = { schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'], Operations: operations, ...more };
  const answer = await runBulk(context, body, authorize);
  expect(answer.status).toBe(201);
  return answer.body;
}

const addMember = (group: string, user: string) => ({
  method: 'PATCH',
  path: `/Groups/${group}`,
  data: {
    schemas: [PATCH_SCHEMA],
    Operations: [{ op: 'add', path: 'members', value: [{ value: user, type: 'User' }] }],
  },
});

describe('Bulk', () => {
  it('adds a user to several groups as the CNC Console guide prints it (3.13)', async () => {
    const { body: user } = await users.create(userBody('a'));
    const { body: one } = await groups.create(groupBody('one'));
    const { body: two } = await groups.create(groupBody('two'));
    expect(await bulk([addMember(one.id, user.id), addMember(two.id, user.id)])).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkResponse'],
      Operations: [
        { location: `${BASE}/Groups/${one.id}`, method: 'PATCH', status: '200' },
        { location: `${BASE}/Groups/${two.id}`, method: 'PATCH', status: '200' },
      ],
    });
    expect((await users.read(user.id, { attributes: 'groups' })).body.groups).toHaveLength(2);
  });

  it('creates users and a group of them, wherever the references stand (main-0170)', async () => {
    const member = (bulkId: string) => ({ value: `bulkId:${bulkId}`, type: 'User' });
    const { Operations } = await bulk([
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'g',
        data: { ...groupBody('G'), members: [member('u1'), member('u2')] },
      },
      { method: 'POST', path: '/Users', bulkId: 'u1', data: userBody('one') },
      { method: 'POST', path: '/Users', bulkId: 'u2', data: userBody('two') },
      { ...addMember('bulkId:g', 'bulkId:u1') },
    ]);
    expect(Operations.map(({ bulkId, status }: Body) => [bulkId, status])).toEqual([
      ['g', '201'],
      ['u1', '201'],
      ['u2', '201'],
      [undefined, '200'],
    ]);
    const id = Operations[0].location.split('/').pop();
    expect(Operations[0].location).toBe(`${BASE}/Groups/${id}`);
    expect((await groups.read(id, { attributes: 'members' })).body.members).toHaveLength(2);
    expect(Operations[3].location).toBe(`${BASE}/Groups/${id}`);
  });

  it('goes on after an error and says what it was', async () => {
    const { body: user } = await users.create(userBody('a'));
    const { Operations } = await bulk([
      { method: 'POST', path: '/Users', bulkId: 'x', data: userBody('A') },
      { method: 'DELETE', path: `/Users/${user.id}` },
      addMember('bulkId:nothing', user.id),
      { method: 'DELETE', path: '/Users/nobody' },
      { method: 'POST', path: '/Nonsense', data: {} },
      { method: 'PUT', path: '/Users', data: {} },
      { method: 'PATCH', path: '/UserPasswordChanger/x', data: {} },
    ]);
    expect(Operations.map(({ status }: Body) => status)).toEqual(['409', '204', '400', '404', '404', '405', '405']);
    expect(Operations[0]).toEqual({
      method: 'POST',
      bulkId: 'x',
      status: '409',
      response: {
        schemas: [
          'urn:ietf:params:scim:api:messages:2.0:Error',
          'urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error',
        ],
        detail: "A User with userName 'A' already exists.",
        status: '409',
        'urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error': { messageId: expect.any(String) },
      },
    });
    expect(Operations[1]).toEqual({ location: `${BASE}/Users/${user.id}`, method: 'DELETE', status: '204' });
  });

  it('stops at failOnErrors and leaves the rest out', async () => {
    const operations = ['nobody', 'neither', 'third'].map((id) => ({ method: 'DELETE', path: `/Users/${id}` }));
    const { Operations } = await bulk([...operations, { method: 'POST', path: '/Users', data: userBody('a') }], {
      failOnErrors: 2,
    });
    expect(Operations.map(({ status }: Body) => status)).toEqual(['404', '404']);
    expect((await users.list()).body.totalResults).toBe(0);
  });

  it('asks for the right of each operation by itself', async () => {
    const asked: [string, string][] = [];
    const authorize = (endpoint: string, form: string) => {
      asked.push([endpoint, form]);
      if (form === 'delete') throw new ScimError(401, 'Operation failed due to unauthorized access.');
    };
    const { body: user } = await users.create(userBody('a'));
    const operations = [
      { method: 'DELETE', path: `/Users/${user.id}` },
      { method: 'POST', path: '/Groups', data: groupBody('g') },
      { method: 'PUT', path: `/Users/${user.id}`, data: userBody('b') },
    ];
    const body = { schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'], Operations: operations };
    const answer = (await runBulk(context, body, authorize)).body as Body;
    expect(answer.Operations.map(({ status }: Body) => status)).toEqual(['401', '201', '200']);
    expect(asked).toEqual([
      ['Users', 'delete'],
      ['Groups', 'create'],
      ['Users', 'put'],
    ]);
  });

  it('honours the version of an operation', async () => {
    const { body: user, etag } = await users.create(userBody('a'));
    await users.patch(user.id, [{ op: 'replace', path: 'title', value: 'x' }]);
    const { Operations } = await bulk([{ method: 'DELETE', path: `/Users/${user.id}`, version: etag! }]);
    expect(Operations[0].status).toBe('412');
  });

  it('runs actions', async () => {
    const { body: user } = await users.create(userBody('a'));
    const schema = 'urn:ietf:params:scim:schemas:oracle:idcs:UserPasswordChanger';
    const data = { password: 'Welcome@12345', schemas: [schema] };
    const { Operations } = await bulk([{ method: 'PUT', path: `/UserPasswordChanger/${user.ocid}`, data }]);
    expect(Operations).toEqual([
      { location: `${BASE}/UserPasswordChanger/${user.ocid}`, method: 'PUT', status: '200' },
    ]);
  });

  it('gives a failed operation the location of the resource that its path names, if it names one', async () => {
    const { Operations } = await bulk([
      { method: 'DELETE', path: '/Users/nobody' },
      { method: 'PATCH', path: '/Users', data: {} },
      { method: 'DELETE', path: 'Users/nobody' },
      { method: 'POST', path: '/Users/nobody', data: {} },
      'nonsense',
    ] as JsonObject[]);
    expect(Operations.map((each: Body) => [each.status, each.location])).toEqual([
      ['404', `${BASE}/Users/nobody`],
      ['405', undefined],
      ['400', undefined],
      ['405', undefined],
      ['400', undefined],
    ]);
  });

  it('resolves bulkIds in the paths of a PATCH', async () => {
    const { Operations } = await bulk([
      {
        method: 'PATCH',
        path: '/Groups/bulkId:g',
        data: { schemas: [PATCH_SCHEMA], Operations: [{ op: 'remove', path: 'members[value eq "bulkId:a"]' }] },
      },
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'g',
        data: { displayName: 'g', members: [{ value: 'bulkId:a' }, { value: 'bulkId:b' }] },
      },
      { method: 'POST', path: '/Users', bulkId: 'a', data: userBody('a') },
      { method: 'POST', path: '/Users', bulkId: 'b', data: userBody('b') },
      {
        method: 'PATCH',
        path: '/Groups/bulkId:g',
        data: { schemas: [PATCH_SCHEMA], Operations: [{ op: 'remove', path: 'members[value eq "bulkId:no"]' }] },
      },
    ]);
    expect(Operations.map((each: Body) => each.status)).toEqual(['200', '201', '201', '201', '400']);
    const id = Operations[1].location.split('/').pop();
    const { members } = (await groups.read(id, { attributes: 'members' })).body;
    expect(members.map((member: Body) => member.name)).toEqual(['b']);
  });
});
