import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { Attribute, ResourceType } from '../scim/schema.ts';

/** One value that no other resource of the type may have. */
export interface UniqueKey {
  /** Canonical path of the attribute. */
  readonly attribute: string;
  /** As compared: lower-cased unless the attribute is caseExact. */
  readonly value: string;
  /** As the resource writes it. */
  readonly written: string;
}

/** Columns beside the JSON, for equality, prefix and order at any size. */
export interface PromotedColumns {
  readonly name: string | null;
  readonly display: string | null;
  readonly externalId: string | null;
  readonly active: boolean | null;
  /** What references show, as written: displayName, else userName or name. */
  readonly label: string | null;
}

/** Indexed values end here: a B-tree entry of PostgreSQL holds some 2,700 bytes, all its columns together. */
export const MAX_INDEXED_BYTES = 2000;

interface RowPlan {
  readonly name: Attribute | undefined;
  readonly display: Attribute | undefined;
  readonly externalId: Attribute | undefined;
  readonly active: Attribute | undefined;
  readonly unique: readonly Attribute[];
}

const plans = new WeakMap<ResourceType, RowPlan>();

/** The values of a resource's promoted columns. @throws ScimError 400 when one is too long for an index */
export function promotedColumns(type: ResourceType, data: JsonObject): PromotedColumns {
  const plan = planOf(type);
  return {
    name: text(plan.name, data, true),
    display: text(plan.display, data, true),
    externalId: text(plan.externalId, data, plan.externalId?.caseExact === false),
    active: flag(plan.active, data),
    label: label(data),
  };
}

/** The unique keys that a resource holds. @throws ScimError 400 when a value is too long for an index */
export function uniqueKeys(type: ResourceType, data: JsonObject): readonly UniqueKey[] {
  const { unique } = planOf(type);
  if (unique.length === 0) return [];
  const keys = new Map<string, UniqueKey>();
  for (const attribute of unique) {
    for (const one of valuesOf(attribute, data)) {
      const written = typeof one === 'object' ? JSON.stringify(one) : String(one);
      const value = indexed(attribute, attribute.caseExact ? written : written.toLowerCase());
      // One resource may say a value twice; to others it is one key.
      if (value !== '') keys.set(`${attribute.path} ${value}`, { attribute: attribute.path, value, written });
    }
  }
  return [...keys.values()];
}

/** Whether resources of this type can hold unique keys at all. */
export function hasUniqueKeys(type: ResourceType): boolean {
  return planOf(type).unique.length > 0;
}

/** Whether at most one resource of a type has a given value of this attribute. */
export function isUnique(attribute: Attribute): boolean {
  if (attribute.storage === 'row') return attribute.path === 'id' || attribute.path === 'ocid';
  return attribute.storage === 'data' && attribute.uniqueness !== 'none';
}

/** All values of an attribute in a resource's data, lists opened. */
export function valuesOf(attribute: Attribute, data: JsonObject): JsonValue[] {
  const parents =
    attribute.parent !== null
      ? valuesOf(attribute.parent, data)
      : attribute.extension === null
        ? [data]
        : opened(data, attribute.extension);
  return parents.flatMap((parent) => (isObject(parent) ? opened(parent, attribute.name) : []));
}

function planOf(type: ResourceType): RowPlan {
  let plan = plans.get(type);
  if (plan === undefined) {
    const columns = type.overlay.columns ?? {};
    const find = (path: string | undefined) => (path === undefined ? undefined : type.resolve(path));
    plan = {
      name: find(columns.name),
      display: find(columns.display),
      externalId: find(columns.externalId),
      active: find(columns.active),
      unique: type.attributes.flatMap(uniqueIn),
    };
    plans.set(type, plan);
  }
  return plan;
}

function uniqueIn(attribute: Attribute): Attribute[] {
  const own = attribute.storage === 'data' && attribute.uniqueness !== 'none' ? [attribute] : [];
  return [...own, ...attribute.subAttributes.flatMap(uniqueIn)];
}

function text(attribute: Attribute | undefined, data: JsonObject, lower: boolean): string | null {
  if (attribute === undefined) return null;
  const value = valuesOf(attribute, data)[0];
  if (value === undefined || value === null || typeof value === 'object') return null;
  return indexed(attribute, lower ? String(value).toLowerCase() : String(value));
}

function flag(attribute: Attribute | undefined, data: JsonObject): boolean | null {
  const value = attribute === undefined ? undefined : valuesOf(attribute, data)[0];
  return typeof value === 'boolean' ? value : null;
}

function label(data: JsonObject): string | null {
  for (const name of ['displayName', 'userName', 'name']) {
    const value = Object.hasOwn(data, name) ? data[name] : undefined;
    if (typeof value === 'string') return value;
  }
  return null;
}

function indexed(attribute: Attribute, value: string): string {
  if (value.length * 3 > MAX_INDEXED_BYTES && Buffer.byteLength(value) > MAX_INDEXED_BYTES) {
    throw badRequest(
      `The value of ${attribute.path} is longer than ${MAX_INDEXED_BYTES} bytes.`,
      'error.common.validation.stringExceedsMaxLimit',
    );
  }
  return value;
}

function opened(object: JsonObject, name: string): JsonValue[] {
  if (!Object.hasOwn(object, name)) return [];
  const value = object[name]!;
  return Array.isArray(value) ? value : value === null ? [] : [value];
}
