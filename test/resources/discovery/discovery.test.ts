import { describe, expect, it } from 'vitest';
import { resourceTypeNames } from '../../../src/schemas/registry.ts';
import type { JsonObject } from '../../../src/scim/json.ts';
import { type TestDomain, testDomain } from '../../support/emulator.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const filtered = (endpoint: string, filter: string, more = '') =>
  `/admin/v1/${endpoint}?filter=${encodeURIComponent(filter)}${more}`;

async function named(domain: TestDomain, path: string): Promise<JsonObject> {
  const { status, text, body } = await domain.send('GET', path);
  expect(status, text).toBe(200);
  return body;
}

describe('AllowedValues', () => {
  it('have the id of their attribute, and values with labels', async () => {
    const domain = await testDomain();
    const codes = await named(
      domain,
      '/admin/v1/AllowedValues/countrycodes?attributes=attrValues.value,attrValues.label',
    );
    expect(codes['attrValues']).toHaveLength(249);
    expect(codes['attrValues']).toContainEqual({ value: 'DE', label: 'Germany' });
    const zones = await named(domain, '/admin/v1/AllowedValues/timezones');
    expect(zones).toMatchObject({ id: 'timezones', attrName: 'timezones', meta: { resourceType: 'AllowedValue' } });
    expect(zones['attrValues']).toContainEqual({ value: 'Europe/Berlin', label: 'Europe/Berlin' });
    const found = await named(domain, filtered('AllowedValues', 'attrName sw "country" or id eq "countries"'));
    expect(found).toMatchObject({ totalResults: 2, Resources: [{ id: 'countries' }, { id: 'countrycodes' }] });
  });

  it('are found by value, sorted, paged and searched like rows, and are written by nobody', async () => {
    const domain = await testDomain();
    const withMoscow = 'attrName eq "timezones" and attrValues.value eq "europe/moscow"';
    expect((await named(domain, filtered('AllowedValues', withMoscow)))['totalResults']).toBe(1);
    const last = await named(
      domain,
      '/admin/v1/AllowedValues?sortBy=attrName&sortOrder=descending&count=1&startIndex=2',
    );
    expect(last).toMatchObject({ itemsPerPage: 1, Resources: [{ id: 'supportedLocales' }] });
    const search = { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'], filter: 'id eq "locales"' };
    expect((await domain.send('POST', '/admin/v1/AllowedValues/.search', { body: search })).body.totalResults).toBe(1);
    expect((await domain.send('GET', '/admin/v1/AllowedValues/nothing')).status).toBe(404);
    expect((await domain.send('POST', '/admin/v1/AllowedValues', { body: {} })).status).toBe(405);
  });

  it('are what attributes that refer to them can have', async () => {
    const domain = await testDomain();
    const user = await domain.createUser('jdoe', {
      timezone: 'europe/berlin',
      addresses: [{ type: 'work', country: 'us' }],
    });
    expect(user).toMatchObject({ timezone: 'Europe/Berlin', addresses: [{ country: 'US' }] });
    const patch = (path: string, value: string) =>
      domain.send('PATCH', `/admin/v1/Users/${user.id}`, {
        body: {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
          Operations: [{ op: 'replace', path, value }],
        },
      });
    const refused = await patch('timezone', 'Mars/Olympus');
    expect(refused.status).toBe(400);
    expect(refused.body.detail).toBe(
      'Invalid value [Mars/Olympus] for attribute timezone. One of AllowedValues/timezones was expected.',
    );
    expect((await patch('timezone', 'US/Pacific')).body.timezone).toBe('US/Pacific');
    expect((await patch('addresses[type eq "work"].country', 'XX')).status).toBe(400);
  });
});

describe('Schemas', () => {
  it('describe every type and extension, with the service’s own keys', async () => {
    const domain = await testDomain();
    const user = await named(domain, `/admin/v1/Schemas/${USER}`);
    expect(user).toMatchObject({ id: USER, name: 'User', meta: { resourceType: 'Schema' } });
    expect(user['idcsResourceTypes']).toContain('User');
    const attributes = user['attributes'] as JsonObject[];
    expect(attributes.find(({ name }) => name === 'userName')).toMatchObject({
      type: 'string',
      required: true,
      uniqueness: 'global',
      idcsSearchable: true,
      idcsCsvAttributeName: 'User ID',
    });
    expect(attributes.find(({ name }) => name === 'emails')).toMatchObject({
      multiValued: true,
      subAttributes: expect.arrayContaining([expect.objectContaining({ name: 'value', required: true })]),
    });
    const extension = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:userState:User';
    const found = await named(domain, filtered('Schemas', `id eq "${extension}"`));
    expect(found).toMatchObject({ totalResults: 1, Resources: [{ id: extension, name: 'userState:User' }] });
    const all = await named(domain, '/admin/v1/Schemas?attributes=name&count=1000');
    expect(JSON.stringify(all)).not.toContain('idcs-emulator');
    expect(all['totalResults']).toBeGreaterThan(resourceTypeNames().length);
  });

  it('give canonical values as text, of integers too', async () => {
    const domain = await testDomain();
    const { Resources } = await named(domain, '/admin/v1/Schemas?count=1000');
    const texts = JSON.stringify(Resources).match(/"canonicalValues":\[[^\]]*\]/g)!;
    expect(texts.length).toBeGreaterThan(100);
    expect(texts.filter((text) => !text.startsWith('"canonicalValues":["'))).toEqual([]);
  });

  it('describe parts of attributes as they are in force, not as the reference has them', async () => {
    const domain = await testDomain();
    const urn = 'urn:ietf:params:scim:schemas:oracle:idcs:ApprovalWorkflowStep';
    const { attributes } = (await domain.send('GET', `/admin/v1/Schemas/${urn}`)).body;
    const approvers = attributes.find(({ name }: JsonObject) => name === 'approvers');
    const type = approvers.subAttributes.find(({ name }: JsonObject) => name === 'type');
    expect(type).toMatchObject({ type: 'string', canonicalValues: ['User', 'Group'] });
  });

  it('of what ships can not be changed', async () => {
    const domain = await testDomain();
    const body = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'], name: 'Other' };
    expect((await domain.send('PUT', `/admin/v1/Schemas/${USER}`, { body })).status).toBe(403);
    expect((await domain.send('PUT', '/admin/v1/Schemas/urn:x', { body })).status).toBe(404);
  });
});

