import fc from 'fast-check';
import type { Filter } from '../../src/scim/filter-ast.ts';
import type { JsonObject, JsonValue } from '../../src/scim/json.ts';
import { readValue } from '../../src/scim/resource-data.ts';
import type { Attribute, ResourceType } from '../../src/scim/schema.ts';
import { isWritable } from '../../src/scim/sent-values.ts';

/*
 * Random bodies of a resource type, made from its attribute rules alone: what is valid by them, and what breaks one of them.
 */

/** Attributes that a random body may have: data that clients write, and no references, whose targets would have to exist. */
export function randomAttributes(type: ResourceType): Attribute[] {
  const isRandom = (attribute: Attribute) =>
    attribute.storage === 'data' && isWritable(attribute) && attribute.returned !== 'never' && !isReference(attribute);
  // Who uses an extension must give what it requires.
  const closed = type.extensions.filter((urn) =>
    type.extension(urn)!.attributes.some((one) => one.required && isWritable(one) && !isRandom(one)),
  );
  return type.attributes.filter((one) => isRandom(one) && !(one.extension !== null && closed.includes(one.extension)));
}

function isReference(attribute: Attribute): boolean {
  return attribute.sub('$ref') !== undefined || attribute.subAttributes.some(isReference);
}

/** A body of some of these attributes with valid values. */
export function validBody(attributes: readonly Attribute[]): fc.Arbitrary<JsonObject> {
  if (attributes.length === 0) return fc.constant({});
  return fc.subarray([...attributes], { maxLength: Math.min(attributes.length, 7) }).chain((chosen) =>
    fc.tuple(...chosen.map(valuesFor)).map((values) => {
      const body: JsonObject = {};
      chosen.forEach((attribute, index) => {
        place(body, attribute, values[index]!);
      });
      return body;
    }),
  );
}

/** Writes a top-level attribute as a client sends it. */
export function place(body: JsonObject, attribute: Attribute, value: JsonValue): void {
  if (attribute.extension === null) body[attribute.name] = value;
  else
    body[attribute.extension] = { ...(body[attribute.extension] as JsonObject | undefined), [attribute.name]: value };
}

function valuesFor(attribute: Attribute): fc.Arbitrary<JsonValue> {
  const one = oneOf(attribute);
  if (!attribute.multiValued) return one;
  return fc
    .uniqueArray(one, {
      minLength: 1,
      maxLength: 3,
      selector: (element) => keyOf(attribute, element),
    })
    .map((elements) => onlyOneTrue(attribute, elements));
}

/** Elements are told apart by their composite key, or by all of them. */
function keyOf({ compositeKey }: Attribute, element: JsonValue): string {
  const text = (value: JsonValue | undefined) => JSON.stringify(value ?? null).toLowerCase();
  if (compositeKey.length === 0 || typeof element !== 'object') return text(element);
  return compositeKey.map((name) => text((element as JsonObject)[name])).join();
}

function onlyOneTrue(attribute: Attribute, elements: JsonValue[]): JsonValue {
  for (const { name, definition } of attribute.subAttributes) {
    if (definition.docOnlyOneTrue !== true) continue;
    elements.slice(1).forEach((element) => {
      delete (element as JsonObject)[name];
    });
  }
  return elements;
}

function oneOf(attribute: Attribute): fc.Arbitrary<JsonValue> {
  if (attribute.type !== 'complex') return simple(attribute);
  const parts = attribute.subAttributes.filter((sub) => sub.mutability !== 'readOnly' && sub.storage === 'data');
  const always = new Set(parts.filter((sub) => sub.required || attribute.compositeKey.includes(sub.name)));
  const first = parts[0];
  if (always.size === 0 && first !== undefined) always.add(first);
  return fc.record(Object.fromEntries(parts.map((sub) => [sub.name, valuesFor(sub)])), {
    requiredKeys: [...always].map(({ name }) => name),
  }) as fc.Arbitrary<JsonObject>;
}

/** Values that one of the shared lists has. */
const LISTED = ['Europe/Berlin', 'en', 'DE', 'readOnly'];

function simple(attribute: Attribute): fc.Arbitrary<JsonValue> {
  const {
    minimum = 0,
    maximum = 1_000_000,
    minLength = 1,
    maxLength = 40,
    canonicalValues = [],
  } = attribute.definition;
  switch (attribute.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: minimum, max: maximum });
    case 'decimal':
      return fc.integer({ min: minimum, max: maximum });
    case 'dateTime':
      return fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map((date) => date.toISOString());
    case 'binary':
      return fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('base64'));
    case 'reference':
      return fc.nat(999).map((number) => `https://example.com/${number}`);
    default:
      if (attribute.canonicalSource !== null) {
        return fc.constantFrom(...LISTED.filter((one) => attribute.canonicalSource?.spelling(one) !== undefined));
      }
      if (canonicalValues.length > 0) return fc.constantFrom(...canonicalValues);
      return fc.string({ minLength: Math.max(minLength, 1), maxLength: Math.min(maxLength, 40), unit: TEXT });
  }
}

