import { bear, identityOf, prepareBirth } from './birth.ts';
import type { BirthServices } from './birth-services.ts';
import type { Domain } from './domain.ts';
import { foldDomainName } from './domain-name.ts';
import { rememberedSeeds } from './seeds/remembered-seeds.ts';

/** There is no domain of that name. */
export class NoSuchDomain extends Error {
  constructor(name: string) {
    super(`there is no domain named ${name}`);
    this.name = 'NoSuchDomain';
  }
}

/** The default domain was to be deleted. */
export class DefaultDomainKept extends Error {
  constructor(name: string) {
    super(`${name} is the default domain: it can be reset but not deleted`);
    this.name = 'DefaultDomainKept';
  }
}

/** Another process reset or deleted the domain between our read and our write. */
class Overtaken extends Error {}

/** Tries before a reset gives up against others that reset the same domain. */
const TRIES = 5;

/**
 * Makes a domain new: what it contained is gone, what every domain is born with and its seeds are there again. Tenant, OCIDs,
 * first ids and signing keys stay, so that configured clients, cached key sets and the administrator's tokens still work; the
 * clock goes back to the machine's time. Requests see the old domain or the new one, never a half of either.
 * @throws NoSuchDomain, SeedError
 */
export async function resetDomain(services: BirthServices, name: string): Promise<Domain> {
  for (let tries = 1; ; tries++) {
    try {
      return await resetOnce(services, name);
    } catch (error) {
      if (!(error instanceof Overtaken) || tries === TRIES) throw error;
    }
  }
}

async function resetOnce(services: BirthServices, name: string): Promise<Domain> {
  const { store } = services;
  const old = await store.domains.findByName(name);
  if (!old) throw new NoSuchDomain(name);
  const isDefault = foldDomainName(name) === foldDomainName(services.defaultDomain);
  const remembered = await rememberedSeeds(store, old.id);
  const birth = await prepareBirth(services, isDefault ? services.seeds : remembered, remembered);
  const domain = await store.transaction(async (session) => {
    if (!(await session.domains.drop(old.name))) throw new Overtaken(`${name} was reset or deleted meanwhile`);
    const keys = await session.keys.list(old.id);
    const born = await bear(services, session, identityOf(old), birth);
    for (const key of keys) await session.keys.insert(born.id, key);
    return born;
  });
  void services.purge.run();
  return domain;
}

/**
 * Deletes a domain: its name is free at once, its rows go in the background.
 * @throws NoSuchDomain, DefaultDomainKept
 */
export async function deleteDomain(services: BirthServices, name: string): Promise<void> {
  if (foldDomainName(name) === foldDomainName(services.defaultDomain)) throw new DefaultDomainKept(name);
  if (!(await services.store.domains.drop(name))) throw new NoSuchDomain(name);
  void services.purge.run();
}
