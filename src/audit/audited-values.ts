import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { Attribute, ResourceType } from '../scim/schema.ts';
import type { StoredResource } from '../store/store.ts';

/** IDCS: shapes.md §13: what a password is shown as. */
const MASK = '*********';

/**
 * A resource as `adminValuesAdded` and `adminValuesRemoved` show it: a JSON text of the whole resource, every boolean and number
 * a text (shapes.md §13), with secrets masked. A group's members and other relations are not in it: they have events of their own.
 *
 * @param transient values of a request that the row keeps nothing of, by path (a password): they are shown masked, flags as they are
 */
export function auditedValues(
  type: ResourceType,
  { id, ocid, created, lastModified, data }: StoredResource,
  transient: ReadonlyMap<string, JsonValue> = new Map(),
): string {
  const { core, extensions } = maskOf(type);
  const shown: JsonObject = {
    schemas: [type.schema, ...type.extensions.filter((urn) => Object.hasOwn(data, urn))],
    id,
    ...(ocid === null ? {} : { ocid }),
    meta: { created: new Date(created).toISOString(), lastModified: new Date(lastModified).toISOString() },
  };
  for (const [name, value] of Object.entries(data)) {
    const extension = extensions.get(name);
    if (extension !== undefined && isObject(value)) shown[name] = members(extension, value);
    else shown[name] = shownValue(core.get(name), value);
  }
  for (const [path, value] of transient) addTransient(type, shown, path, value);
  return JSON.stringify(shown);
}

function addTransient(type: ResourceType, shown: JsonObject, path: string, value: JsonValue): void {
  const attribute = type.resolve(path);
  if (attribute === undefined || attribute.parent !== null) return;
  const masked = typeof value === 'boolean' ? String(value) : MASK;
  if (attribute.extension === null) shown[attribute.name] = masked;
  else shown[attribute.extension] = { ...objectOf(shown[attribute.extension]), [attribute.name]: masked };
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return value !== undefined && isObject(value) ? value : {};
}

type Members = ReadonlyMap<string, Attribute>;

interface Mask {
  readonly core: Members;
  readonly extensions: ReadonlyMap<string, Members>;
}

const masks = new WeakMap<ResourceType, Mask>();

/** The attributes that are masked, or have masked parts. */
function maskOf(type: ResourceType): Mask {
  let mask = masks.get(type);
  if (mask === undefined) {
    const secret = type.attributes.filter(hasSecret);
    mask = {
      core: byName(secret.filter((attribute) => attribute.extension === null)),
      extensions: new Map(
        type.extensions.map((urn) => [urn, byName(secret.filter((attribute) => attribute.extension === urn))]),
      ),
    };
    masks.set(type, mask);
  }
  return mask;
}

function byName(attributes: readonly Attribute[]): Members {
  return new Map(attributes.map((attribute) => [attribute.name, attribute]));
}

function hasSecret(attribute: Attribute): boolean {
  return isSecret(attribute) || attribute.subAttributes.some(hasSecret);
}

/** The schema marks what is hashed or encrypted, and some secrets with `none`; keys and tokens of ours are never returned. */
function isSecret({ definition, storage }: Attribute): boolean {
  return definition.idcsSensitive !== undefined || storage === 'transient';
}

const subs = new WeakMap<Attribute, Members>();

function shownValue(attribute: Attribute | undefined, value: JsonValue): JsonValue {
  if (value === null) return value;
  if (attribute !== undefined && isSecret(attribute)) return MASK;
  if (Array.isArray(value)) return value.map((one) => shownValue(attribute, one));
  if (typeof value !== 'object') return String(value);
  let parts = NOTHING;
  if (attribute !== undefined) {
    parts = subs.get(attribute) ?? byName(attribute.subAttributes.filter(hasSecret));
    subs.set(attribute, parts);
  }
  return members(parts, value);
}

const NOTHING: Members = new Map();

function members(secret: Members, value: JsonObject): JsonObject {
  const shown: JsonObject = {};
  for (const [name, one] of Object.entries(value)) shown[name] = shownValue(secret.get(name), one);
  return shown;
}
