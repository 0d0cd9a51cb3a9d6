import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { isObject, type JsonObject, type JsonValue } from '../../src/scim/json.ts';
import type { Attribute, ResourceType } from '../../src/scim/schema.ts';
import { testDomain } from '../support/emulator.ts';
import { randomFilter, validBody } from '../support/random-resource.ts';
import { httpClients, MADE_TYPES, type ResourceMaker, resourceMakers } from '../support/resource-maker.ts';
import { allOf, brokenAttribute, expectComesBack, expectFound, expectRefused } from '../support/type-properties.ts';

/*
 * A few of the cases of all-types-property.test.ts through the real server: what a client sends and gets, in one domain that has all
 * that ships and whose clock goes on.
 */

/** As in all-types-property.test.ts. */
const SEED = Number(process.env['PROPERTY_SEED'] ?? 1);

let makerOf: (typeName: string) => ResourceMaker;
beforeAll(async () => {
  const domain = await testDomain();
  const asked = { userName: 'admin@example.com', scope: 'urn:opc:idm:__myscopes__' };
  const token = (await domain.send('POST', '/_emulator/tokens', { body: asked, token: null })).body.access_token;
  makerOf = resourceMakers(
    httpClients((method, path, body) => domain.send(method, path, { token, ...(body === undefined ? {} : { body }) })),
  );
});

describe.each(MADE_TYPES)('%s over HTTP', (name) => {
  it('keeps what was sent, names what is wrong, and finds by filters', async () => {
    const maker = makerOf(name);
    for (const random of fc.sample(validBody(maker.attributes), { numRuns: 2, seed: SEED })) {
      const whole = await expectComesBack(maker, random);
      if (whole === null) continue;
      expect(writable(maker.type, whole.after)).toEqual(writable(maker.type, whole.before));
    }
    const broken = brokenAttribute(maker);
    if (broken !== null) await expectRefused(maker, fc.sample(broken, { numRuns: 1, seed: SEED })[0]!);
    if (!maker.type.operations.has('list')) return;
    const all = await allOf(maker);
    const filters = randomFilter(maker.type, all);
    if (filters === null) return;
    for (const filter of fc.sample(filters, { numRuns: 3, seed: SEED })) await expectFound(maker, filter, all);
  });
});

/** A resource without what is read-only: when it was changed last, and by whom. */
function writable(type: ResourceType, resource: JsonObject): JsonObject {
  const kept = withoutReadOnly(resource, (key) => type.core(key));
  for (const urn of type.extensions) {
    const extension = kept[urn];
    if (isObject(extension)) kept[urn] = withoutReadOnly(extension, (key) => type.extension(urn)?.get(key));
  }
  return kept;
}

function withoutReadOnly(value: JsonObject, find: (key: string) => Attribute | undefined): JsonObject {
  const kept: JsonObject = {};
  for (const [key, part] of Object.entries(value)) {
    const attribute = find(key);
    if (attribute?.mutability === 'readOnly') continue;
    const inner = (one: JsonValue): JsonValue =>
      attribute !== undefined && isObject(one) ? withoutReadOnly(one, (sub) => attribute.sub(sub)) : one;
    kept[key] = Array.isArray(part) ? part.map(inner) : inner(part);
  }
  return kept;
}
