import { afterAll, describe, expect, it } from 'vitest';
import { createDomain, ensureDefaultDomain } from '../../src/domains/birth.ts';
import { moveClock } from '../../src/domains/move-clock.ts';
import { DomainRegistry } from '../../src/domains/registry.ts';
import { DefaultDomainKept, deleteDomain, NoSuchDomain, resetDomain } from '../../src/domains/reset.ts';
import { applySeeds } from '../../src/domains/seeds/apply.ts';
import { closeTestStore } from '../support/context.ts';
import { birthServices, find, newName } from './birth-world.ts';

afterAll(closeTestStore);

const TESTERS = { Groups: [{ displayName: 'Testers' }] };
const KEY = { kid: 'SIGNING_KEY', privateKey: 'sealed', publicJwk: { kty: 'RSA' }, created: 1, active: true };

describe('a reset', () => {
  it('throws away what was written and gives back what a new domain has', async () => {
    const services = await birthServices();
    const name = newName();
    const old = await createDomain(services, { name });
    await applySeeds(services, old, [TESTERS]);
    const domain = await resetDomain(services, name);
    expect(domain.id).not.toBe(old.id);
    expect((await find(services, domain, 'Group')).map(({ displayName }) => displayName).sort()).toEqual([
      'All Domain Users',
      'Domain_Administrators',
    ]);
  });

  it('keeps tenant, OCIDs, first ids and signing keys, and takes the clock back', async () => {
    const services = await birthServices();
    const name = newName();
    const old = await createDomain(services, { name });
    await services.store.keys.insert(old.id, KEY);
    await moveClock(services.store, services.clock, old, () => ({ offsetMs: 5, frozenAtMs: null }));
    const ids = async (domain: typeof old) => (await find(services, domain, 'User')).map(({ id, ocid }) => [id, ocid]);
    const before = await ids(old);
    const { tenant, ocid, compartmentOcid, tenancyOcid } = old;
    const domain = await resetDomain(services, name);
    expect(domain).toMatchObject({ name, tenant, ocid, compartmentOcid, tenancyOcid });
    expect(await ids(domain)).toEqual(before);
    expect(await services.store.keys.list(domain.id)).toEqual([expect.objectContaining(KEY)]);
    expect(domain.clock).toEqual({ offsetMs: 0, frozenAtMs: null });
  });

  it('applies the seeds again that the domain was made with, reset after reset', async () => {
    const services = await birthServices();
    const name = newName();
    await createDomain(services, { name, seeds: [TESTERS] });
    for (let round = 0; round < 2; round++) {
      const domain = await resetDomain(services, name);
      expect(await find(services, domain, 'Group', 'displayName eq "Testers"')).toHaveLength(1);
    }
  });

  it('applies the configured seeds to the default domain', async () => {
    const services = await birthServices({ seeds: [TESTERS] });
    await ensureDefaultDomain(services);
    const domain = await resetDomain(services, services.defaultDomain);
    expect(await find(services, domain, 'Group', 'displayName eq "Testers"')).toHaveLength(1);
  });

  it('is seen by a registry that knew the old domain', async () => {
    const services = await birthServices();
    const name = newName();
    await createDomain(services, { name });
    const registry = new DomainRegistry({ domains: services.store.domains, defaultName: 'Default' });
    const before = await registry.resolve(name);
    const domain = await resetDomain(services, name);
    expect((await registry.resolve(name))?.id).toBe(domain.id);
    expect(before?.id).not.toBe(domain.id);
  });

  it('may run several times at once, and leaves one domain', async () => {
    const services = await birthServices();
    const name = newName();
    await createDomain(services, { name });
    await Promise.all([1, 2, 3].map(() => resetDomain(services, name)));
    const domains = (await services.store.domains.list()).filter((domain) => domain.name === name);
    expect(domains).toHaveLength(1);
    expect(await find(services, domains[0]!, 'User')).toHaveLength(1);
  });

  it('removes the old rows in the background', async () => {
    const services = await birthServices();
    const name = newName();
    const old = await createDomain(services, { name });
    await resetDomain(services, name);
    await services.purge.run();
    expect(await services.store.resources.read(old.id, 'App', 'IDCSAppId')).toBeNull();
  });

  it('needs a domain', async () => {
    const services = await birthServices();
    await expect(resetDomain(services, newName())).rejects.toBeInstanceOf(NoSuchDomain);
  });
});

describe('a delete', () => {
  it('takes the domain away and frees its name', async () => {
    const services = await birthServices();
    const name = newName();
    const old = await createDomain(services, { name });
    await deleteDomain(services, name.toUpperCase());
    expect(await services.store.domains.findByName(name)).toBeNull();
    await expect(deleteDomain(services, name)).rejects.toBeInstanceOf(NoSuchDomain);
    const again = await createDomain(services, { name });
    expect(again.tenant).not.toBe(old.tenant);
  });

  it('is refused for the default domain', async () => {
    const services = await birthServices();
    await ensureDefaultDomain(services);
    await expect(deleteDomain(services, services.defaultDomain)).rejects.toBeInstanceOf(DefaultDomainKept);
  });
});

describe("a move of a domain's clock", () => {
  it('loses no step when several are made at once', async () => {
    const services = await birthServices();
    const domain = await createDomain(services, { name: newName() });
    const step = () =>
      moveClock(services.store, services.clock, domain, ({ offsetMs }) => ({
        offsetMs: offsetMs + 1000,
        frozenAtMs: null,
      }));
    await Promise.all(Array.from({ length: 8 }, step));
    const moved = await services.store.domains.findByName(domain.name);
    expect(moved?.clock.offsetMs).toBe(8000);
    expect(moved?.epoch).toBeGreaterThan(domain.epoch);
  });
});
