import { describe, expect, it } from 'vitest';
import { readListParameters } from '../../../src/resources/pipeline/list-parameters.ts';
import { pageToken, readPageToken } from '../../../src/resources/pipeline/page-token.ts';
import { resourceType } from '../../../src/schemas/registry.ts';

const user = resourceType('User');
const list = (raw: Record<string, unknown>) => readListParameters(user, raw, 'list');
const SEARCH = { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'] };
const refused = (detail: string) => expect.objectContaining({ status: 400, message: expect.stringContaining(detail) });

describe('parameters of a list', () => {
  it.each([
    [undefined, 50],
    ['10', 10],
    ['0', 0],
    ['-5', 50],
    ['5000', 1000],
    [4, 4],
    ['', 50],
  ])('count=%j is a page of %i', (count, size) => {
    expect(list({ count }).count).toBe(size);
  });

  it.each([
    [undefined, 1],
    ['0', 1],
    ['-3', 1],
    ['4', 4],
  ])('startIndex=%j starts at %i', (startIndex, from) => {
    expect(list({ startIndex }).startIndex).toBe(from);
  });

  it.each([
    ['count', 'many'],
    ['count', '1.5'],
    ['startIndex', ['1', '2']],
    ['startIndex', '99999999999999999999'],
    ['limit', {}],
    ['filter', ['a', 'b']],
    ['sortBy', 7],
    ['attributes', { a: 1 }],
    ['attributeSets', [7]],
    ['sortOrder', 'upwards'],
    ['page', '***'],
    ['page', 'LTE='],
  ])('%s=%j is refused by name', (name, value) => {
    expect(() => list({ [name]: value })).toThrow(refused(name));
  });

  it('sorts by searchable single-valued attributes only', () => {
    expect(list({ sortBy: 'USERNAME' }).sortBy?.path).toBe('userName');
    expect(list({ sortBy: 'name.familyName' }).sortBy?.path).toBe('name.familyName');
    expect(list({ sortBy: 'meta.lastModified' }).sortBy?.path).toBe('meta.lastModified');
    expect(list({ sortBy: 'idcsCreatedBy' }).sortBy?.path).toBe('idcsCreatedBy.value');
    for (const sortBy of [
      'password',
      'description',
      'emails.value',
      'groups.value',
      'name',
      'nonsense',
      'userName.x',
    ]) {
      expect(() => list({ sortBy })).toThrow(refused('sortBy'));
    }
  });

  it.each([
    ['descending', true],
    ['DESCENDING', true],
    ['Ascending', false],
    [undefined, false],
  ])('sortOrder=%j', (sortOrder, descending) => {
    expect(list({ sortOrder }).descending).toBe(descending);
  });

  it('of a search body are read in any case, each once', () => {
    const search = (raw: Record<string, unknown>) => readListParameters(user, { ...SEARCH, ...raw }, 'search');
    expect(search({ Filter: 'userName pr', COUNT: 3 })).toMatchObject({ filter: 'userName pr', count: 3 });
    expect(() => search({ filter: 'userName pr', Filter: 'title pr' })).toThrow(refused('filter'));
  });

  it('splits attributes at commas, but not inside brackets', () => {
    const { projection } = list({
      attributes: 'userName, emails[type eq "a,b"].value',
      attributeSets: ['default', 'request'],
    });
    expect(projection.attributes?.map((path) => path.trim())).toEqual(['userName', 'emails[type eq "a,b"].value']);
    expect(projection.attributeSets).toEqual(['default', 'request']);
  });

  it('ignores what it does not know', () => {
    expect(list({ sortedBy: 'x', distinct: 'true' }).sortBy).toBeNull();
  });

  it('pages by token when limit or page is given', () => {
    expect(list({ limit: '2' })).toMatchObject({ count: 2, startIndex: 1, tokens: true });
    expect(list({ limit: '2', page: pageToken(3) })).toMatchObject({ count: 2, startIndex: 3, tokens: true });
    expect(list({}).tokens).toBe(false);
  });

  it('reads its own tokens', () => {
    expect(pageToken(1)).toBe('MQ==');
    expect(readPageToken(pageToken(51))).toBe(51);
  });
});

describe('a search body', () => {
  it('must name its schema', () => {
    expect(() => readListParameters(user, {}, 'search')).toThrow(refused('schemas'));
    expect(() => readListParameters(user, { schemas: 'SearchRequest' }, 'search')).toThrow(refused('schemas'));
    expect(readListParameters(user, SEARCH, 'search').count).toBe(50);
  });

  it('is read like a query', () => {
    const body = {
      ...SEARCH,
      attributes: ['userName', 'displayName'],
      startIndex: 1,
      count: 10,
      filter: 'userName pr',
    };
    const { projection, filter, count } = readListParameters(user, body, 'search');
    expect([projection.attributes, filter, count]).toEqual([['userName', 'displayName'], 'userName pr', 10]);
  });
});
