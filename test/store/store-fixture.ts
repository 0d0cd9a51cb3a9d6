import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { resourceType } from '../../src/schemas/registry.ts';
import { parseFilter } from '../../src/scim/filter.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import type { Attribute, ResourceType } from '../../src/scim/schema.ts';
import { migrate } from '../../src/store/migrations.ts';
import { openStore } from '../../src/store/postgres-store.ts';
import type { ResourcePage, ResourceWrite, Store } from '../../src/store/store.ts';
import { ownSchema } from '../support/own-schema.ts';
import { testDatabase } from '../support/test-database.ts';

export const User = resourceType('User');
export const Group = resourceType('Group');
export const App = resourceType('App');
export const AppRole = resourceType('AppRole');

/** When everything was created, in ms: it does not matter when. */
export const T0 = Date.UTC(2026, 0, 1);

/** The `application_name` of a test file's store. */
export const STORE_NAME = 'test-store';

/** Opens a store for a test file and closes it at the end. */
export function useStore(options: { poolSize?: number; secondsOfStatementTimeout?: number } = {}): { store: Store } {
  const held = {} as { store: Store };
  beforeAll(async () => {
    const connection = { ...testDatabase(), application_name: STORE_NAME };
    held.store = await openStore({ connection, log: { warn: () => {} }, ...options });
  });
  afterAll(() => held.store.close());
  return held;
}

/** A store on an empty database of a test's own, for what belongs to the whole installation. */
export async function storeOfItsOwn(): Promise<Store> {
  const connection = await ownSchema();
  await migrate(connection);
  const store = await openStore({ connection, log: { warn: () => {} } });
  // Registered after the schema's end, so it runs before it.
  onTestFinished(() => store.close());
  return store;
}

/** A domain of its own: tests share the database. @returns its internal id */
export async function newDomain(store: Store): Promise<number> {
  const name = `test-${randomUUID()}`;
  return store.domains.insert({
    name,
    tenant: `idcs-${name}`,
    ocid: `ocid1.domain.oc1..${name}`,
    compartmentOcid: 'ocid1.compartment.oc1..c',
    tenancyOcid: 'ocid1.tenancy.oc1..t',
    created: T0,
  });
}

/** The id that a name stands for in these tests: 32 hex digits. */
export function idOf(name: string): string {
  return createHash('md5').update(name).digest('hex');
}

/** A write of a resource whose id and OCID follow from `name`. */
export function write(
  type: ResourceType,
  name: string,
  data: JsonObject,
  more: Partial<ResourceWrite> = {},
): ResourceWrite {
  const kind = type.name.toLowerCase();
  return {
    type,
    id: idOf(name),
    ocid: `ocid1.${kind}.oc1..${idOf(name)}`,
    version: 'v1',
    lastModified: T0,
    data,
    ...more,
  };
}

export function user(name: string, data: JsonObject = {}): ResourceWrite {
  return write(User, name, { userName: name, displayName: `Display ${name}`, active: true, ...data });
}

export function group(name: string, data: JsonObject = {}): ResourceWrite {
  return write(Group, name, { displayName: name, ...data });
}

/** A search by filter text, everything on one page. */
export function find(
  store: Store,
  domainId: number,
  type: ResourceType,
  filter: string | null,
  page: { sortBy?: string; descending?: boolean; offset?: number; limit?: number } = {},
): Promise<ResourcePage> {
  return store.resources.search(domainId, {
    type,
    filter: filter === null ? null : parseFilter(filter, type),
    sortBy: page.sortBy === undefined ? null : (type.resolve(page.sortBy) as Attribute),
    descending: page.descending ?? false,
    offset: page.offset ?? 0,
    limit: page.limit ?? 1000,
  });
}

/** The userName or displayName of each row. */
export function namesOf(page: ResourcePage): unknown[] {
  return page.resources.map(({ data }) => data['userName'] ?? data['displayName']);
}
