import type { ClientConfig } from 'pg';
import { silentLog } from '../src/log.ts';
import { openStore } from '../src/store/postgres-store.ts';
import { adminToken, BASIC, newDomain, ROOT, startEmulatorProcess } from './emulator-process.ts';
import { type Measure, measure, type Shot } from './load.ts';
import { type MeasuredProcess, settled, startMeasured } from './measured-process.ts';
import type { Row } from './report.ts';
import { loadedName, loadUsers } from './users.ts';

/** A database to measure on. */
export interface BenchDatabase {
  readonly title: string;
  readonly url: string;
  readonly connection: ClientConfig;
}

/** Users beyond the size, who are no members yet: the ones that the bench adds. */
const ADDED = 1000;

const FORM = 'grant_type=client_credentials&scope=urn%3Aopc%3Aidm%3A__myscopes__';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** All operations at all sizes, beside their floors. */
export async function measureOperations(
  database: BenchDatabase,
  sizes: readonly number[],
  requests: number,
): Promise<Row[]> {
  const emulator = await startEmulatorProcess({ DATABASE_URL: database.url });
  const store = await openStore({ connection: database.connection, log: silentLog });
  const rows: Row[] = [];
  try {
    await settled(emulator);
    rows.push(...(await measureToken(emulator, requests)));
    let first: Map<string, Measure> | null = null;
    for (const size of sizes) {
      const name = `bench-${size}`;
      const url = await newDomain(emulator.url, name);
      const domain = (await store.domains.findByName(name))!;
      const ids = await loadUsers(store, domain.id, size + ADDED);
      const group = await bigGroup(store, url, domain.id, ids.slice(0, Math.min(size, 100_000)));
      await analyse(database.connection);
      const floor = await startFloor(database.connection, domain.id);
      const measured = await measureSize(
        { emulator, floor, prefix: `/_domains/${name}`, url, ids, group, size, requests },
        rows,
        first,
      );
      first ??= measured;
      await floor.stop();
    }
  } finally {
    await store.close();
    await emulator.stop();
  }
  return rows;
}

async function measureToken(emulator: MeasuredProcess, requests: number): Promise<Row[]> {
  const floor = await startMeasured(`${ROOT}bench/floors/token-floor.mjs`, { ready: /floor at (\S+)/ });
  const shot = (): Shot => ({
    method: 'POST',
    path: '/oauth2/v1/token',
    headers: { authorization: BASIC, 'content-type': 'application/x-www-form-urlencoded' },
    body: FORM,
    expect: 200,
  });
  const least = await measure(floor, shot, { requests });
  const ours = await measure(emulator, shot, { requests });
  await floor.stop();
  return [
    row('floor: Fastify + jose, RS256', least),
    { ...row('client_credentials token', ours, least), target: '<= 1.5x', met: ours.cpuUs <= 1.5 * least.cpuUs },
  ];
}

interface Bench {
  readonly emulator: MeasuredProcess;
  readonly floor: MeasuredProcess;
  readonly prefix: string;
  readonly url: string;
  readonly ids: readonly string[];
  readonly group: string;
  readonly size: number;
  readonly requests: number;
}

