import type { Filter } from '../../scim/filter-ast.ts';
import type { JsonObject } from '../../scim/json.ts';
import { copyOf, readValue, rootOf, writeValue } from '../../scim/resource-data.ts';
import type { Attribute, ResourceType } from '../../scim/schema.ts';
import { rowType } from './row-type.ts';

/*
 * A face (ResourceTypeOverlay.faceOf) shows rows of another type under other names. Bodies, paths and answers are those of the face;
 * what is stored, and what behaviours see, are rows of the other type. For all other types these functions change nothing.
 */

/** Data of a row as its face names it. The result shares values with the row. */
export function toFace(type: ResourceType, row: JsonObject): JsonObject {
  if (type.overlay.faceOf === undefined) return row;
  const face: JsonObject = {};
  for (const attribute of type.attributes) {
    const behind = behindFace(type, attribute);
    const value = behind === undefined || attribute.storage !== 'data' ? undefined : readValue(row, behind);
    if (value !== undefined) writeValue(face, attribute, value);
  }
  return face;
}

/**
 * Data of a row from what a request made of its face. What the face doesn't show stays.
 * @param before the row's data as stored; null on create
 */
export function toRow(type: ResourceType, face: JsonObject, before: JsonObject | null): JsonObject {
  const { faceOf } = type.overlay;
  if (faceOf === undefined) return face;
  const row = copyOf(before ?? {});
  for (const attribute of type.attributes) {
    if (attribute.storage !== 'data' || attribute.mutability === 'readOnly') continue;
    const behind = behindFace(type, attribute);
    if (behind !== undefined) writeValue(row, behind, readValue(face, attribute));
  }
  return Object.assign(row, faceOf.only);
}

/** A filter on a face as one on the rows, which finds only those that the face shows. */
export function filterRows(type: ResourceType, filter: Filter | null): Filter | null {
  const { faceOf } = type.overlay;
  if (faceOf === undefined) return filter;
  const shown = Object.entries(faceOf.only).map(
    ([path, value]): Filter => ({ op: 'eq', attribute: rowType(type).resolve(path)!, value }),
  );
  return { op: 'and', filters: filter === null ? shown : [...shown, renamed(type, filter)] };
}

/** An attribute of a face as the rows have it, for sorting. */
export function rowAttribute(type: ResourceType, attribute: Attribute | null): Attribute | null {
  if (attribute === null || type.overlay.faceOf === undefined) return attribute;
  return behindFace(type, attribute) ?? attribute;
}

/** Whether a face shows a row. */
export function isShown({ overlay }: ResourceType, row: { readonly data: JsonObject }): boolean {
  return Object.entries(overlay.faceOf?.only ?? {}).every(([path, value]) => row.data[path] === value);
}

function renamed(type: ResourceType, filter: Filter): Filter {
  if ('filters' in filter) return { ...filter, filters: filter.filters.map((each) => renamed(type, each)) };
  if (filter.op === 'not') return { ...filter, filter: renamed(type, filter.filter) };
  const attribute = rowAttribute(type, filter.attribute)!;
  if (filter.op === 'valuePath') return { ...filter, attribute, filter: renamed(type, filter.filter) };
  return { ...filter, attribute };
}

function behindFace(type: ResourceType, attribute: Attribute): Attribute | undefined {
  const { path } = rootOf(attribute);
  const named = type.overlay.faceOf?.paths[path] ?? path;
  return rowType(type).resolve(named + attribute.path.slice(path.length));
}
