import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeTestStore, type TestContext, testContext } from '../../support/context.ts';
import { groupBody, pipelineOf, userBody } from '../../support/pipeline.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are read by path
type Body = any;

let context: TestContext;
let users: ReturnType<typeof pipelineOf>;

beforeAll(async () => {
  context = await testContext();
  users = pipelineOf(context, 'User');
  for (const name of ['carol', 'Alice', 'bob', 'dave', 'Eve']) {
    await users.create(userBody(name, { title: name.length > 4 ? 'long' : 'short' }));
    context.clock.advance(1000);
  }
});
afterAll(closeTestStore);

const namesOf = (body: Body): string[] => body.Resources.map((user: Body) => user.userName);

describe('a list', () => {
  it('has the keys of a ListResponse in their order, and whole resources in order of creation', async () => {
    const { status, body } = await users.list();
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['schemas', 'totalResults', 'Resources', 'startIndex', 'itemsPerPage']);
    expect({ ...body, Resources: 0 }).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      totalResults: 5,
      Resources: 0,
      startIndex: 1,
      itemsPerPage: 50,
    });
    expect(namesOf(body)).toEqual(['carol', 'Alice', 'bob', 'dave', 'Eve']);
    expect(body.Resources[0]).toEqual((await users.read(body.Resources[0].id)).body);
  });

  it('pages by startIndex and count, echoing both', async () => {
    const { body } = await users.list({ startIndex: '2', count: '2' });
    expect(namesOf(body)).toEqual(['Alice', 'bob']);
    expect([body.totalResults, body.startIndex, body.itemsPerPage]).toEqual([5, 2, 2]);
    const { body: first } = await users.list({ startIndex: '0', count: '4', filter: 'userName eq "bob"' });
    expect([first.startIndex, first.itemsPerPage, first.totalResults]).toEqual([1, 4, 1]);
    expect((await users.list({ startIndex: '100' })).body).toMatchObject({
      totalResults: 5,
      Resources: [],
      startIndex: 100,
    });
  });

  it('of count 0 is the total only', async () => {
    expect((await users.list({ count: '0' })).body).toMatchObject({ totalResults: 5, Resources: [], itemsPerPage: 0 });
    expect((await users.list({ count: '-1' })).body).toMatchObject({ itemsPerPage: 50 });
    expect((await users.list({ count: '5000' })).body).toMatchObject({ itemsPerPage: 1000 });
  });

  it('is sorted without regard to case, in both directions', async () => {
    const sorted = ['Alice', 'bob', 'carol', 'dave', 'Eve'];
    expect(namesOf((await users.list({ sortBy: 'userName' })).body)).toEqual(sorted);
    const down = { sortBy: 'userName', sortOrder: 'DESCENDING' };
    expect(namesOf((await users.list(down)).body)).toEqual([...sorted].reverse());
    const byTime = { sortBy: 'meta.created', sortOrder: 'descending', count: '2' };
    expect(namesOf((await users.list(byTime)).body)).toEqual(['Eve', 'dave']);
  });

  it('is filtered, by .search as by GET', async () => {
    const filter = 'title eq "LONG" and not (userName sw "a")';
    const body = { filter, attributes: ['userName', 'title'], sortBy: 'userName', startIndex: 1, count: 10 };
    const { body: found } = await users.search(body);
    expect(found).toMatchObject({ totalResults: 1, startIndex: 1, itemsPerPage: 10 });
    expect(found.Resources).toEqual([{ id: expect.any(String), userName: 'carol', title: 'long' }]);
    expect(namesOf((await users.list({ filter })).body)).toEqual(['carol']);
  });

  it.each([
    [{ filter: 'userName eq' }],
    [{ filter: 'nonsense eq "x"' }],
    [{ sortBy: 'nonsense' }],
    [{ sortBy: 'title', sortOrder: 'sideways' }],
    [{ attributeSets: 'nonsense' }],
    [{ count: 'x' }],
    [{ page: 'x' }],
  ])('with %j is a 400', async (query) => {
    expect((await users.list(query)).status).toBe(400);
  });

  it('pages with tokens as the OCI SDKs do', async () => {
    const first = await users.list({ limit: '2' });
    expect([namesOf(first.body), first.totalItems]).toEqual([['carol', 'Alice'], 5]);
    const second = await users.list({ limit: '2', page: first.nextPage });
    expect(namesOf(second.body)).toEqual(['bob', 'dave']);
    const third = await users.list({ limit: '2', page: second.nextPage });
    expect([namesOf(third.body), third.nextPage]).toEqual([['Eve'], null]);
    expect((await users.list()).nextPage).toBeUndefined();
  });

  it('shows only the attributes asked for, without schemas and meta', async () => {
    const { Resources } = (await users.list({ attributes: 'displayName,emails.value', count: '1' })).body;
    expect(Object.keys(Resources[0]).sort()).toEqual(['displayName', 'emails', 'id', 'userName']);
    expect(Resources[0].emails[0]).toEqual({ value: 'carol@oracle.com' });
  });

  it('loads edges of a whole page in one statement', async () => {
    const groups = pipelineOf(context, 'Group');
    const ids = (await users.list({ attributes: 'id' })).body.Resources.map((user: Body) => user.id);
    for (let n = 0; n < 10; n++) await groups.create(groupBody(`g${n}`, ids));
    let calls = 0;
    const counted = {
      ...context.store,
      edges: {
        ...context.store.edges,
        page: (...args: Parameters<typeof context.store.edges.page>) => {
          calls += 1;
          return context.store.edges.page(...args);
        },
      },
    };
    const { body } = await pipelineOf({ ...context, store: counted }, 'Group').list({ attributes: 'members' });
    expect(body.Resources.map((group: Body) => group.members.length)).toEqual(Array(10).fill(5));
    expect(calls).toBe(1);
  });
});
