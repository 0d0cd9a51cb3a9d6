import { isOcid } from '../ids.ts';
import { badRequest } from '../scim/errors.ts';
import type { Filter } from '../scim/filter-ast.ts';
import type { Attribute } from '../scim/schema.ts';
import { isElementOf, isReference } from './element.ts';
import { FALSE, folded, TRUE } from './search-document.ts';
import type { PositiveComparison } from './text-comparison.ts';

/*
 * SQL/JSON paths over the search copy, for what no index answers. A path is a bound parameter like any other; names come
 * from the schema, values are written as JSON strings. Lax mode: a step into an array means its elements.
 * Every comparison stands in exists(), which is true or false and never unknown, so that `!` means what SCIM's `not` means.
 */

/** A path for `jsonb_path_exists`, and the OCIDs whose ids it wants as variables `$id0`, `$id1` ... */
export interface FilterPath {
  readonly path: string;
  readonly ocids: readonly string[];
}

/** A path that yields something when the filter holds for the row. @param root the search copy's key */
export function filterPath(filter: Filter, root: string): FilterPath {
  const ocids: string[] = [];
  const path = `$ ? (${predicate(filter, { scope: null, root, ocids })})`;
  return { path, ocids };
}

/** Paths that yield the value to sort by: of several elements the primary one's, else the first one's. */
export function sortPaths(attribute: Attribute, root: string): readonly string[] {
  const list = attribute.parent;
  const plain = accessor('$', attribute, { scope: null, root });
  if (!list?.multiValued || list.sub('primary')?.type !== 'boolean') return [plain];
  const isPrimary = `exists(@."primary"${step(TRUE)})`;
  return [`${accessor('$', list, { scope: null, root })} ? (${isPrimary})${step(attribute.name)}`, plain];
}

/** Whether some value at `path` satisfies a condition of an attribute; `ne` and null mean what they mean in filters. */
export function valuePredicate(path: string, filter: Condition, ocids: string[]): string {
  const { attribute } = filter;
  if (filter.op === 'pr') return present(path, attribute);
  if (filter.value === null) return filter.op === 'ne' ? present(path, attribute) : `!(${present(path, attribute)})`;
  const op = filter.op === 'ne' ? 'eq' : filter.op;
  const found = `exists(${path} ? (${comparison(op, attribute, filter.value, ocids)}))`;
  return filter.op === 'ne' ? `!(${found})` : found;
}

/** A filter about one attribute. */
export type Condition = Exclude<Filter, { op: 'and' | 'or' | 'not' | 'valuePath' }>;

interface Place {
  /** The attribute whose element `@` is; null: the root. */
  readonly scope: Attribute | null;
  readonly root: string;
}

/** Where an attribute's values lie below `base` (`$` or `@`). */
function accessor(base: string, attribute: Attribute, place: Place): string {
  if (isElementOf(attribute, place.scope)) return base;
  const own = step(attribute.name) + (attribute.multiValued ? '[*]' : '');
  if (attribute.parent !== null && attribute.parent !== place.scope) {
    return accessor(base, attribute.parent, place) + own;
  }
  if (place.scope !== null) return base + own;
  return base + step(place.root) + (attribute.extension === null ? '' : step(attribute.extension)) + own;
}

function predicate(filter: Filter, place: Place & { readonly ocids: string[] }): string {
  const base = place.scope === null ? '$' : '@';
  switch (filter.op) {
    case 'and':
    case 'or':
      return `(${filter.filters.map((part) => predicate(part, place)).join(filter.op === 'and' ? ' && ' : ' || ')})`;
    case 'not':
      return `!(${predicate(filter.filter, place)})`;
    case 'valuePath': {
      const inner = predicate(filter.filter, { ...place, scope: filter.attribute });
      return `exists(${accessor(base, filter.attribute, place)} ? (${inner}))`;
    }
    default:
      return valuePredicate(accessor(base, filter.attribute, place), filter, place.ocids);
  }
}

function present(path: string, attribute: Attribute): string {
  if (attribute.type !== 'complex') return `exists(${path} ? (@.type() != "string" || @ != ""))`;
  // A complex value is there when anything in it is, at any depth.
  const isFlag = `exists(@${step(TRUE)}) || exists(@${step(FALSE)})`;
  return `exists(${path}.** ? ((@.type() == "string" && @ != "") || @.type() == "number" || ${isFlag}))`;
}

const ORDER = { eq: '==', gt: '>', ge: '>=', lt: '<', le: '<=' } as const;

function comparison(
  op: PositiveComparison,
  attribute: Attribute,
  value: string | number | boolean,
  ocids: string[],
): string {
  if (op === 'eq' && typeof value === 'string' && isReference(attribute) && isOcid(value)) {
    return `@ == $id${ocids.push(value) - 1}`;
  }
  if (typeof value === 'boolean') return `exists(@${step(value ? TRUE : FALSE)})`;
  const wanted = typeof value === 'string' ? folded(attribute, value) : value;
  switch (op) {
    case 'sw':
      return `@ starts with ${JSON.stringify(wanted)}`;
    case 'co':
      // An empty fragment is in every string; an empty regular expression is an error.
      return wanted === '' ? '@.type() == "string"' : `@ like_regex ${JSON.stringify(wanted)} flag "q"`;
    case 'ew':
      return `@ like_regex ${JSON.stringify(`${escapeRegex(String(wanted))}$`)}`;
    default:
      return `@ ${ORDER[op]} ${JSON.stringify(wanted)}`;
  }
}

function step(name: string): string {
  return `.${JSON.stringify(name)}`;
}

function escapeRegex(text: string): string {
  if (text.length > 1000) throw badRequest('The filter compares with ew: the value is longer than 1,000 characters.');
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
