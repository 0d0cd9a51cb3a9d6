import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { Attribute, ResourceType } from '../scim/schema.ts';
import type { SecretBox } from './request-context.ts';

/*
 * Values that the schema marks `idcsSensitive: encrypt` and that answers show again (a social provider's consumerSecret): in the
 * row they are sealed with the installation's key, in answers opened.
 */

const found = new WeakMap<ResourceType, readonly Attribute[]>();

/** The attributes of a type, at any depth, whose values are sealed at rest. */
function sealedAttributes(type: ResourceType): readonly Attribute[] {
  let attributes = found.get(type);
  if (attributes === undefined) {
    attributes = type.attributes.flatMap(sealedIn);
    found.set(type, attributes);
  }
  return attributes;
}

function sealedIn(attribute: Attribute): Attribute[] {
  const isSealed = attribute.definition.idcsSensitive === 'encrypt' && attribute.storage === 'data';
  return [...(isSealed ? [attribute] : []), ...attribute.subAttributes.flatMap(sealedIn)];
}

/**
 * Seals what a write brings, in place. A value that was there before keeps its sealed form, so that writing it again changes nothing.
 *
 * @param before the row's data; null on create
 */
export function sealValues(secrets: SecretBox, type: ResourceType, data: JsonObject, before: JsonObject | null): void {
  for (const attribute of sealedAttributes(type)) {
    const sealed: string[] = [];
    if (before !== null) eachText(attribute, before, (holder) => sealed.push(String(holder[attribute.name])));
    const plain = sealed.map((text) => secrets.open(text));
    eachText(attribute, data, (holder) => {
      const text = String(holder[attribute.name]);
      if (sealed.includes(text)) return;
      holder[attribute.name] = sealed[plain.indexOf(text)] ?? secrets.seal(text);
    });
  }
}

/** Opens the sealed values of a row's data, in place. */
export function openValues(secrets: SecretBox, type: ResourceType, data: JsonObject): void {
  for (const attribute of sealedAttributes(type)) {
    eachText(attribute, data, (holder) => {
      holder[attribute.name] = secrets.open(String(holder[attribute.name]));
    });
  }
}

/** Calls `visit` with every object that has a text of an attribute. */
function eachText(attribute: Attribute, data: JsonObject, visit: (holder: JsonObject) => void): void {
  for (const holder of holdersOf(attribute, data)) {
    if (typeof holder[attribute.name] === 'string') visit(holder);
  }
}

function holdersOf({ parent, extension }: Attribute, data: JsonObject): readonly JsonObject[] {
  if (parent !== null) return holdersOf(parent, data).flatMap((holder) => objectsIn(holder[parent.name]));
  return extension === null ? [data] : objectsIn(data[extension]);
}

function objectsIn(value: JsonValue | undefined): readonly JsonObject[] {
  return (Array.isArray(value) ? value : [value ?? null]).filter(isObject);
}
