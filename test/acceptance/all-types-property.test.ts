import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, randomIds } from '../../src/ids.ts';
import { shippedContent } from '../../src/resources/shipped-content.ts';
import { resourceType, resourceTypeNames } from '../../src/schemas/registry.ts';
import { closeTestStore, type TestContext, testContext } from '../support/context.ts';
import { pipelineOf } from '../support/pipeline.ts';
import { randomFilter, validBody } from '../support/random-resource.ts';
import { FIXTURES, MADE_TYPES, type ResourceMaker, resourceMakers } from '../support/resource-maker.ts';
import { allOf, brokenAttribute, expectComesBack, expectFound, expectRefused } from '../support/type-properties.ts';

/*
 * What holds for every resource type, whatever it is: found by its files, with random bodies made from its attribute rules. What
 * a type needs beyond them stands in type-fixtures.json (test/support/resource-maker.ts says what that has).
 */

/** The same values in every run, so that a change that breaks something is the change that fails; PROPERTY_SEED tries others. */
const SEED = Number(process.env['PROPERTY_SEED'] ?? 1);
const RUNS = { numRuns: 6, seed: SEED, endOnFailure: true };

let makerOf: (typeName: string) => ResourceMaker;
beforeAll(async () => {
  makerOf = makersIn(await domainWithContent());
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

const makersIn = (context: TestContext) => resourceMakers((typeName) => pipelineOf(context, typeName));

describe.each(MADE_TYPES)('%s', (name) => {
  it('comes back from create, read and replace as it was sent', async () => {
    const maker = makerOf(name);
    await fc.assert(
      fc.asyncProperty(validBody(maker.attributes), async (random) => {
        const whole = await expectComesBack(maker, random);
        expect(whole?.after).toEqual(whole?.before);
      }),
      RUNS,
    );
  });

  it('refuses wrong values by the name of their attribute', async () => {
    const maker = makerOf(name);
    const broken = brokenAttribute(maker);
    if (broken === null) return;
    await fc.assert(
      fc.asyncProperty(broken, (one) => expectRefused(maker, one)),
      { ...RUNS, numRuns: 12 },
    );
    const required = maker.attributes.filter(
      (attribute) =>
        attribute.required && attribute.extension === null && !(attribute.path in (maker.type.overlay.defaults ?? {})),
    );
    for (const attribute of required) {
      const { [attribute.name]: _, ...body } = await maker.complete({});
      const { status, body: answer } = await maker.client.create(body);
      if (status === 201) continue; // The type's behaviour fills it in.
      expect(status, attribute.path).toBe(400);
      expect(answer.detail).toContain(attribute.name);
    }
    const unknown = await maker.client.create({ ...(await maker.complete({})), nothingLikeThis: 1 });
    expect(unknown.status).toBe(400);
    expect(unknown.body.detail).toContain('nothingLikeThis');
  });

  it('is found by filters as a naive search finds it', async () => {
    const type = resourceType(name);
    if (!type.operations.has('list')) return;
    const maker = makersIn(await domainWithContent())(name);
    for (const random of fc.sample(validBody(maker.attributes), { numRuns: 6, seed: SEED }))
      await maker.create(await maker.complete(random));
    const all = await allOf(maker);
    const filters = randomFilter(type, all);
    if (filters === null) return;
    await fc.assert(
      fc.asyncProperty(filters, (filter) => expectFound(maker, filter, all)),
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
