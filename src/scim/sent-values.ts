import { convertValue, fillDefaults } from './attribute-value.ts';
import { isObject, type JsonObject, type JsonValue } from './json.ts';
import { copyOf, readValue, rootOf, writeValue } from './resource-data.ts';
import type { Attribute, ResourceType } from './schema.ts';

/** A checked body, sorted by where its values are kept. */
export interface Accepted {
  /** What the row keeps: canonical names, extension objects under their URN. */
  readonly data: JsonObject;
  /**
   * Values that are not kept as sent, by canonical path of a top-level attribute: those never returned (passwords), and
   * writable computed ones. An attribute of which only a part is never returned (answers of security questions) stands
   * here whole, and in `data` without that part.
   */
  readonly transient: Map<string, JsonValue>;
  /** Elements of edge attributes, by canonical path. An empty list empties the attribute (PUT only). */
  readonly edges: Map<string, JsonObject[]>;
  /** Canonical paths of the top-level attributes that the body gives a value. */
  readonly given: Set<string>;
}

/** An empty result to fill. */
export function nothingAccepted(): Accepted {
  return { data: {}, transient: new Map(), edges: new Map(), given: new Set() };
}

/** Whether clients may write an attribute at all: `id`, `meta` and the domain's constants are not theirs, whatever the data says. */
export function isWritable(attribute: Attribute): boolean {
  return attribute.mutability !== 'readOnly' && attribute.storage !== 'row' && attribute.storage !== 'domain';
}

/** Puts a converted value where its attribute's storage says. */
export function keep(accepted: Accepted, attribute: Attribute, value: JsonValue): void {
  switch (attribute.storage) {
    case 'edge':
      accepted.edges.set(attribute.path, asObjects(value));
      return;
    case 'transient':
    case 'computed':
      accepted.transient.set(attribute.path, value);
      return;
    default:
      keepData(accepted, attribute, value);
  }
}

/** Stores a value in `data`, and the whole of it in `transient` when parts of it must not be stored. */
export function keepData(
  target: { readonly data: JsonObject; readonly transient: Map<string, JsonValue> },
  attribute: Attribute,
  value: JsonValue,
): void {
  if (!hasTransientParts(attribute)) {
    writeValue(target.data, attribute, value);
    return;
  }
  const storable = withoutTransient(attribute, value);
  if (JSON.stringify(storable) !== JSON.stringify(value)) target.transient.set(attribute.path, value);
  writeValue(target.data, attribute, storable);
}

/**
 * Fills in what a create leaves out: the overlay's defaults, and defaults of the data files for attributes of the core
 * schema and of extensions that the body uses. A default never makes an element of a multi-valued attribute.
 *
 * @param only top-level attributes to fill; all of them when it is left out
 */
export function fillCreateDefaults(type: ResourceType, accepted: Accepted, only?: ReadonlySet<Attribute>): void {
  const { overlay, data } = defaultsOf(type);
  for (const { attribute, root, value } of overlay) {
    if (only === undefined || only.has(root)) fillPath(accepted, attribute, value);
  }
  for (const { attribute, root, value } of data) {
    if (only !== undefined && !only.has(root)) continue;
    const applies = attribute.extension === null || Object.hasOwn(accepted.data, attribute.extension);
    if (!applies || hasValue(accepted, attribute)) continue;
    const converted = convertValue(attribute, value);
    if (converted !== undefined) keep(accepted, attribute, converted);
  }
}

/** Whether an attribute was given a value, or a default. */
export function hasValue(accepted: Accepted, attribute: Attribute): boolean {
  return (
    readValue(accepted.data, attribute) !== undefined ||
    accepted.transient.has(attribute.path) ||
    (accepted.edges.get(attribute.path)?.length ?? 0) > 0
  );
}

interface DefaultValue {
  readonly attribute: Attribute;
  /** The top-level attribute that it is, or is a part of. */
  readonly root: Attribute;
  readonly value: JsonValue;
}

const defaults = new WeakMap<ResourceType, { overlay: readonly DefaultValue[]; data: readonly DefaultValue[] }>();

function defaultsOf(type: ResourceType) {
  let known = defaults.get(type);
  if (known === undefined) {
    const overlay: DefaultValue[] = [];
    for (const [path, value] of Object.entries(type.overlay.defaults ?? {})) {
      const attribute = type.resolve(path);
      if (attribute !== undefined) overlay.push({ attribute, root: rootOf(attribute), value });
    }
    const data: DefaultValue[] = [];
    for (const attribute of type.attributes) {
      const value = attribute.definition.idcsDefaultValue;
      if (value !== undefined && isWritable(attribute)) data.push({ attribute, root: attribute, value });
    }
    known = { overlay, data };
    defaults.set(type, known);
  }
  return known;
}

function fillPath(accepted: Accepted, attribute: Attribute, value: JsonValue): void {
  if (attribute.parent === null) {
    if (hasValue(accepted, attribute)) return;
    const filled = copyOf(value);
    fillDefaults(attribute, filled);
    keep(accepted, attribute, filled);
    return;
  }
  for (const holder of holdersOf(accepted, attribute.parent)) {
    if (!Object.hasOwn(holder, attribute.name)) holder[attribute.name] = copyOf(value);
  }
}

/** The objects that hold a complex attribute's parts: made when missing, but never as elements of a list. */
function holdersOf(accepted: Accepted, attribute: Attribute): JsonObject[] {
  if (attribute.parent === null) {
    const present = readValue(accepted.data, attribute);
    if (present !== undefined) return asObjects(present);
    if (attribute.multiValued) return [];
    const made: JsonObject = {};
    writeValue(accepted.data, attribute, made);
    return [made];
  }
  return holdersOf(accepted, attribute.parent).flatMap((holder) => {
    const present = holder[attribute.name];
    if (present !== undefined) return asObjects(present);
    if (attribute.multiValued) return [];
    const made: JsonObject = {};
    holder[attribute.name] = made;
    return [made];
  });
}

function hasTransientParts(attribute: Attribute): boolean {
  return attribute.subAttributes.some((sub) => sub.storage === 'transient' || hasTransientParts(sub));
}

function withoutTransient(attribute: Attribute, value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((element) => withoutTransient(attribute, element));
  if (!isObject(value)) return value;
  const kept: JsonObject = {};
  for (const name of Object.keys(value)) {
    const sub = attribute.sub(name);
    if (sub !== undefined && sub.storage !== 'transient') kept[name] = withoutTransient(sub, value[name] as JsonValue);
  }
  return kept;
}

function asObjects(value: JsonValue): JsonObject[] {
  return (Array.isArray(value) ? value : [value]).filter(isObject);
}
