import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, randomIds } from '../../src/ids.ts';
import { shippedContent } from '../../src/resources/shipped-content.ts';
import { resourceType, resourceTypeNames } from '../../src/schemas/registry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../src/scim/json.ts';
import { matches } from '../../src/scim/match.ts';
import { readValue } from '../../src/scim/resource-data.ts';
import { covers } from '../../src/scim/same-value.ts';
import type { Attribute, ResourceType } from '../../src/scim/schema.ts';
import { isWritable } from '../../src/scim/sent-values.ts';
import { renderFilter } from '../scim/render-filter.ts';
import { closeTestStore, type TestContext, testContext } from '../support/context.ts';
import { pipelineOf } from '../support/pipeline.ts';
import { place, randomAttributes, randomFilter, validBody, wrongValue } from '../support/random-resource.ts';

/*
 * What holds for every resource type, whatever it is: found by its files, with random bodies made from its attribute rules. What
 * a type needs beyond them stands in type-fixtures.json: `base`, attributes that every body has (`#` is a number of its own,
 * `$name` the id of a resource that is needed); `needs`, what must exist before, by type or as what another one refers to, `$server.cloudGate` (targets of required references are made anyway); `only` and `not`, which attributes are random.
 */

interface Fixture {
  readonly excluded?: string;
  readonly needs?: { readonly [name: string]: string };
  readonly base?: JsonObject;
  readonly only?: readonly string[];
  readonly not?: readonly string[];
}

const FIXTURES = JSON.parse(readFileSync(new URL('type-fixtures.json', import.meta.url), 'utf8')) as {
  readonly [type: string]: Fixture;
};
const fixtureOf = (name: string): Fixture => FIXTURES[name] ?? {};

/** Types that hold rows which clients make. Actions keep nothing under their name; twins are faces of another type's rows. */
const TYPES = resourceTypeNames()
  .map(resourceType)
  .filter(({ kind, name, storedAs }) => kind === 'collection' && storedAs === name)
  .filter(({ operations }) => operations.has('create') && operations.has('get'))
  .filter(({ name }) => fixtureOf(name).excluded === undefined)
  .map(({ name }) => name);
/** The same values in every run, so that a change that breaks something is the change that fails; PROPERTY_SEED tries others. */
const SEED = Number(process.env['PROPERTY_SEED'] ?? 1);
const RUNS = { numRuns: 6, seed: SEED, endOnFailure: true };

let context: TestContext;
beforeAll(async () => {
  context = await domainWithContent();
});
afterAll(closeTestStore);

/** With what ships as data: policy types, templates. */
async function domainWithContent(): Promise<TestContext> {
  const made = await testContext();
  const now = made.clock.now();
  const rows = shippedContent().map(({ type, id, data }) => ({
    type: resourceType(type),
    id: id ?? newId(randomIds),
    ocid: null,
    version: newId(randomIds),
    lastModified: now,
    data,
  }));
  await made.store.resources.insertMany(made.domain.id, rows, now);
  return made;
}

let made = 0;

/** Bodies of a type, with what it needs. */
class Maker {
  readonly type: ResourceType;
  readonly pipeline: ReturnType<typeof pipelineOf>;
  readonly attributes: readonly Attribute[];
  readonly #domain: TestContext;

  private constructor(type: ResourceType, domain: TestContext) {
    const { base = {}, only, not = [] } = fixtureOf(type.name);
    this.type = type;
    this.pipeline = pipelineOf(domain, type.name);
    this.#domain = domain;
    this.attributes = randomAttributes(type).filter(
      ({ path, name }) =>
        !(name in base) && !not.includes(path) && !not.includes(name) && (only === undefined || only.includes(path)),
    );
  }

  static of(name: string, domain: TestContext): Maker {
    return new Maker(resourceType(name), domain);
  }

  /** The body with its schema, the fixture's base, and simple values for what else is required. */
  async complete(random: JsonObject): Promise<JsonObject> {
    const number = String(++made);
    const ids = await this.#needed();
    const filled = JSON.stringify(fixtureOf(this.type.name).base ?? {})
      .replaceAll('#', number)
      .replaceAll(/\$(\w+)/g, (text, key: string) => ids.get(key) ?? text);
    const body: JsonObject = { schemas: [this.type.schema], ...random, ...(JSON.parse(filled) as JsonObject) };
    for (const attribute of this.type.attributes) await this.#refer(body, attribute);
    for (const attribute of this.attributes) {
      const value = readValue(body, attribute);
      const isUsed = attribute.extension === null || attribute.extension in body;
      if (attribute.required && isUsed && value === undefined) {
        place(body, attribute, fc.sample(validOf(attribute), { numRuns: 1, seed: made })[0]!);
      }
      if (attribute.uniqueness !== 'none' && typeof readValue(body, attribute) === 'string') {
        place(body, attribute, `${this.type.name}${number}`);
      }
    }
    return body;
  }

  /** Gives a required reference something to refer to. */
  async #refer(body: JsonObject, attribute: Attribute): Promise<void> {
    const target = attribute.sub('$ref')?.definition.referenceTypes?.[0];
    const isNeeded = attribute.required && attribute.extension === null && isWritable(attribute);
    if (!isNeeded || target === undefined || attribute.sub('value') === undefined || attribute.name in body) return;
    const maker = Maker.of(target, this.#domain);
    const element: JsonObject = { value: await maker.create(await maker.complete({})) };
    if (attribute.sub('type') !== undefined) element['type'] = target;
    body[attribute.name] = attribute.multiValued ? [element] : element;
  }

