import { randomBytes } from 'node:crypto';
import { type BirthOptions, type BirthServices, createBirthServices } from '../../src/domains/birth.ts';
import type { Domain } from '../../src/domains/domain.ts';
import { systemContext } from '../../src/domains/system-context.ts';
import { randomIds } from '../../src/ids.ts';
import { silentLog } from '../../src/log.ts';
import { createPasswordHasher } from '../../src/resources/argon2-hasher.ts';
import { listResources } from '../../src/resources/pipeline/list.ts';
import { readResource } from '../../src/resources/pipeline/read.ts';
import { createSecretBox } from '../../src/resources/secret-box.ts';
import { resourceType } from '../../src/schemas/registry.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import type { Store } from '../../src/store/store.ts';
import { testStore } from '../support/context.ts';

/*
 * Births without HTTP: the services over the real store, with a default domain of the test's own.
 */

export const PRINCIPALS = {
  adminUserName: 'admin@example.com',
  adminPassword: 'Idcs-Emulator-2026',
  clientId: 'idcs-admin',
  clientSecret: 'idcs-emulator-secret',
};

const passwords = createPasswordHasher();
const secrets = createSecretBox(randomBytes(32));

/** A name that no other test uses. */
export function newName(): string {
  return `t${randomBytes(8).toString('hex')}`;
}

export async function birthServices(change: Partial<BirthOptions> = {}): Promise<BirthServices> {
  const store: Store = await testStore();
  return createBirthServices({
    store,
    ids: randomIds,
    passwords,
    secrets,
    clock: { now: () => Date.parse('2026-01-01T00:00:00.000Z') },
    log: silentLog,
    principals: PRINCIPALS,
    defaultDomain: newName(),
    seeds: [],
    ...change,
  });
}

/** One resource as a GET shows it. */
export async function get(
  services: BirthServices,
  domain: Domain,
  type: string,
  key: string,
  attributes: string[] | null = null,
  // biome-ignore lint/suspicious/noExplicitAny: answers are read by path in assertions
): Promise<any> {
  const asked = { attributes, attributeSets: null };
  return (await readResource(systemContext(services, domain), resourceType(type), key, asked)).body;
}

/** All resources that a filter finds, as a list shows them. */
export async function find(
  services: BirthServices,
  domain: Domain,
  type: string,
  filter?: string,
  attributes?: string,
  // biome-ignore lint/suspicious/noExplicitAny: answers are read by path in assertions
): Promise<any[]> {
  const query: JsonObject = { count: '1000', ...(filter ? { filter } : {}), ...(attributes ? { attributes } : {}) };
  const { body } = await listResources(systemContext(services, domain), resourceType(type), query, 'list');
  const { Resources } = body as { Resources?: unknown[] };
  return Resources ?? [];
}
