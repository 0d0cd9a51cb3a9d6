import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { resourceType, resourceTypeNames } from '../../src/schemas/registry.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import type { ResourceType } from '../../src/scim/schema.ts';
import { type Answer, type TestDomain, testDomain } from '../support/emulator.ts';

/*
 * As Terraform's provider for OCI works: what it wrote it expects to read, by `attributeSets=all`, at every plan; a default that comes
 * between two reads, or an attribute that gets lost, is a difference that never ends. Every change is a PUT of everything.
 *
 * terraform-way.json has bodies by type: `required` and `more` make up all that is written, `change` is what the PUT changes, `needs`
 * what must exist before. `#` is a number of its own, `$name` the id of what is needed, `$name.attribute` an
 * attribute of it.
 */

interface Configuration {
  readonly needs?: { readonly [name: string]: string };
  readonly required: JsonObject;
  readonly more?: JsonObject;
  readonly change?: JsonObject;
}

const FILE = new URL('terraform-way.json', import.meta.url);
const CONFIGURATIONS = JSON.parse(readFileSync(FILE, 'utf8')) as { readonly [type: string]: Configuration };

const TYPES = resourceTypeNames()
  .map(resourceType)
  .filter(({ operations, storedAs, name }) => storedAs === name && operations.has('create') && operations.has('put'))
  .filter(({ operations }) => operations.has('delete'));

let domain: TestDomain;
let count = 0;

beforeAll(async () => {
  domain = await testDomain();
});

/** What is written of a type: everything that its configuration says. */
interface Plan {
  readonly required: JsonObject;
  readonly all: JsonObject;
  readonly changed: JsonObject;
}

async function planOf(type: ResourceType): Promise<Plan> {
  const configuration = CONFIGURATIONS[type.name];
  if (configuration === undefined) throw new Error(`terraform-way.json has no ${type.name}`);
  const { needs = {}, required, more = {}, change = {} } = configuration;
  const ids = new Map<string, string>();
  for (const [key, needed] of Object.entries(needs)) {
    const other = resourceType(needed);
    const before = ids.get('gate');
    const body = { ...(await planOf(other)).all };
    // A server of the gate that a mapping names.
    if (before !== undefined && 'cloudGate' in body) body['cloudGate'] = { value: before };
    const made = await create(other, body);
    for (const [name, value] of Object.entries(made)) if (typeof value === 'string') ids.set(`${key}.${name}`, value);
    ids.set(key, made['id'] as string);
  }
  const number = String(++count);
  const fill = (body: JsonObject): JsonObject =>
    JSON.parse(
      JSON.stringify(body)
        .replaceAll('#', number)
        .replaceAll(/\$(\w+(?:\.\w+)?)/g, (text, key: string) => ids.get(key) ?? text),
    );
  const schemas = [type.schema];
  const all = { schemas, ...fill({ ...required, ...more }) };
  return { required: { schemas, ...fill(required) }, all, changed: { ...all, ...fill(change) } };
}

const path = (type: ResourceType, id = '') => `/admin/v1${type.endpoint}${id === '' ? '' : `/${id}`}?attributeSets=all`;

async function create(type: ResourceType, body: JsonObject): Promise<JsonObject> {
  const made = await domain.send('POST', path(type), { body });
  expect(made.status, `${made.text} for ${JSON.stringify(body)}`).toBe(201);
  return made.body;
}

async function read(type: ResourceType, id: string): Promise<JsonObject> {
  const answer: Answer = await domain.send('GET', path(type, id));
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
}

/** The part of a body that reads show. */
function readable(type: ResourceType, body: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(body).filter(([name]) => name !== 'schemas' && type.core(name)?.returned !== 'never'),
  );
}

describe('a resource as Terraform keeps it', () => {
  it.each(TYPES.map(({ name }) => name))('%s', async (name) => {
    const type = resourceType(name);
    const { required, all, changed } = await planOf(type);

    const small = await create(type, required);
    expect(await read(type, small['id'] as string)).toMatchObject(readable(type, required));
    const deleted = await domain.send('DELETE', `/admin/v1${type.endpoint}/${small['id']}`);
    expect(deleted.status, deleted.text).toBe(204);

    const made = await create(type, all);
    const id = made['id'] as string;
    const first = await read(type, id);
    expect(first).toEqual(made);
    expect(first).toMatchObject(readable(type, all));
    expect(await read(type, id)).toEqual(first);
    const listed = await domain.send('GET', `${path(type)}&filter=${encodeURIComponent(`id eq "${id}"`)}`);
    expect(listed.body.Resources, listed.text).toEqual([first]);

    for (const body of [changed, changed]) {
      const put = await domain.send('PUT', path(type, id), { body });
      expect(put.status, put.text).toBe(200);
      const after = await read(type, id);
      expect(after).toEqual(put.body);
      expect(after).toMatchObject({ id, ...readable(type, changed) });
      expect(Object.keys(after).sort()).toEqual(Object.keys({ ...first, ...readable(type, changed) }).sort());
    }
    const gone = await domain.send('DELETE', `/admin/v1${type.endpoint}/${id}`);
    expect(gone.status, gone.text).toBe(204);
    expect((await domain.send('GET', path(type, id))).status).toBe(404);
  });
});