  /** Ids of what a body needs, made anew: users have quotas of what belongs to them. */
  async #needed(): Promise<Map<string, string>> {
    const ids = new Map<string, string>();
    for (const [key, needed] of Object.entries(fixtureOf(this.type.name).needs ?? {})) {
      const [, owner, reference] = /^\$(\w+)\.(\w+)$/.exec(needed) ?? [];
      if (owner !== undefined && reference !== undefined) {
        const { needs = {} } = fixtureOf(this.type.name);
        const { body } = await pipelineOf(this.#domain, needs[owner]!).read(ids.get(owner)!);
        ids.set(key, body[reference].value);
        continue;
      }
      const maker = Maker.of(needed, this.#domain);
      ids.set(key, await maker.create(await maker.complete({})));
    }
    return ids;
  }

  async create(body: JsonObject): Promise<string> {
    const { status, body: answer } = await this.pipeline.create(body);
    expect(status, `${JSON.stringify(answer)} for ${JSON.stringify(body)}`).toBe(201);
    return answer.id as string;
  }
}

function validOf(attribute: Attribute): fc.Arbitrary<JsonValue> {
  return validBody([attribute])
    .filter((body) => readValue(body, attribute) !== undefined)
    .map((body) => readValue(body, attribute)!);
}

describe.each(TYPES)('%s', (name) => {
  it('comes back from create, read and replace as it was sent', async () => {
    const maker = Maker.of(name, context);
    const { pipeline, type } = maker;
    await fc.assert(
      fc.asyncProperty(validBody(maker.attributes), async (random) => {
        const body = await maker.complete(random);
        const id = await maker.create(body);
        const read = (await pipeline.read(id)).body as JsonObject;
        const whole = (await pipeline.read(id, { attributeSets: 'all' })).body as JsonObject;
        for (const attribute of maker.attributes) {
          const sent = readValue(body, attribute);
          const shown = readValue(whole, attribute);
          expect(covers(attribute, shown, sent), `${attribute.path}: ${JSON.stringify({ sent, shown })}`).toBe(true);
        }
        if (!type.operations.has('put')) return;
        const replaced = await pipeline.replace(id, read);
        expect(replaced.status, JSON.stringify(replaced.body)).toBe(200);
        expect((await pipeline.read(id, { attributeSets: 'all' })).body).toEqual(whole);
      }),
      RUNS,
    );
  });

  it('refuses wrong values by the name of their attribute', async () => {
    const maker = Maker.of(name, context);
    const breakable = maker.attributes.flatMap((attribute) => {
      const wrong = wrongValue(attribute);
      return wrong === null ? [] : [{ attribute, wrong }];
    });
    if (breakable.length === 0) return;
    const broken = fc
      .constantFrom(...breakable)
      .chain(({ attribute, wrong }) => wrong.map((value) => ({ attribute, value })));
    await fc.assert(
      fc.asyncProperty(broken, async ({ attribute, value }) => {
        const body = await maker.complete({});
        place(body, attribute, value);
        const { status, body: answer } = await maker.pipeline.create(body);
        expect(status, `${attribute.path} = ${JSON.stringify(value)}: ${JSON.stringify(answer)}`).toBe(400);
        expect(answer.detail).toContain(attribute.name);
      }),
      { ...RUNS, numRuns: 12 },
    );
    const required = maker.attributes.filter(
      (attribute) =>
        attribute.required && attribute.extension === null && !(attribute.path in (maker.type.overlay.defaults ?? {})),
    );
    for (const attribute of required) {
      const { [attribute.name]: _, ...body } = await maker.complete({});
      const { status, body: answer } = await maker.pipeline.create(body);
      if (status === 201) continue; // The type's behaviour fills it in.
      expect(status, attribute.path).toBe(400);
      expect(answer.detail).toContain(attribute.name);
    }
    const unknown = await maker.pipeline.create({ ...(await maker.complete({})), nothingLikeThis: 1 });
    expect(unknown.status).toBe(400);
    expect(unknown.body.detail).toContain('nothingLikeThis');
  });

  it('is found by filters as a naive search finds it', async () => {
    const type = resourceType(name);
    if (!type.operations.has('list')) return;
    const own = await domainWithContent();
    const maker = Maker.of(name, own);
    for (const random of fc.sample(validBody(maker.attributes), { numRuns: 6, seed: SEED }))
      await maker.create(await maker.complete(random));
    const all = (await maker.pipeline.list({ attributeSets: 'all', count: '1000' })).body.Resources as JsonObject[];
    const filters = randomFilter(type, all);
    if (filters === null) return;
    await fc.assert(
      fc.asyncProperty(filters, async (filter) => {
        const text = renderFilter(filter);
        const found = await maker.pipeline.list({ filter: text, count: '1000' });
        expect(found.status, `${text}: ${JSON.stringify(found.body)}`).toBe(200);
        const ids = (found.body.Resources as JsonObject[]).map(idOf);
        expect(ids, text).toEqual(all.filter((resource) => matches(filter, resource)).map(idOf));
      }),
      { ...RUNS, numRuns: 15 },
    );
  });
});

it('leaves no type out without a reason', () => {
  for (const [name, { excluded }] of Object.entries(FIXTURES)) {
    expect(resourceTypeNames(), name).toContain(name);
    const instead = excluded === undefined ? null : /; (test\/[\w/.-]+\.test\.ts)$/.exec(excluded);
    if (excluded !== undefined) expect(existsSync(instead?.[1] ?? ''), excluded).toBe(true);
  }
});

function idOf(resource: JsonObject): JsonValue {
  return isObject(resource) ? resource['id']! : '';
}
