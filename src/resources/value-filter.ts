import type { Filter } from '../scim/filter-ast.ts';

/*
 * Value filters on references (`members[value eq "x"]`): which targets can match at all. With an answer, one row is read
 * instead of a hundred thousand.
 */

/** The ids or OCIDs that a filter limits its matches to; null when it doesn't. */
export function keysOfFilter(filter: Filter): readonly string[] | null {
  switch (filter.op) {
    case 'eq':
      return isKey(filter) && typeof filter.value === 'string' ? [filter.value] : null;
    case 'and': {
      for (const part of filter.filters) {
        const keys = keysOfFilter(part);
        if (keys !== null) return keys;
      }
      return null;
    }
    case 'or': {
      const all: string[] = [];
      for (const part of filter.filters) {
        const keys = keysOfFilter(part);
        if (keys === null) return null;
        all.push(...keys);
      }
      return all;
    }
    default:
      return null;
  }
}

/** Whether a filter says nothing but which targets: `value eq "a" or value eq "b"`. */
export function isPlainKeyFilter(filter: Filter): boolean {
  if (filter.op === 'or') return filter.filters.every(isPlainKeyFilter);
  return filter.op === 'eq' && isKey(filter);
}

/** The filter with OCIDs replaced by ids wherever it compares `value`, because elements are matched by id. */
export function withIds(filter: Filter, ids: ReadonlyMap<string, string>): Filter {
  switch (filter.op) {
    case 'and':
    case 'or':
      return { op: filter.op, filters: filter.filters.map((part) => withIds(part, ids)) };
    case 'not':
      return { op: 'not', filter: withIds(filter.filter, ids) };
    case 'eq': {
      const id =
        filter.attribute.name === 'value' && typeof filter.value === 'string' ? ids.get(filter.value) : undefined;
      return id === undefined ? filter : { ...filter, value: id };
    }
    default:
      return filter;
  }
}

function isKey(filter: { readonly attribute: { readonly name: string } }): boolean {
  return filter.attribute.name === 'value' || filter.attribute.name === 'ocid';
}