describe('ResourceTypeSchemaAttributes', () => {
  it('list the 21 columns of a user’s CSV with exactly the asked keys (main-0177)', async () => {
    const domain = await testDomain();
    const asked = 'idcsCsvAttributeName,idcsDisplayName,description,type,required,canonicalValues,mutability';
    const filter = 'resourceType eq "User" and idcsCsvAttributeName pr';
    const { totalResults, Resources } = (
      await domain.send('GET', filtered('ResourceTypeSchemaAttributes', filter, `&attributes=${asked}`))
    ).body;
    expect(totalResults).toBe(21);
    const columns = new Map((Resources as JsonObject[]).map((one) => [one['idcsCsvAttributeName'], one]));
    expect(columns.get('User ID')).toEqual({
      idcsCsvAttributeName: 'User ID',
      description: 'User Name',
      idcsDisplayName: 'User Name',
      mutability: 'readWrite',
      required: true,
      type: 'string',
    });
    expect([...columns].filter(([, { required }]) => required === true).map(([name]) => name)).toEqual([
      'User ID',
      'Last Name',
    ]);
    expect(columns.get('User Type')?.['canonicalValues']).toHaveLength(7);
    expect(columns.has('Manager Name')).toBe(true);
    expect(columns.has('Password')).toBe(false);
  });
});

describe('ResourceTypes and ServiceProviderConfig', () => {
  it('say what there is (RFC 7643 §5, §6)', async () => {
    const domain = await testDomain();
    const group = await named(domain, '/admin/v1/ResourceTypes/Group');
    expect(group).toMatchObject({
      id: 'Group',
      endpoint: '/Groups',
      schema: 'urn:ietf:params:scim:schemas:core:2.0:Group',
      meta: { location: `${domain.url}/admin/v1/ResourceTypes/Group` },
    });
    expect((await named(domain, '/admin/v1/ResourceTypes'))['totalResults']).toBe(resourceTypeNames().length);
    expect(await named(domain, '/admin/v1/ServiceProviderConfig')).toMatchObject({
      bulk: { supported: true, maxOperations: 1000, maxPayloadSize: 1048576 },
      filter: { supported: true, maxResults: 1000 },
      meta: { location: `${domain.url}/admin/v1/ServiceProviderConfig` },
    });
  });

  it('are read only: ServiceProviderConfig answers 405 to other methods', async () => {
    const domain = await testDomain();
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const refused = await domain.send(method, '/admin/v1/ServiceProviderConfig', { body: {} });
      expect([refused.status, refused.headers.get('allow')], method).toEqual([405, 'GET,HEAD,OPTIONS']);
    }
  });

  it('need a token, as everything under /admin/v1', async () => {
    const domain = await testDomain();
    for (const endpoint of ['ServiceProviderConfig', 'ResourceTypes', 'Schemas', 'AllowedValues']) {
      expect((await domain.send('GET', `/admin/v1/${endpoint}`, { token: null })).status).toBe(401);
    }
  });
});
