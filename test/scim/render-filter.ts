import type { Filter } from '../../src/scim/filter-ast.ts';

/** A bound filter as text, fully bracketed, so that a test can say what it means in one line. */
export function renderFilter(filter: Filter): string {
  switch (filter.op) {
    case 'and':
    case 'or':
      return `(${filter.filters.map(renderFilter).join(` ${filter.op} `)})`;
    case 'not':
      return `not(${renderFilter(filter.filter)})`;
    case 'pr':
      return `${filter.attribute.path} pr`;
    case 'valuePath':
      return `${filter.attribute.path}[${renderFilter(filter.filter)}]`;
    default:
      return `${filter.attribute.path} ${filter.op} ${JSON.stringify(filter.value)}`;
  }
}
