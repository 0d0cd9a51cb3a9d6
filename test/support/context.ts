import { randomBytes } from 'node:crypto';
import type { Clock } from '../../src/clock.ts';
import { newId, newOcid, randomIds } from '../../src/ids.ts';
import { silentLog } from '../../src/log.ts';
import { createPasswordHasher } from '../../src/resources/argon2-hasher.ts';
import type { Caller, RequestContext } from '../../src/resources/request-context.ts';
import { createSecretBox } from '../../src/resources/secret-box.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { openStore } from '../../src/store/postgres-store.ts';
import type { Store } from '../../src/store/store.ts';
import { testDatabase } from './test-database.ts';

/*
 * Requests without HTTP: a context for the pipeline's functions, over the real store, in an empty domain of the test's own.
 */

let shared: Promise<Store> | undefined;

/** The `application_name` of that store. */
export const CONTEXT_STORE_NAME = 'test-context';

/** The file's store; close it with `closeTestStore` after the last test. */
export function testStore(): Promise<Store> {
  shared ??= openStore({
    connection: { ...testDatabase(), application_name: CONTEXT_STORE_NAME },
    log: silentLog,
  });
  return shared;
}

export async function closeTestStore(): Promise<void> {
  await (await shared)?.close();
  shared = undefined;
}

/** A clock that only a test moves. */
export interface TestClock extends Clock {
  advance(ms: number): void;
}

export function testClock(start = Date.parse('2026-01-01T00:00:00.000Z')): TestClock {
  let now = start;
  return {
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
  };
}

export interface TestContext extends RequestContext {
  readonly clock: TestClock;
}

/** The caller of a new test context: an administrator with every right. */
export const ADMINISTRATOR: Caller = {
  type: 'User',
  id: '5427ea861e2c479895b8375b19c6827a',
  ocid: 'ocid1.user.oc1..aaaaaaaaxszu5pi3iudjfa2tkkz3onobfnk3ctuqqyg3zsa7gx4sohikrboq',
  display: 'Test User',
  roles: new Set(['Identity Domain Administrator']),
  clientId: 'idcs-admin',
};

/** A context in a new, empty domain: no default resources, only what the test makes. */
export async function testContext(settings: JsonObject = {}): Promise<TestContext> {
  const store = await testStore();
  const clock = testClock();
  const name = `t${randomBytes(8).toString('hex')}`;
  const tenancyOcid = newOcid(randomIds, 'tenancy');
  await store.domains.insert({
    name,
    tenant: `idcs-${newId(randomIds)}`,
    ocid: newOcid(randomIds, 'domain'),
    compartmentOcid: tenancyOcid,
    tenancyOcid,
    created: clock.now(),
  });
  const domain = await store.domains.findByName(name);
  return {
    domain: { ...domain!, settings },
    caller: ADMINISTRATOR,
    baseUrl: 'http://127.0.0.1:8080',
    store,
    clock,
    ids: randomIds,
    passwords: createPasswordHasher(),
    secrets: createSecretBox(randomBytes(32)),
    log: silentLog,
  };
}
