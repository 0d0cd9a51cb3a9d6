import type { Filter } from '../scim/filter-ast.ts';
import type { Behaviour } from './behaviour.ts';

/** AuditEvent: read only; src/audit writes them. */
export const auditEventBehaviour: Behaviour = {
  type: 'AuditEvent',
  // IDCS: schemas.md: `attributes=count(*)` answers one row with the number.
  countsRows: true,
  askedFilter: withoutMark,
};

/**
 * IDCS: flows.md A2 prints the filter `ecId eq "<ECID>^"`, while recorded events hold the ECID alone (shapes.md §13): it is found
 * both ways.
 */
function withoutMark(filter: Filter): Filter {
  switch (filter.op) {
    case 'and':
    case 'or':
      return { ...filter, filters: filter.filters.map(withoutMark) };
    case 'not':
      return { ...filter, filter: withoutMark(filter.filter) };
    case 'eq':
    case 'ne':
    case 'sw': {
      const { attribute, value } = filter;
      if (attribute.path !== 'ecId' || typeof value !== 'string' || !value.endsWith('^')) return filter;
      return { ...filter, value: value.slice(0, -1) };
    }
    default:
      return filter;
  }
}