/** One size: every operation, its floor, its target; and against the smallest size where the cost must not grow. */
async function measureSize(
  bench: Bench,
  rows: Row[],
  first: ReadonlyMap<string, Measure> | null,
): Promise<Map<string, Measure>> {
  const { emulator, floor, prefix, ids, group, size, requests } = bench;
  const headers = { authorization: `Bearer ${await adminToken(bench.url)}` };
  const json = { ...headers, 'content-type': 'application/json' };
  const users = `${prefix}/admin/v1/Users`;
  const get =
    (path: (n: number) => string) =>
    (n: number): Shot => ({ method: 'GET', path: path(n), headers, expect: 200 });
  const filter = (text: string) => encodeURIComponent(text);
  const plain =
    (path: (n: number) => string) =>
    (n: number): Shot => ({ method: 'GET', path: path(n), expect: 200 });
  const some = (n: number) => (n * 7919) % size;
  const id = (n: number) => ids[some(n)]!;
  const added = (n: number) => ids[size + (n % ADDED)]!;
  const label = size.toLocaleString('en');
  const done = new Map<string, Measure>();

  const byId = await measure(
    floor,
    plain((n) => `/Users/${id(n)}`),
    { requests },
  );
  const byName = await measure(
    floor,
    plain((n) => `/Users?name=${filter(loadedName(some(n)))}`),
    { requests },
  );
  const list = await measure(
    floor,
    plain(() => '/Users?count=20'),
    { requests },
  );
  rows.push(
    row(`floor: Fastify + pg by id, ${label} users`, byId),
    row(`floor: Fastify + pg by name, ${label}`, byName),
  );
  rows.push(row(`floor: Fastify + pg list of 20, ${label}`, list));

  const run = async (
    what: string,
    shot: (n: number) => Shot,
    options: { least?: Measure; limit?: number; count?: number; flat?: boolean; maxMs?: number },
  ) => {
    const measured = await measure(emulator, shot, { requests: options.count ?? requests });
    done.set(what, measured);
    const before = first?.get(what);
    const growth = before && options.flat ? measured.cpuUs / before.cpuUs : undefined;
    const growthMs = before && options.flat ? measured.p50 / before.p50 : undefined;
    const targets = [
      ...(options.limit ? [`<= ${options.limit}x floor`] : []),
      ...(options.maxMs ? [`<= ${options.maxMs} ms CPU`] : []),
      ...(growth === undefined ? [] : [`<= 1.5x of smallest: CPU ${growth.toFixed(2)}x, p50 ${growthMs!.toFixed(2)}x`]),
    ];
    const met =
      (options.limit === undefined || measured.cpuUs <= options.limit * options.least!.cpuUs) &&
      (options.maxMs === undefined || measured.cpuUs <= options.maxMs * 1000) &&
      (growth === undefined || growth <= 1.5);
    rows.push({
      ...row(`${what}, ${label}`, measured, options.least),
      ...(targets.length === 0 ? {} : { target: targets.join('; '), met }),
    });
  };

  await run(
    'GET user by id',
    get((n) => `${users}/${id(n)}`),
    { least: byId, limit: 2.2, flat: true },
  );
  await run(
    'userName eq',
    get((n) => `${users}?filter=${filter(`userName eq "${loadedName(some(n))}"`)}`),
    { least: byName, limit: 2.5, flat: true },
  );
  await run(
    'list of 20',
    get(() => `${users}?count=20`),
    { least: list, maxMs: 2, flat: true, count: Math.ceil(requests / 2) },
  );
  await run(
    'displayName sw, 20 rows',
    get((n) => `${users}?count=20&filter=${filter(`displayName sw "Given${some(n)} "`)}`),
    {},
  );
  await run(
    'create user',
    (n) => ({ method: 'POST', path: users, headers: json, body: newUser(size, n), expect: 201 }),
    { count: Math.ceil(requests / 2) },
  );
  await run(
    `add a member to a group of ${Math.min(size, 100_000).toLocaleString('en')}`,
    (n) => ({
      method: 'PATCH',
      path: `${prefix}/admin/v1/Groups/${group}`,
      headers: json,
      body: addMember(added(n)),
      expect: 200,
    }),
    { count: 500 },
  );
  await run(
    'page of 50 members',
    get(
      (n) => `${prefix}/admin/v1/Groups/${group}?attributes=${filter(`members[startIndex=${1 + (n % 500)}&count=50]`)}`,
    ),
    { count: Math.ceil(requests / 4) },
  );
  const add = [...done].find(([what]) => what.startsWith('add a member'))!;
  const firstAdd = first && [...first].find(([what]) => what.startsWith('add a member'));
  if (firstAdd) {
    const growth = add[1].cpuUs / firstAdd[1].cpuUs;
    rows.push({
      what: `add a member, growth to ${label}`,
      value: `${growth.toFixed(2)}x CPU, ${(add[1].p50 / firstAdd[1].p50).toFixed(2)}x p50`,
      target: '<= 1.5x',
      met: growth <= 1.5,
    });
  }
  return done;
}

/** A table's line for a measure. */
export function row(what: string, measured: Measure, least?: Measure): Row {
  return {
    what,
    value: '',
    cpuUs: measured.cpuUs,
    perSecond: measured.perSecond,
    p50: measured.p50,
    p99: measured.p99,
    ...(least ? { ratio: measured.cpuUs / least.cpuUs } : {}),
  };
}

function newUser(size: number, n: number): string {
  const name = `new-${size}-${n}@bench.example.com`;
  return JSON.stringify({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName: name,
    name: { givenName: 'New', familyName: `User${n}` },
    emails: [{ value: name, type: 'work', primary: true }],
  });
}

function addMember(id: string): string {
  return JSON.stringify({
    schemas: [PATCH_OP],
    Operations: [{ op: 'add', path: 'members', value: [{ value: id, type: 'User' }] }],
  });
}

/** A group with these members, made by HTTP and filled through the store. */
export async function bigGroup(
  store: Awaited<ReturnType<typeof openStore>>,
  url: string,
  domainId: number,
  memberIds: readonly string[],
): Promise<string> {
  const answer = await fetch(`${url}/admin/v1/Groups`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await adminToken(url)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName: 'Big' }),
  });
  const { id } = (await answer.json()) as { id: string };
  const batch = 10_000;
  for (let from = 0; from < memberIds.length; from += batch) {
    const edges = memberIds
      .slice(from, from + batch)
      .map((targetId) => ({ kind: 'member', sourceId: id, targetId, targetType: 'User' }));
    await store.edges.add(domainId, edges, Date.now());
  }
  return id;
}

export async function analyse(connection: ClientConfig): Promise<void> {
  const { default: pg } = await import('pg');
  const client = new pg.Client(connection);
  await client.connect();
  await client.query('VACUUM ANALYZE');
  await client.end();
}

/** Starts bare Fastify with `pg` over a domain's rows. */
export function startFloor(connection: ClientConfig, domainId: number): Promise<MeasuredProcess> {
  return startMeasured(`${ROOT}bench/floors/store-floor.mjs`, {
    env: { FLOOR_CONNECTION: JSON.stringify(connection), FLOOR_DOMAIN: String(domainId) },
    ready: /floor at (\S+)/,
  });
}
