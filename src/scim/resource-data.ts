import { isObject, type JsonObject, type JsonValue } from './json.ts';
import type { Attribute } from './schema.ts';

/*
 * Reading and writing top-level attributes in a resource's JSON: core attributes by name, those of an extension inside the
 * object under its URN. Names and URNs come from the compiled schema, never from a client.
 */

/** The value of a top-level attribute; undefined when it has none. */
export function readValue(data: JsonObject, attribute: Attribute): JsonValue | undefined {
  if (attribute.extension === null) return own(data, attribute.name);
  const extension = own(data, attribute.extension);
  return isObject(extension) ? own(extension, attribute.name) : undefined;
}

/** Sets a top-level attribute, or removes it with undefined. An extension object left empty goes too. Changes `data`. */
export function writeValue(data: JsonObject, attribute: Attribute, value: JsonValue | undefined): void {
  if (attribute.extension === null) {
    put(data, attribute.name, value);
    return;
  }
  const present = own(data, attribute.extension);
  const extension = isObject(present) ? present : {};
  put(extension, attribute.name, value);
  put(data, attribute.extension, Object.keys(extension).length === 0 ? undefined : extension);
}

/** Sets or, with undefined, removes a member. Changes `object`. */
export function put(object: JsonObject, name: string, value: JsonValue | undefined): void {
  if (value === undefined) delete object[name];
  else object[name] = value;
}

/** An own member; undefined when there is none. */
export function own(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** A deep copy. For values whose depth the schema bounds. */
export function copyOf<T extends JsonValue>(value: T): T {
  if (Array.isArray(value)) return value.map((element) => copyOf(element)) as T;
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const name of Object.keys(value)) copy[name] = copyOf(value[name] as JsonValue);
  return copy as T;
}

/** The top-level attribute that an attribute is a part of. */
export function rootOf(attribute: Attribute): Attribute {
  let root = attribute;
  while (root.parent !== null) root = root.parent;
  return root;
}
