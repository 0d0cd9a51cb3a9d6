import fc from 'fast-check';
import { expect } from 'vitest';
import type { Filter } from '../../src/scim/filter-ast.ts';
import type { JsonObject, JsonValue } from '../../src/scim/json.ts';
import { matches } from '../../src/scim/match.ts';
import { readValue } from '../../src/scim/resource-data.ts';
import { covers } from '../../src/scim/same-value.ts';
import type { Attribute } from '../../src/scim/schema.ts';
import { renderFilter } from '../scim/render-filter.ts';
import { place, wrongValue } from './random-resource.ts';
import type { ResourceMaker } from './resource-maker.ts';

/*
 * What holds for every resource type, by whatever way its operations are called.
 */

/** Creates, reads, and replaces by what was read. @returns the whole resource before and after; null when it has no PUT */
export async function expectComesBack(
  maker: ResourceMaker,
  random: JsonObject,
): Promise<{ before: JsonObject; after: JsonObject } | null> {
  const { client, type } = maker;
  const body = await maker.complete(random);
  const id = await maker.create(body);
  const read = (await client.read(id)).body as JsonObject;
  const before = (await client.read(id, { attributeSets: 'all' })).body as JsonObject;
  for (const attribute of maker.attributes) {
    const sent = readValue(body, attribute);
    const shown = readValue(before, attribute);
    expect(covers(attribute, shown, sent), `${attribute.path}: ${JSON.stringify({ sent, shown })}`).toBe(true);
  }
  if (!type.operations.has('put')) return null;
  const replaced = await client.replace(id, read);
  expect(replaced.status, JSON.stringify(replaced.body)).toBe(200);
  return { before, after: (await client.read(id, { attributeSets: 'all' })).body as JsonObject };
}

/** A value that breaks a rule. */
export interface Broken {
  readonly attribute: Attribute;
  readonly value: JsonValue;
}

/** Values that break one of the type's attributes; null when all values would do. */
export function brokenAttribute({ attributes }: ResourceMaker): fc.Arbitrary<Broken> | null {
  const breakable = attributes.flatMap((attribute) => {
    const wrong = wrongValue(attribute);
    return wrong === null ? [] : [wrong.map((value) => ({ attribute, value }))];
  });
  return breakable.length === 0 ? null : fc.constantFrom(...breakable).chain((one) => one);
}

/** A body with this value is refused by the attribute's name. */
export async function expectRefused(maker: ResourceMaker, { attribute, value }: Broken): Promise<void> {
  const body = await maker.complete({});
  place(body, attribute, value);
  const { status, body: answer } = await maker.client.create(body);
  expect(status, `${attribute.path} = ${JSON.stringify(value)}: ${JSON.stringify(answer)}`).toBe(400);
  expect(answer.detail).toContain(attribute.name);
}

/** All rows of a type, with all that they show. */
export async function allOf({ client }: ResourceMaker): Promise<JsonObject[]> {
  const { status, body } = await client.list({ attributeSets: 'all', count: '1000' });
  expect(status, JSON.stringify(body)).toBe(200);
  return body.Resources;
}

/** A filter finds what a naive search through all rows finds, in the same order. */
export async function expectFound(
  { client }: ResourceMaker,
  filter: Filter,
  all: readonly JsonObject[],
): Promise<void> {
  const text = renderFilter(filter);
  const found = await client.list({ filter: text, count: '1000' });
  expect(found.status, `${text}: ${JSON.stringify(found.body)}`).toBe(200);
  const ids = (found.body.Resources as JsonObject[]).map(idOf);
  expect(ids, text).toEqual(all.filter((resource) => matches(filter, resource)).map(idOf));
}

const idOf = (resource: JsonObject): JsonValue => resource['id']!;
