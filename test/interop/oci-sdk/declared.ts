import type { Wire } from './sdk-session.ts';

/** An attribute as GET /Schemas has it. */
export interface SchemaAttribute {
  readonly name: string;
  readonly type: string;
  readonly multiValued: boolean;
  readonly required: boolean;
  readonly mutability: 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly';
  readonly returned: 'always' | 'default' | 'request' | 'never';
  readonly canonicalValues?: readonly string[];
  readonly subAttributes?: readonly SchemaAttribute[];
}

/** A domain's schemas, by URN in lower case. */
export type Schemas = ReadonlyMap<string, readonly SchemaAttribute[]>;

/** A domain's schemas from the resources of GET /Schemas. */
export function schemasOf(resources: readonly { id: string; attributes: SchemaAttribute[] }[]): Schemas {
  return new Map(resources.map(({ id, attributes }) => [id.toLowerCase(), attributes]));
}

/** What the emulator adds to answers with `attributeSets=all`, on purpose: GET /Schemas is the real service's. */
const OWN = /^urn:ietf:params:scim:schemas:idcs-emulator:|^assignedTo\.\$ref$/;

/** Paths of a resource that no schema declares: in none of those that it names itself, or below none of their attributes. */
export function undeclared(schemas: Schemas, resource: Wire): string[] {
  const named: string[] = resource.schemas ?? [];
  const core = named.flatMap((urn) => schemas.get(urn.toLowerCase()) ?? []);
  const paths = Object.entries(resource).flatMap(([key, value]) => {
    const extension = schemas.get(key.toLowerCase());
    if (extension === undefined) return undeclaredIn(core, { [key]: value }, '');
    return undeclaredIn(extension, value, `${key}:`);
  });
  return paths.filter((path) => !OWN.test(path));
}

function undeclaredIn(attributes: readonly SchemaAttribute[], value: Wire, prefix: string): string[] {
  return Object.entries(value as Record<string, Wire>).flatMap(([name, part]) => {
    const attribute = attributes.find((each) => each.name === name);
    if (attribute === undefined) return [prefix + name];
    if (attribute.multiValued !== Array.isArray(part)) return [`${prefix}${name} (one or many)`];
    const elements: Wire[] = Array.isArray(part) ? part : [part];
    return elements.flatMap((element) => {
      const isObject = typeof element === 'object' && element !== null;
      if ((attribute.type === 'complex') !== isObject) return [`${prefix}${name} (${attribute.type})`];
      // Of the attributes of a Schema, two levels are declared and three are there.
      if (!isObject || attribute.subAttributes === undefined) return [];
      return undeclaredIn(attribute.subAttributes, element, `${prefix}${name}.`);
    });
  });
}

/** A body with a made-up value for each required attribute that a client may write, and for nothing else. */
export function requiredValues(attributes: readonly SchemaAttribute[]): Record<string, Wire> {
  return Object.fromEntries(
    attributes
      .filter(({ name, required, mutability }) => required && mutability !== 'readOnly' && name !== 'schemas')
      .map((attribute) => [attribute.name, attribute.multiValued ? [madeUp(attribute)] : madeUp(attribute)]),
  );
}

let count = 0;

function madeUp({ name, type, canonicalValues, subAttributes }: SchemaAttribute): Wire {
  count++;
  if (canonicalValues?.[0] !== undefined) return canonicalValues[0];
  if (type === 'complex') return requiredValues(subAttributes ?? []);
  if (type === 'boolean') return false;
  if (type === 'integer' || type === 'decimal') return 1;
  if (type === 'dateTime') return '2099-01-01T00:00:00.000Z';
  return `${name} ${count}`;
}