/** Letters of both cases, blanks, quotes, and what is outside of ASCII. */
const TEXT = fc.constantFrom(...'abcXYZ019 -_."\\%\'é日😀');

/** A value that breaks the rules of a top-level attribute; null when all values would do. */
export function wrongValue(attribute: Attribute): fc.Arbitrary<JsonValue> | null {
  const wrong = wrongOne(attribute);
  const choices = [
    ...wrong.map((value) => (attribute.multiValued ? [value] : value)),
    ...(attribute.multiValued && attribute.type !== 'complex' ? ['no list'] : []),
  ];
  return choices.length === 0 ? null : fc.constantFrom(...choices);
}

function wrongOne({ type, definition, canonicalSource, name }: Attribute): JsonValue[] {
  const { minimum, maximum, maxLength, canonicalValues = [] } = definition;
  switch (type) {
    case 'boolean':
      return ['perhaps', 7, { a: 1 }];
    case 'integer':
      return [
        'many',
        1.5,
        ...(minimum === undefined ? [] : [minimum - 1]),
        ...(maximum === undefined ? [] : [maximum + 1]),
      ];
    case 'dateTime':
      return ['yesterday', 5];
    case 'complex':
      return [{ [`no${name}`]: 'x' }];
    case 'string':
      return [
        5,
        true,
        ...(maxLength === undefined ? [] : ['x'.repeat(maxLength + 1)]),
        ...(canonicalValues.length === 0 && canonicalSource === null ? [] : ['not on the list']),
      ];
    default:
      return [5];
  }
}

/** A filter of up to three comparisons over what these resources have, or nearly have. */
export function randomFilter(type: ResourceType, resources: readonly JsonObject[]): fc.Arbitrary<Filter> | null {
  const paths = type.attributes.flatMap(leaves).filter(isFilterable);
  if (paths.length === 0) return null;
  const present = paths.filter((attribute) => resources.some((resource) => valuesIn(resource, attribute).length > 0));
  const attribute = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...(present.length === 0 ? paths : present)) },
    { weight: 1, arbitrary: fc.constantFrom(...paths) },
  );
  const comparison = attribute.chain((chosen) => comparisonOf(chosen, resources));
  const not = comparison.map((filter): Filter => ({ op: 'not', filter }));
  const part = fc.oneof({ weight: 4, arbitrary: comparison }, { weight: 1, arbitrary: not });
  return fc.oneof(
    part,
    fc
      .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(part, { minLength: 2, maxLength: 3 }))
      .map(([op, filters]): Filter => ({ op, filters })),
  );
}

function comparisonOf(attribute: Attribute, resources: readonly JsonObject[]): fc.Arbitrary<Filter> {
  const found = resources.flatMap((resource) => valuesIn(resource, attribute));
  const pr = fc.constant<Filter>({ op: 'pr', attribute });
  if (attribute.type === 'dateTime') return pr;
  const value = found.length === 0 ? simple(attribute) : fc.oneof(fc.constantFrom(...found), simple(attribute));
  const ordered = attribute.type === 'string' || attribute.type === 'integer';
  const op = fc.constantFrom(
    'eq' as const,
    'ne' as const,
    ...(attribute.type === 'string' ? (['sw', 'co', 'ew'] as const) : []),
    ...(ordered ? (['gt', 'ge', 'lt', 'le'] as const) : []),
  );
  const compared = fc
    .tuple(op, value)
    .filter(([, wanted]) => typeof wanted !== 'string' || wanted.trim() !== '')
    .map(([chosen, wanted]): Filter => ({ op: chosen, attribute, value: wanted as string | number | boolean }));
  return fc.oneof({ weight: 4, arbitrary: compared }, { weight: 1, arbitrary: pr });
}

function leaves(attribute: Attribute): Attribute[] {
  return attribute.type === 'complex' ? attribute.subAttributes.flatMap(leaves) : [attribute];
}

function isFilterable(attribute: Attribute): boolean {
  for (let step: Attribute | null = attribute; step !== null; step = step.parent) {
    if (step.storage !== 'data' || step.returned === 'never') return false;
  }
  return attribute.searchable && ['string', 'boolean', 'integer', 'dateTime'].includes(attribute.type);
}

function valuesIn(resource: JsonObject, attribute: Attribute): JsonValue[] {
  const holders = attribute.parent === null ? null : valuesIn(resource, attribute.parent);
  const values =
    holders === null ? [readValue(resource, attribute)] : holders.map((one) => (one as JsonObject)[attribute.name]);
  return values.flatMap((value) => value ?? []);
}
