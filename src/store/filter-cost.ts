import type { Filter } from '../scim/filter-ast.ts';
import type { ResourceType } from '../scim/schema.ts';
import { isContainable } from './containment.ts';
import { viewOf } from './edge-filter.ts';
import { columnOf } from './row-filter.ts';
import { isUnique } from './row-plan.ts';
import { hasTrigram } from './text-comparison.ts';

/** How many rows a filter can match at most, by unique attributes; Infinity when it names none. */
export function rowsAtMost(filter: Filter): number {
  switch (filter.op) {
    case 'eq':
      return filter.value !== null && isUnique(filter.attribute) ? 1 : Number.POSITIVE_INFINITY;
    case 'and':
      return Math.min(...filter.filters.map(rowsAtMost));
    case 'or':
      return filter.filters.reduce((sum, part) => sum + rowsAtMost(part), 0);
    default:
      return Number.POSITIVE_INFINITY;
  }
}

/**
 * The kind of index that finds a filter's rows: `inverted` (GIN over the search copy or trigrams), `ordered` (a B-tree that
 * starts with domain and type, or edges), null for none.
 */
export function indexFor(filter: Filter, type: ResourceType): 'inverted' | 'ordered' | null {
  switch (filter.op) {
    case 'and': {
      const kinds = filter.filters.map((part) => indexFor(part, type));
      return kinds.includes('ordered') ? 'ordered' : kinds.includes('inverted') ? 'inverted' : null;
    }
    case 'or':
      return filter.filters.every((part) => indexFor(part, type) === 'inverted') ? 'inverted' : null;
    case 'valuePath':
      if (viewOf(filter.attribute, type) !== null) return 'ordered';
      return conjunctsOf(filter.filter).some((part) => isContainable(part) && typeof part.value !== 'boolean')
        ? 'inverted'
        : null;
    case 'not':
    case 'pr':
    case 'ne':
      return null;
    default:
      return filter.value === null ? null : indexForComparison(filter, type);
  }
}

/** The parts that must all hold. */
export function conjunctsOf(filter: Filter): readonly Filter[] {
  return filter.op === 'and' ? filter.filters.flatMap(conjunctsOf) : [filter];
}

type Comparing = Extract<Filter, { op: string; value: unknown }>;

function indexForComparison(filter: Comparing, type: ResourceType): 'inverted' | 'ordered' | null {
  const { op, attribute, value } = filter;
  if ((viewOf(attribute, type) ?? (attribute.parent && viewOf(attribute.parent, type))) !== null) {
    return op === 'eq' ? 'ordered' : null;
  }
  const column = columnOf(attribute, type);
  if (column === null) return op === 'eq' && typeof value !== 'boolean' ? 'inverted' : null;
  if (column.kind === 'boolean' || column.kind === 'meta' || column.kind === 'type') return null;
  if (op === 'eq' || op === 'sw') return 'ordered';
  const trigrams = column.sql === 'r.name_lc' || column.sql === 'r.display_lc';
  return trigrams && (op === 'co' || op === 'ew') && hasTrigram(String(value)) ? 'inverted' : null;
}
