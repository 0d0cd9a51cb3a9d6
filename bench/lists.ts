import { generateKeyPairSync } from 'node:crypto';
import { silentLog } from '../src/log.ts';
import { resourceType } from '../src/schemas/registry.ts';
import type { JsonObject } from '../src/scim/json.ts';
import type { ResourceType } from '../src/scim/schema.ts';
import { openStore } from '../src/store/postgres-store.ts';
import { certifiedKey } from '../test/support/certificates.ts';
import { CONFIGURATIONS, plansFor } from '../test/support/terraform-plan.ts';
import { newDomain, startEmulatorProcess } from './emulator-process.ts';
import { measure } from './load.ts';
import { settled } from './measured-process.ts';
import { analyse, type BenchDatabase, row, startFloor } from './operations.ts';
import type { Row } from './report.ts';

/*
 * Lists of the widest types: the price of a row grows with what its type can have. Rows are those of terraform-way.json, with all
 * that is written of them, made by HTTP.
 */

const ROWS = 50;
const WIDEST = 20;

/** Types whose rows clients make, those with the most attributes first. */
const TYPES: readonly ResourceType[] = Object.keys(CONFIGURATIONS)
  .map(resourceType)
  .filter(({ name, storedAs, operations }) => name === storedAs && operations.has('create') && operations.has('list'))
  .sort((a, b) => b.attributes.length - a.attributes.length)
  .slice(0, WIDEST);

/** A list of the last 50 rows of each type, beside what bare Fastify with `pg` needs for the same rows. */
export async function measureLists(database: BenchDatabase, requests: number): Promise<Row[]> {
  const emulator = await startEmulatorProcess({ DATABASE_URL: database.url });
  const store = await openStore({ connection: database.connection, log: silentLog });
  const rows: Row[] = [];
  try {
    const name = 'bench-lists';
    const url = await newDomain(emulator.url, name);
    const headers = { authorization: `Bearer ${await userToken(url)}`, 'content-type': 'application/json' };
    const call = async (method: string, path: string, body?: JsonObject) => {
      const answer = await fetch(url + path, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return JSON.parse(text);
    };
    const pathOf = ({ base, endpoint }: ResourceType) => base + endpoint;
    const create = (type: ResourceType, body: JsonObject): Promise<JsonObject> => call('POST', pathOf(type), body);
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const constants = new Map<string, string>([
      ['publicKey', publicKey.export({ type: 'spki', format: 'pem' }).toString()],
      ['certificate', (await certifiedKey()).pem],
      ['caller', (await call('GET', '/admin/v1/Me')).id],
    ]);
    const planOf = plansFor({ constants, create });
    for (const type of TYPES)
      for (let n = 0; n < ROWS; n++) {
        const { all } = await planOf(type);
        // Unique where a type has it.
        await create(type, 'priority' in all ? { ...all, priority: n + 2 } : all);
      }
    await analyse(database.connection);
    await settled(emulator);

    const floor = await startFloor(database.connection, (await store.domains.findByName(name))!.id);
    const { pathname: prefix } = new URL(url);
    try {
      for (const type of TYPES) {
        // What ships comes first.
        const first = (await call('GET', `${pathOf(type)}?count=1`)).totalResults - ROWS + 1;
        const rowsAt = `/rows/${type.name}?first=${first}&count=${ROWS}`;
        const least = await measure(floor, () => ({ method: 'GET', path: rowsAt, expect: 200 }), { requests });
        const path = `${prefix}${pathOf(type)}?startIndex=${first}&count=${ROWS}`;
        const ours = await measure(emulator, () => ({ method: 'GET', path, headers, expect: 200 }), { requests });
        rows.push(row(`${type.name}, ${type.attributes.length} attributes`, ours, least));
      }
    } finally {
      await floor.stop();
    }
  } finally {
    await store.close();
    await emulator.stop();
  }
  return rows;
}

/** A token of the domain's administrator, a user: some resources are a user's own. */
async function userToken(url: string): Promise<string> {
  const answer = await fetch(`${url}/_emulator/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ userName: 'admin@example.com', scope: 'urn:opc:idm:__myscopes__' }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}
