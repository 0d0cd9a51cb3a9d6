import { isOcid } from '../ids.ts';
import { badRequest } from '../scim/errors.ts';
import type { Filter } from '../scim/filter-ast.ts';
import type { Attribute, ResourceType } from '../scim/schema.ts';
import { containment, type Equality, isContainable, placeOf } from './containment.ts';
import { edgeCondition, viewOf } from './edge-filter.ts';
import { isReference } from './element.ts';
import { conjunctsOf } from './filter-cost.ts';
import { filterPath } from './json-path.ts';
import { columnCondition, columnOf, idOfOcid } from './row-filter.ts';
import { searchKey } from './search-document.ts';
import type { SqlParameters } from './sql-parameters.ts';

/** What a filter is translated for. The first two parameters of the statement are the domain and the type. */
export interface FilterTarget {
  readonly domainId: number;
  readonly type: ResourceType;
  readonly parameters: SqlParameters;
}

/**
 * Translates a filter into one SQL condition over `resource r`. Everything that a client sent is bound.
 *
 * A condition that is null counts as false: `AND` and `OR` keep that, and `not` is written as IS NOT TRUE.
 *
 * @throws ScimError 400 for what cannot be translated: it is never searched for in memory
 */
export function filterToSql(filter: Filter, target: FilterTarget): string {
  switch (filter.op) {
    case 'and':
      return `(${filter.filters.map((part) => filterToSql(part, target)).join(' AND ')})`;
    case 'or':
      return `(${filter.filters.map((part) => filterToSql(part, target)).join(' OR ')})`;
    case 'not':
      return `(${filterToSql(filter.filter, target)}) IS NOT TRUE`;
    case 'valuePath':
      return valuePath(filter, target);
    case 'pr':
      return leaf(filter, target);
    default:
      if (filter.value === null) {
        const present = leaf({ op: 'pr', attribute: filter.attribute }, target);
        return filter.op === 'ne' ? present : `(${present}) IS NOT TRUE`;
      }
      if (filter.op === 'ne') return `(${leaf({ ...filter, op: 'eq' }, target)}) IS NOT TRUE`;
      return leaf(filter, target);
  }
}

type ValuePath = Extract<Filter, { op: 'valuePath' }>;
type Leaf = Exclude<Filter, { op: 'and' | 'or' | 'not' | 'valuePath' }>;

function valuePath(filter: ValuePath, target: FilterTarget): string {
  const view = viewOf(filter.attribute, target.type);
  if (view !== null) return edgeCondition(view, filter.filter, target.parameters);
  requireStored(filter.attribute);
  const exact = conjunctsOf(filter.filter).filter((part) => isContainable(part));
  if (exact.length === conjunctsOf(filter.filter).length && !repeats(exact)) {
    return contains(exact, filter.attribute, target);
  }
  const whole = pathCondition(filter, target);
  // The index finds the elements that have the exact parts; the path then checks the rest on the same element.
  if (exact.length === 0) return whole;
  return `(${contains(exact.slice(0, 1), filter.attribute, target)} AND ${whole})`;
}

const ORDERED: ReadonlySet<string> = new Set(['gt', 'ge', 'lt', 'le']);

function leaf(filter: Leaf, target: FilterTarget): string {
  const { attribute } = filter;
  const view =
    viewOf(attribute, target.type) ?? (attribute.parent === null ? null : viewOf(attribute.parent, target.type));
  if (view !== null) return edgeCondition(view, filter, target.parameters);
  const column = columnOf(attribute, target.type);
  // Lower-cased texts have another order than the exact ones: there the column tells nothing.
  if (column !== null && !(column.inexact && ORDERED.has(filter.op))) {
    const condition = columnCondition(column, filter, target.parameters);
    // The column is lower-cased: an exact attribute is looked up there and then checked as written.
    return column.inexact ? `(${condition} AND ${pathCondition(filter, target)})` : condition;
  }
  requireStored(attribute);
  return isContainable(filter) ? contains([filter], null, target) : pathCondition(filter, target);
}

/** `r.search @> document`; an OCID in place of an id is looked up by the statement itself. */
function contains(filters: readonly Equality[], within: Attribute | null, target: FilterTarget): string {
  const key = searchKey(target.domainId, target.type.name);
  let document = `${target.parameters.add(JSON.stringify({ [key]: containment(filters, within) }))}::jsonb`;
  for (const { attribute, value } of filters) {
    if (typeof value !== 'string' || !isReference(attribute) || !isOcid(value)) continue;
    const path = target.parameters.add([key, ...placeOf(attribute)]);
    document = `jsonb_set(${document}, ${path}::text[], to_jsonb(${idOfOcid(value, target.parameters)}))`;
  }
  return `r.search @> ${document}`;
}

function pathCondition(filter: Filter, target: FilterTarget): string {
  const { path, ocids } = filterPath(filter, searchKey(target.domainId, target.type.name));
  const bound = `${target.parameters.add(path)}::jsonpath`;
  if (ocids.length === 0) return `jsonb_path_exists(r.search, ${bound})`;
  const ids = ocids.map((ocid, index) => `'id${index}', ${idOfOcid(ocid, target.parameters)}`);
  return `jsonb_path_exists(r.search, ${bound}, jsonb_build_object(${ids.join(', ')}))`;
}

function requireStored(attribute: Attribute): void {
  if (attribute.storage === 'data' && attribute.searchable) return;
  throw badRequest(`The filter names ${attribute.path}, which cannot be searched.`);
}

/** `[type eq "a" and type eq "b"]`: one containment document cannot say that. */
function repeats(filters: readonly Filter[]): boolean {
  const paths = filters.map((filter) => ('attribute' in filter ? filter.attribute.path : ''));
  return new Set(paths).size < paths.length;
}
