import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BULK_SCHEMA, readBulk, resolveOperation } from '../../src/scim/bulk.ts';
import type { JsonObject, JsonValue } from '../../src/scim/json.ts';

const bulk = (...Operations: JsonValue[]) => readBulk({ schemas: [BULK_SCHEMA], Operations });
const post = (bulkId: string, data: JsonObject = {}): JsonObject => ({ method: 'POST', path: '/Users', bulkId, data });
const refusal = (status: number, message: string | RegExp) =>
  expect.objectContaining({ status, message: expect.stringMatching(message) });

describe('a Bulk request', () => {
  it('is read in the order sent', () => {
    const plan = readBulk({
      operations: [
        { method: 'post', path: '/Users', bulkId: 'u', data: { userName: 'jane' } },
        { Method: 'DELETE', Path: '/Users/u1', version: 'v1' },
      ],
      failOnErrors: 2,
    });
    expect(plan.failOnErrors).toBe(2);
    expect(plan.order).toEqual([0, 1]);
    expect(plan.operations).toMatchObject([
      { index: 0, method: 'POST', path: '/Users', bulkId: 'u', data: { userName: 'jane' }, error: null },
      { index: 1, method: 'DELETE', path: '/Users/u1', bulkId: null, version: 'v1', data: null, error: null },
    ]);
  });

  it.each<[string, JsonObject, number, RegExp]>([
    ['no Operations', {}, 400, /Operations must be an array/],
    ['no operation', { Operations: [] }, 400, /has no operation/],
    ['another schema', { schemas: ['urn:x'], Operations: [post('a')] }, 400, /schemas must contain/],
    [
      'too many operations',
      { Operations: Array.from({ length: 1001 }, (_, index) => post(`b${index}`)) },
      413,
      /1001.*maxOperations \(1000\)/,
    ],
    ['one bulkId twice', { Operations: [post('a'), post('a')] }, 400, /bulkId \[a\] is given more than once/],
    ['a failOnErrors of text', { Operations: [post('a')], failOnErrors: 'few' }, 400, /failOnErrors/],
  ])('with %s is refused', (_what, body, status, message) => {
    expect(() => readBulk(body)).toThrow(refusal(status, message));
  });

  it('may have a thousand operations', () => {
    expect(bulk(...Array.from({ length: 1000 }, (_, index) => post(`b${index}`))).operations).toHaveLength(1000);
  });
});

