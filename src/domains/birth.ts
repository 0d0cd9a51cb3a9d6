import { newId, newOcid } from '../ids.ts';
import { inside } from '../resources/pipeline/inside.ts';
import { shippedVersion } from '../resources/shipped-content.ts';
import type { NewDomain, StoreSession } from '../store/store.ts';
import { UniqueViolation } from '../store/store.ts';
import type { BirthServices } from './birth-services.ts';
import { reconcileIssuer } from './configured-issuer.ts';
import type { Domain } from './domain.ts';
import { checkDomainName } from './domain-name.ts';
import { reconcilePrincipals } from './first-principals.ts';
import { addMissingContent } from './missing-content.ts';
import { applyInside, type PreparedSeeds, prepareSeeds } from './seeds/apply.ts';
import type { SeedSource } from './seeds/read-seed.ts';
import { StarterRows } from './starter-rows.ts';
import { systemContext } from './system-context.ts';

export { type BirthOptions, type BirthServices, createBirthServices, type FirstPrincipals } from './birth-services.ts';

/** A domain as it is asked for. */
export interface DomainRequest {
  readonly name: string;
  /** Content beside what every domain has; a reset applies it again. */
  readonly seeds?: readonly SeedSource[];
}

/** Who a domain is: what a reset keeps. */
type Identity = Omit<NewDomain, 'created'>;

/**
 * Makes a domain with everything that a new one contains and its seeds, in one transaction. Its signing key comes when it is
 * first needed, from the pool (oauth/keys).
 * @throws BadDomainName, SeedError, UniqueViolation when the name is taken
 */
export async function createDomain(services: BirthServices, { name, seeds = [] }: DomainRequest): Promise<Domain> {
  checkDomainName(name);
  const { ids, store } = services;
  const birth = await prepareBirth(services, seeds, seeds);
  const tenancyOcid = await services.tenancyOcid();
  const identity: Identity = {
    name,
    tenant: `idcs-${newId(ids)}`,
    ocid: newOcid(ids, 'domain'),
    // IDCS: guide 3.2 prints the tenancy as compartment: domains live in the root compartment.
    compartmentOcid: tenancyOcid,
    tenancyOcid,
  };
  return await store.transaction((session) => bear(services, session, identity, birth));
}

/** What costs time and can fail before a transaction begins. */
export interface PreparedBirth {
  /** PHC string. */
  readonly passwordHash: string;
  /** What the domain remembers to be made with. */
  readonly remembered: readonly SeedSource[];
  readonly seeds: PreparedSeeds;
}

/** @throws SeedError */
export async function prepareBirth(
  services: BirthServices,
  seeds: readonly SeedSource[],
  remembered: readonly SeedSource[],
): Promise<PreparedBirth> {
  const [passwordHash, prepared] = await Promise.all([services.adminPasswordHash(), prepareSeeds(seeds)]);
  return { passwordHash, remembered, seeds: prepared };
}

/**
 * The default domain: found, or made by whichever process comes first. Its administrator, client and issuer are brought to what
 * the configuration says, and what an older version did not ship is added.
 */
export async function ensureDefaultDomain(services: BirthServices): Promise<Domain> {
  const name = services.defaultDomain;
  const { domains } = services.store;
  const existing = await domains.findByName(name);
  if (existing) {
    await reconcilePrincipals(services, existing);
    await reconcileIssuer(services, existing);
    await addMissingContent(services, existing);
    return existing;
  }
  try {
    return await createDomain(services, { name });
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error;
    const winners = await domains.findByName(name);
    if (!winners) throw error;
    return winners;
  }
}

/** What a reset keeps of a domain. */
export function identityOf({ name, tenant, ocid, compartmentOcid, tenancyOcid }: Domain): Identity {
  return { name, tenant, ocid, compartmentOcid, tenancyOcid };
}

/**
 * Writes a domain, its first resources and its seeds inside a transaction.
 * @throws SeedError, UniqueViolation when the name is taken
 */
export async function bear(
  services: BirthServices,
  session: StoreSession,
  identity: Identity,
  { passwordHash, remembered, seeds }: PreparedBirth,
): Promise<Domain> {
  const created = services.clock.now();
  const id = await session.domains.insert({ ...identity, created, contentVersion: shippedVersion() });
  const provisional: Domain = { ...identity, id, epoch: 0, clock: { offsetMs: 0, frozenAtMs: null }, settings: {} };
  // One moment for all: what is new was not changed since.
  const context = { ...systemContext(services, provisional), clock: { now: () => created } };
  const rows = new StarterRows(inside(context, session));
  // First what the others are checked against: Grants look for their App and AppRole.
  await session.resources.insertMany(id, rows.shipped(services.settings ?? {}, remembered), created);
  const { principals } = services;
  const people = [...(await rows.groups()), await rows.admin(principals, passwordHash), await rows.client(principals)];
  const grants = await rows.grants(people);
  await session.resources.insertMany(id, [...people, ...grants.rows], created);
  await session.edges.add(id, [...grants.edges, ...rows.shippedEdges()], created);
  const born = await read(session, identity.name);
  if (seeds.length === 0) return born;
  await applyInside(services, session, born, seeds);
  return await read(session, identity.name);
}

async function read(session: StoreSession, name: string): Promise<Domain> {
  const domain = await session.domains.findByName(name);
  if (!domain) throw new Error(`the new domain ${name} cannot be read`);
  return domain;
}
