import { afterAll, expect, it } from 'vitest';
import { createDomain, ensureDefaultDomain } from '../../src/domains/birth.ts';
import { bringContentUpToDate } from '../../src/domains/missing-content.ts';
import { DomainRegistry } from '../../src/domains/registry.ts';
import { closeTestStore } from '../support/context.ts';
import { birthServices, get, newName } from './birth-world.ts';

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

it('any domain that an older version made gets it with its first request, once', async () => {
  const services = await birthServices();
  const { resources, domains } = services.store;
  const domain = await createDomain(services, { name: newName() });
  const custom = 'urn:ietf:params:scim:schemas:idcs:extension:custom:User';
  const newer = () =>
    new DomainRegistry({
      domains,
      defaultName: services.defaultDomain,
      prepare: (found) => bringContentUpToDate(services, found),
    });
  const shows = async () => (await resources.read(domain.id, 'Schema', custom)) !== null;
  await resources.delete(domain.id, 'Schema', custom, null);
  // The domain's row says that its content is of this release: nobody looks.
  await newer().resolve(domain.name);
  expect(await shows()).toBe(false);
  await domains.setContentVersion(domain.id, 'older');
  await Promise.all([newer(), newer(), newer()].map((registry) => registry.resolve(domain.name)));
  expect(await shows()).toBe(true);
  expect(await domains.contentVersion(domain.id)).not.toBe('older');
});