describe('a malformed operation', () => {
  it.each<[string, JsonValue, RegExp]>([
    ['not an object', 7, /Operation 1: it must be an object/],
    ['a read', { method: 'GET', path: '/Users' }, /\[GET\].*\[POST,PUT,PATCH,DELETE\]/],
    ['no method', { path: '/Users', data: {} }, /attribute method/],
    ['no path', { method: 'POST', data: {} }, /attribute path/],
    ['an absolute address', { method: 'POST', path: 'https://example.com/Users', data: {} }, /attribute path/],
    ['a query', { method: 'DELETE', path: '/Users/u1?forceDelete=true' }, /attribute path/],
    ['a path out of the API', { method: 'DELETE', path: '/Users/../x' }, /attribute path/],
    ['a Bulk in a Bulk', { method: 'POST', path: '/Bulk', data: {} }, /must not be \/Bulk/],
    ['a DELETE of everything', { method: 'DELETE', path: '/Users' }, /must name a resource/],
    ['no data', { method: 'POST', path: '/Users' }, /attribute data must be an object/],
    ['data of text', { method: 'PATCH', path: '/Users/u1', data: 'x' }, /attribute data must be an object/],
    ['a number for a bulkId', { method: 'POST', path: '/Users', bulkId: 1, data: {} }, /bulkId must be a string/],
  ])('gets an error of its own: %s', (_what, operation, message) => {
    const { operations, order } = bulk(operation, post('b'));
    expect(operations[0]!.error).toEqual(refusal(400, message));
    expect(operations[1]!.error).toBeNull();
    expect(order).toEqual([0, 1]);
  });

  it('nested too deeply gets an error of its own', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`) as JsonObject;
    expect(bulk(post('a', deep)).operations[0]!.error).toEqual(refusal(400, /nested/));
  });
});

describe('bulkId references', () => {
  const ids = new Map([
    ['u1', 'id-of-u1'],
    ['u2', 'id-of-u2'],
  ]);
  const resolved = (data: JsonObject, path = '/Groups') =>
    resolveOperation(bulk({ method: 'POST', path, data }).operations[0]!, ids);

  it.each<[JsonObject, JsonObject]>([
    [{ members: [{ value: 'bulkId:u1' }, { value: 'x' }] }, { members: [{ value: 'id-of-u1' }, { value: 'x' }] }],
    [{ userIds: ['bulkId:u1', 'bulkid:u2', 'u3'] }, { userIds: ['id-of-u1', 'id-of-u2', 'u3'] }],
    [
      { app: { value: 'bulkId:u1' }, entitlement: { attributeName: 'appRoles', attributeValue: 'bulkId:u2' } },
      { app: { value: 'id-of-u1' }, entitlement: { attributeName: 'appRoles', attributeValue: 'id-of-u2' } },
    ],
    [
      { Operations: [{ op: 'add', path: 'members', value: [{ value: 'bulkId:u1' }] }] },
      { Operations: [{ op: 'add', path: 'members', value: [{ value: 'id-of-u1' }] }] },
    ],
    [
      { displayName: 'bulkId:u1', attributeValue: '#inIPRange("bulkId:u1")' },
      { displayName: 'bulkId:u1', attributeValue: '#inIPRange("bulkId:u1")' },
    ],
  ])('are replaced in values and lists, not in other text: %j', (data, expected) => {
    expect(resolved(data).data).toEqual(expected);
  });

  it('are replaced in paths', () => {
    expect(resolved({}, '/Groups/bulkId:u2').path).toBe('/Groups/id-of-u2');
  });

  it('to nothing are a 400 that names them', () => {
    expect(() => resolved({ value: 'bulkId:nobody' })).toThrow(refusal(400, /\[nobody\]/));
    expect(() => resolved({}, '/Groups/bulkId:nobody')).toThrow(refusal(400, /\[nobody\]/));
  });

  it('may point forward: the order waits for what is referred to', () => {
    const { order } = bulk(
      { method: 'POST', path: '/Groups', bulkId: 'g', data: { members: [{ value: 'bulkId:u' }] } },
      { method: 'PATCH', path: '/Groups/bulkId:g', data: { value: 'bulkId:v' } },
      post('u'),
      post('v'),
    );
    expect(order).toEqual([2, 0, 3, 1]);
  });

  it('in a circle are a 409 for its members only', () => {
    const { operations, order } = bulk(
      post('a', { value: 'bulkId:b' }),
      post('b', { value: 'bulkId:c' }),
      post('c', { value: 'bulkId:a' }),
      post('d', { value: 'bulkId:d' }),
      post('e'),
    );
    expect(operations.map(({ error }) => error?.status ?? null)).toEqual([409, 409, 409, 409, null]);
    expect([...order].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it('may form a chain as long as the request', () => {
    const chain = Array.from({ length: 1000 }, (_, index) => post(`b${index}`, { value: `bulkId:b${index + 1}` }));
    expect(bulk(...chain).order[0]).toBe(999);
  });

  it('are always resolved before they are needed, and the rest keeps its order', () => {
    const graphs = fc.array(fc.array(fc.nat(19), { maxLength: 3 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(graphs, (graph) => {
        const { order, operations } = bulk(
          ...graph.map((needs, index) => post(`b${index}`, { userIds: needs.map((need) => `bulkId:b${need}`) })),
        );
        expect([...order].sort((left, right) => left - right)).toEqual(graph.map((_, index) => index));
        const place = new Map(order.map((index, at) => [index, at]));
        for (const [index, needs] of graph.entries()) {
          for (const need of needs) {
            if (need >= graph.length || operations[need]!.error !== null || operations[index]!.error !== null) continue;
            expect(place.get(need)!).toBeLessThan(place.get(index)!);
          }
        }
      }),
    );
  });
});
