import { isOcid } from '../ids.ts';
import { badRequest } from '../scim/errors.ts';
import type { Filter } from '../scim/filter-ast.ts';
import type { Attribute, ResourceType } from '../scim/schema.ts';
import type { SqlParameters } from './sql-parameters.ts';
import { compareNumber, compareText } from './text-comparison.ts';

/** A column of `resource r` that holds an attribute. */
export interface Column {
  readonly sql: string;
  readonly kind: 'text' | 'boolean' | 'time' | 'id' | 'type' | 'meta';
  /** The column is lower-cased although the attribute is caseExact. */
  readonly inexact: boolean;
}

const ROW_COLUMNS: ReadonlyMap<string, Column> = new Map<string, Column>([
  ['id', { sql: 'r.id', kind: 'id', inexact: false }],
  ['ocid', { sql: 'r.ocid', kind: 'text', inexact: false }],
  ['meta', { sql: 'TRUE', kind: 'meta', inexact: false }],
  ['meta.created', { sql: 'r.created_at', kind: 'time', inexact: false }],
  ['meta.lastModified', { sql: 'r.modified_at', kind: 'time', inexact: false }],
  ['meta.version', { sql: 'r.version', kind: 'text', inexact: false }],
  ['meta.resourceType', { sql: 'r.type', kind: 'type', inexact: false }],
]);

/** The column that holds an attribute; null: it is in the search copy, or nowhere. */
export function columnOf(attribute: Attribute, type: ResourceType): Column | null {
  if (attribute.storage === 'row') return ROW_COLUMNS.get(attribute.path) ?? null;
  const columns = type.overlay.columns;
  if (columns === undefined || attribute.storage !== 'data' || !attribute.searchable) return null;
  switch (attribute.path) {
    case columns.name:
      return { sql: 'r.name_lc', kind: 'text', inexact: attribute.caseExact };
    case columns.display:
      return { sql: 'r.display_lc', kind: 'text', inexact: attribute.caseExact };
    case columns.externalId:
      return { sql: 'r.external_id', kind: 'text', inexact: false };
    case columns.time:
      return { sql: 'r.time_at', kind: 'time', inexact: false };
    case columns.active:
      return { sql: 'r.active', kind: 'boolean', inexact: false };
    default:
      return null;
  }
}

/** Whether a column alone answers every filter on an attribute. */
export function hasColumn(attribute: Attribute, type: ResourceType): boolean {
  const column = columnOf(attribute, type);
  return column !== null && !column.inexact;
}

type Leaf = Extract<Filter, { op: 'pr' | 'eq' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le' | 'ne' }>;

/** SQL for a comparison with a column; `ne` and null are resolved before. */
export function columnCondition(column: Column, filter: Leaf, parameters: SqlParameters): string {
  if (filter.op === 'pr') return present(column);
  const { op, attribute } = filter;
  if (op === 'ne' || filter.value === null) throw new Error('ne and null are resolved by filterToSql');
  switch (column.kind) {
    case 'meta':
      throw badRequest('The filter compares meta: name one of its sub-attributes.');
    case 'boolean':
      if (op !== 'eq') throw badRequest(`The filter compares ${attribute.path} with ${op}: it is true or false.`);
      return `${column.sql} = ${parameters.add(filter.value)}`;
    case 'time':
      if (op === 'co' || op === 'sw' || op === 'ew') {
        throw badRequest(
          `The filter compares ${attribute.path} with ${op}: not possible for a value of type dateTime.`,
        );
      }
      return compareNumber(column.sql, op, Number(filter.value), parameters);
    case 'id':
      if (op === 'eq') return idIs(column.sql, String(filter.value), attribute.caseExact, parameters);
      return compareText(
        attribute.caseExact ? column.sql : `lower(${column.sql})`,
        op,
        attribute.caseExact ? String(filter.value) : String(filter.value).toLowerCase(),
        parameters,
      );
    default: {
      const sql = column.sql === 'r.type' && !attribute.caseExact ? 'lower(r.type)' : column.sql;
      const value = String(filter.value);
      return compareText(sql, op, column.inexact || !attribute.caseExact ? value.toLowerCase() : value, parameters);
    }
  }
}

/**
 * SQL for "the id is this", where an OCID may stand for an id (every reference answers to both). Ids are not caseExact:
 * their hex digits match in any case, and shipped constants as written.
 */
export function idIs(column: string, value: string, caseExact: boolean, parameters: SqlParameters): string {
  if (isOcid(value)) {
    if (column === 'r.id') return `r.ocid = ${parameters.add(value)}`;
    return `${column} = ${idOfOcid(value, parameters)}`;
  }
  const folded = value.toLowerCase();
  if (caseExact || folded === value) return `${column} = ${parameters.add(value)}`;
  return `${column} IN (${parameters.add(value)}, ${parameters.add(folded)})`;
}

/** SQL for the id of the resource with an OCID; null when there is none. */
export function idOfOcid(ocid: string, parameters: SqlParameters): string {
  return `(SELECT x.id FROM resource x WHERE x.domain_id = $1 AND x.ocid = ${parameters.add(ocid)} LIMIT 1)`;
}

function present(column: Column): string {
  switch (column.kind) {
    case 'text':
      return `${column.sql} <> ''`;
    case 'boolean':
      return `${column.sql} IS NOT NULL`;
    default:
      return 'TRUE';
  }
}
