import type { JsonObject, JsonValue } from '../../scim/json.ts';
import type { Attribute, ResourceType } from '../../scim/schema.ts';
import { presetNames } from './read-seed.ts';
import { seedEndpoints, seedSingletons } from './seed-document.ts';

/**
 * The JSON Schema of seed files (docs/seed.schema.json), made from the compiled resource types, for editors that complete
 * and check YAML. Attribute names are matched without regard to case by the emulator, with it by an editor.
 */
export function seedSchema(): JsonObject {
  const properties: JsonObject = {};
  for (const { key, type } of seedSingletons()) {
    properties[key] = { ...resource(type, {}), description: `Attributes to change in the domain's ${type.name}.` };
  }
  for (const { endpoint, type } of seedEndpoints()) {
    properties[endpoint] = { type: 'array', description: `${type.name} resources.`, items: resource(type, ID) };
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'idcs-emulator seed',
    description: `Content of an identity domain: SCIM bodies by endpoint. Presets: ${presetNames().join(', ')}.`,
    type: 'object',
    additionalProperties: false,
    properties,
  };
}

const ID: JsonObject = { id: { type: 'string', description: 'Only of a resource that exists.' } };

function resource(type: ResourceType, more: JsonObject): JsonObject {
  const properties: JsonObject = { ...more };
  for (const attribute of type.attributes) {
    if (attribute.extension === null && isWritable(attribute)) properties[attribute.name] = property(attribute);
  }
  for (const urn of type.extensions) {
    const inside = type.extension(urn)?.attributes.filter(isWritable) ?? [];
    if (inside.length === 0) continue;
    properties[urn] = { type: 'object', properties: propertiesOf(inside) };
  }
  return { type: 'object', properties };
}

/** Writable by their data, but nothing that a seed would say. */
const SERVICE_ONLY: ReadonlySet<string> = new Set(['$ref', 'ocid', 'schemas']);

function isWritable(attribute: Attribute): boolean {
  return attribute.mutability !== 'readOnly' && !SERVICE_ONLY.has(attribute.name);
}

function propertiesOf(attributes: readonly Attribute[]): JsonObject {
  return Object.fromEntries(attributes.map((attribute) => [attribute.name, property(attribute)]));
}

function property(attribute: Attribute): JsonObject {
  const one = single(attribute);
  return attribute.multiValued ? { type: 'array', items: one } : one;
}

function single(attribute: Attribute): JsonObject {
  if (attribute.type === 'complex') {
    const names = isReference(attribute) ? REFERENCE_NAMES : {};
    return { type: 'object', properties: { ...names, ...propertiesOf(attribute.subAttributes.filter(isWritable)) } };
  }
  const { minLength, maxLength, minimum, maximum } = attribute.definition;
  const limits = { minLength, maxLength, minimum, maximum };
  const given = Object.entries(limits).filter((limit): limit is [string, number] => limit[1] !== undefined);
  return { type: jsonType(attribute), ...Object.fromEntries(given) };
}

/** A reference may be given by name instead of by id. */
const REFERENCE_NAMES: JsonObject = Object.fromEntries(
  ['userName', 'displayName', 'name'].map((name): [string, JsonValue] => [
    name,
    { type: 'string', description: 'Instead of value: the name of the resource.' },
  ]),
);

function isReference(attribute: Attribute): boolean {
  return attribute.sub('value') !== undefined && attribute.sub('$ref') !== undefined;
}

function jsonType(attribute: Attribute): string {
  if (attribute.type === 'boolean') return 'boolean';
  if (attribute.type === 'integer') return 'integer';
  return attribute.type === 'decimal' ? 'number' : 'string';
}
