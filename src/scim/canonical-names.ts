import { isObject, type JsonObject, type JsonValue } from './json.ts';
import { rootOf } from './resource-data.ts';
import type { Attribute, ResourceType } from './schema.ts';
import { invalidSchemas, quote, repeatedAttribute, unknownAttribute, wrongType } from './validation-errors.ts';

/** A top-level attribute with the value a client sent for it, not checked yet. */
export interface SentAttribute {
  readonly attribute: Attribute;
  readonly value: JsonValue;
}

/**
 * Finds the attribute that every member of a body means, however it is spelled: any case, dotted (`Name.givenName`), with
 * the URN in front (`urn:…:selfChange:User:allowSelfChange`), or inside an extension object whose URN has any case.
 * IDCS: all of these forms are accepted (scim.md §5, body parsing quirks).
 *
 * @returns by canonical path of the top-level attribute; dotted members are merged into their complex attribute
 * @throws ScimError 400 for an unknown attribute, and for one that is given twice
 */
export function readBody(type: ResourceType, body: JsonObject): ReadonlyMap<string, SentAttribute> {
  const reader = new BodyReader(type);
  for (const key of Object.keys(body)) reader.member(key, body[key] as JsonValue);
  return reader.finish();
}

/**
 * Checks the `schemas` of a body. A body without it is accepted: the endpoint says what it is. An extension that the type
 * does not have is passed over: its values, if the body had any, would be refused by name.
 * IDCS: clients list `urn:ietf:params:scim:schemas:extension:custom:2.0:Group` where no such extension exists (main-0170).
 *
 * @throws ScimError 400 when it is not a list of strings, or names the schema of another type
 */
export function checkSchemas(type: ResourceType, schemas: JsonValue | undefined): void {
  if (schemas === undefined || schemas === null) return;
  if (!Array.isArray(schemas)) throw wrongType('schemas', 'an array of strings');
  for (const urn of schemas) {
    if (typeof urn !== 'string') throw wrongType('schemas', 'an array of strings');
    if (urn.toLowerCase() !== type.schema.toLowerCase() && !urn.toLowerCase().includes(':extension:')) {
      throw invalidSchemas(`The schema ${quote(urn)} is not the schema of a ${type.name}.`);
    }
  }
}

class BodyReader {
  private readonly type: ResourceType;
  private readonly whole = new Map<string, SentAttribute>();
  private readonly dotted = new Map<string, { readonly attribute: Attribute; readonly value: JsonValue }[]>();

  constructor(type: ResourceType) {
    this.type = type;
  }

  member(key: string, value: JsonValue): void {
    const extension = this.type.extension(key);
    const isCore = key.toLowerCase() === this.type.schema.toLowerCase();
    if (extension === undefined && !isCore) {
      this.place(key, this.type.resolve(key), value);
      return;
    }
    if (value === null || value === '') return;
    if (!isObject(value)) throw wrongType(extension?.urn ?? this.type.schema, 'an object');
    for (const name of Object.keys(value)) {
      const path = `${extension?.urn ?? this.type.schema}:${name}`;
      this.place(path, this.type.resolve(path), value[name] as JsonValue);
    }
  }

  finish(): ReadonlyMap<string, SentAttribute> {
    for (const [path, parts] of this.dotted) {
      const root = rootOf(parts[0]!.attribute);
      const base = this.whole.get(path)?.value;
      if (base !== undefined && base !== null && !isObject(base)) throw wrongType(path, 'an object');
      const merged = parts.reduce(
        (object, part) => withPart(object, chainBelowRoot(part.attribute), part.value),
        base ?? {},
      );
      this.whole.set(path, { attribute: root, value: merged });
    }
    return this.whole;
  }

  private place(key: string, attribute: Attribute | undefined, value: JsonValue): void {
    if (attribute === undefined) throw unknownAttribute(key, this.type.name);
    const root = rootOf(attribute);
    if (attribute === root) {
      if (this.whole.has(root.path)) throw repeatedAttribute(root.path);
      this.whole.set(root.path, { attribute, value });
      return;
    }
    // `emails.value` does not say which mail.
    if (chainBelowRoot(attribute).some((step) => step.parent?.multiValued)) throw wrongType(root.path, 'an array');
    const parts = this.dotted.get(root.path) ?? [];
    parts.push({ attribute, value });
    this.dotted.set(root.path, parts);
  }
}

/** `object`, the value of `chain`'s parent, with one sub-attribute more, which it must not have yet. */
function withPart(object: JsonObject, chain: readonly Attribute[], value: JsonValue): JsonObject {
  const [attribute, ...rest] = chain as [Attribute, ...Attribute[]];
  const present = memberNamed(object, attribute.name);
  if (rest.length === 0) {
    if (present !== undefined) throw repeatedAttribute(attribute.path);
    return { ...object, [attribute.name]: value };
  }
  const inner = present === undefined ? {} : (object[present] as JsonValue);
  if (!isObject(inner)) throw wrongType(attribute.path, 'an object');
  return { ...object, [present ?? attribute.name]: withPart(inner, rest, value) };
}

/** The attributes from the one below the root down to this one. */
function chainBelowRoot(attribute: Attribute): Attribute[] {
  const chain: Attribute[] = [];
  for (let step = attribute; step.parent !== null; step = step.parent) chain.unshift(step);
  return chain;
}

function memberNamed(object: JsonObject, name: string): string | undefined {
  const folded = name.toLowerCase();
  return Object.keys(object).find((key) => key.toLowerCase() === folded);
}
