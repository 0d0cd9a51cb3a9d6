import { beforeAll, describe, expect, it } from 'vitest';
import { shippedContent } from '../../src/resources/shipped-content.ts';
import { resourceType } from '../../src/schemas/registry.ts';
import { acceptCreate } from '../../src/scim/validate.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';

let domain: TestDomain;

beforeAll(async () => {
  domain = await testDomain();
});

describe('what ships', () => {
  it('keeps the rules of its type', () => {
    for (const { type: name, id, data } of shippedContent()) {
      const type = resourceType(name);
      const { data: accepted } = acceptCreate(type, { schemas: [type.schema], ...data });
      // What only the service writes is dropped from a body; it must be an attribute all the same.
      for (const [key, value] of Object.entries(data)) {
        const attribute = type.resolve(key);
        expect(attribute?.name, `${name} ${id}`).toBe(key);
        const isKept = attribute?.mutability !== 'readOnly' && attribute?.storage === 'data';
        if (isKept) expect(accepted[key], `${name} ${id} ${key}`).toEqual(value);
      }
    }
  });

  it('is read from every domain, and refers to what is there', async () => {
    const seen = new Set<string>();
    for (const { type: name, id } of shippedContent()) {
      const answer = await domain.send('GET', `/admin/v1${resourceType(name).endpoint}/${id}?attributeSets=all`);
      expect(answer.status, `${name} ${id}`).toBe(200);
      for (const [address] of answer.text.matchAll(/(?<="\$ref":")[^"]+/g)) seen.add(address);
    }
    for (const address of seen) {
      const path = address.slice(domain.url.length);
      expect((await domain.send('GET', path)).status, path).toBe(200);
    }
  });

  it.each(['PolicyTypes', 'PolicyTemplates', 'RuleTemplates', 'ConditionTemplates', 'ConditionGroupTemplates'])(
    '%s are for reading only, and nobody made them',
    async (endpoint) => {
      const path = `/admin/v1/${endpoint}`;
      const body = { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'] };
      const { Resources } = (await domain.send('POST', `${path}/.search`, { body })).body;
      expect(Resources.length).toBeGreaterThan(1);
      for (const { idcsCreatedBy, idcsLastModifiedBy } of Resources) {
        expect([idcsCreatedBy, idcsLastModifiedBy]).toEqual([
          { value: 'UnAuthenticated' },
          { value: 'UnAuthenticated' },
        ]);
      }
      for (const method of ['PUT', 'PATCH', 'DELETE']) {
        const answer = await domain.send(method, `${path}/${Resources[0].id}`, method === 'DELETE' ? {} : { body: {} });
        expect(answer.status, method).toBe(405);
      }
      expect((await domain.send('POST', path, { body: {} })).status).toBe(405);
    },
  );
});
