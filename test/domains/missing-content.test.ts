import { afterAll, expect, it } from 'vitest';
import { ensureDefaultDomain } from '../../src/domains/birth.ts';
import { closeTestStore } from '../support/context.ts';
import { birthServices, get } from './birth-world.ts';

afterAll(closeTestStore);

it('a default domain that an older version made gets what ships today', async () => {
  const services = await birthServices();
  const domain = await ensureDefaultDomain(services);
  const { resources } = services.store;
  const before = await get(services, domain, 'PolicyType', 'SignOn');
  await resources.delete(domain.id, 'PolicyType', 'SignOn', null);
  await resources.delete(domain.id, 'Condition', 'AlwaysTrueCondition', null);
  await Promise.all([ensureDefaultDomain(services), ensureDefaultDomain(services)]);
  const after = await get(services, domain, 'PolicyType', 'SignOn');
  expect({ ...after, meta: null }).toEqual({ ...before, meta: null });
  expect(await get(services, domain, 'Condition', 'AlwaysTrueCondition')).toMatchObject({ attributeValue: 'a' });
});
