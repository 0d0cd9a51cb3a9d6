import { badRequest } from '../scim/errors.ts';
import type { Filter } from '../scim/filter-ast.ts';
import type { Attribute, EdgeView, ResourceType } from '../scim/schema.ts';
import type { Condition } from './json-path.ts';
import { valuePredicate } from './json-path.ts';
import { idIs } from './row-filter.ts';
import type { SqlParameters } from './sql-parameters.ts';
import { compareNumber, compareText } from './text-comparison.ts';

/** How the values of an attribute are found in the edge table. */
export interface FilterView extends EdgeView {
  /** Edges of this kind hand the relation on: a group's roles to its members. */
  readonly via?: string;
}

/** The edges that a filter on this attribute looks at; null: it has none. */
export function viewOf(attribute: Attribute, type: ResourceType): FilterView | null {
  if (attribute.edge !== null) return attribute.edge;
  const views = type.overlay.filterEdges;
  return views !== undefined && Object.hasOwn(views, attribute.path) ? views[attribute.path]! : null;
}

/**
 * SQL for "some edge of the resource satisfies the filter": about sub-attributes of an edge attribute, or its presence.
 * Not correlated, so that the planner may start from the edges (`members[value eq "x"]`) as well as from the resources.
 */
export function edgeCondition(view: FilterView, filter: Filter, parameters: SqlParameters): string {
  const direct = new EdgeElement(view, 'direct', parameters);
  const condition = direct.condition(filter);
  const self = view.end === 'source' ? 'source_id' : 'target_id';
  const found = `r.id IN (SELECT e.${self} FROM ${direct.tables()} AND e.kind = ${parameters.add(view.kind)} AND ${condition})`;
  if (view.via === undefined) return found;
  const handedOn = new EdgeElement(view, 'indirect', parameters);
  const inner = handedOn.condition(filter);
  const via = `JOIN edge m ON m.domain_id = $1 AND m.source_id = e.target_id AND m.kind = ${parameters.add(view.via)}`;
  return `(${found} OR r.id IN (SELECT m.target_id FROM ${handedOn.tables(via)} AND e.kind = ${parameters.add(view.kind)} AND ${inner}))`;
}

/** One edge `e` as an element of the attribute, with the resource `o` at its other end where that is asked for. */
class EdgeElement {
  private readonly view: FilterView;
  private readonly relation: string;
  private readonly parameters: SqlParameters;
  private asksOther = false;

  constructor(view: FilterView, relation: 'direct' | 'indirect', parameters: SqlParameters) {
    this.view = view;
    this.relation = relation;
    this.parameters = parameters;
  }

  /** FROM and the start of WHERE; called after `condition`. */
  tables(join = ''): string {
    const end = this.view.end === 'source' ? 'o.id = e.target_id AND o.type = e.target_type' : 'o.id = e.source_id';
    const other = this.asksOther ? `JOIN resource o ON o.domain_id = $1 AND ${end}` : '';
    return `edge e ${other} ${join} WHERE e.domain_id = $1`;
  }

  condition(filter: Filter): string {
    switch (filter.op) {
      case 'and':
      case 'or':
        return `(${filter.filters.map((part) => this.condition(part)).join(filter.op === 'and' ? ' AND ' : ' OR ')})`;
      case 'not':
        return `(${this.condition(filter.filter)}) IS NOT TRUE`;
      case 'valuePath':
        throw badRequest(`The filter puts brackets after ${filter.attribute.path} inside brackets.`);
      case 'pr':
        return this.present(filter.attribute);
      default:
        if (filter.value === null) {
          const present = this.present(filter.attribute);
          return filter.op === 'ne' ? present : `(${present}) IS NOT TRUE`;
        }
        if (filter.op === 'ne') return `(${this.compare({ ...filter, op: 'eq' })}) IS NOT TRUE`;
        return this.compare(filter);
    }
  }

  private present(attribute: Attribute): string {
    switch (attribute.name) {
      case 'ocid':
        return `${this.other('ocid')} IS NOT NULL`;
      case 'display':
        return `${this.display()} <> ''`;
      case 'value':
      case 'type':
      case 'dateAdded':
        return 'TRUE';
      default:
        // The attribute itself: there is an edge.
        return attribute.parent === null ? 'TRUE' : this.ofOther({ op: 'pr', attribute });
    }
  }

  private compare(filter: Extract<Condition, { value: unknown }>): string {
    const { op, attribute, value } = filter;
    if (op === 'ne' || value === null) throw new Error('ne and null are resolved by condition()');
    const text = attribute.caseExact ? String(value) : String(value).toLowerCase();
    switch (attribute.name) {
      case 'value': {
        const id = this.view.end === 'source' ? 'e.target_id' : 'e.source_id';
        if (op === 'eq') return idIs(id, String(value), attribute.caseExact, this.parameters);
        return compareText(attribute.caseExact ? id : `lower(${id})`, op, text, this.parameters);
      }
      case 'type':
        return compareText(this.type(attribute), op, text, this.parameters);
      case 'ocid':
        return compareText(this.other('ocid'), op, String(value), this.parameters);
      case 'display':
        return compareText(this.display(), op, String(value).toLowerCase(), this.parameters);
      case 'dateAdded':
        if (op === 'co' || op === 'sw' || op === 'ew') break;
        return compareNumber('e.created_at', op, Number(value), this.parameters);
      default:
        return this.ofOther(filter);
    }
    throw badRequest(`The filter compares ${attribute.path} with ${op}: not possible for a value of its type.`);
  }

  // IDCS: seen from a group, `type` is the type of the member; seen from a user, how the membership came about (shapes.md §2).
  private type(attribute: Attribute): string {
    if (this.view.end === 'target') {
      const { indirect } = this.view;
      if (indirect === undefined) return `${this.parameters.add(this.relation)}::text`;
      const found = `${this.other('data')} #>> ${this.parameters.add(indirect.at)}::text[]`;
      return `CASE WHEN ${found} = ${this.parameters.add(indirect.is)} THEN 'indirect' ELSE 'direct' END`;
    }
    return attribute.caseExact ? 'e.target_type' : 'lower(e.target_type)';
  }

  private display(): string {
    return `COALESCE(${this.other('display_lc')}, ${this.other('name_lc')})`;
  }

  private other(column: string): string {
    this.asksOther = true;
    return `o.${column}`;
  }

  /** A sub-attribute that is an attribute of the resource at the other end. */
  private ofOther(filter: Condition): string {
    const names = OTHER_NAMES.get(filter.attribute.name);
    if (names === undefined) throw badRequest(`The filter names ${filter.attribute.path}, which cannot be searched.`);
    const path = `$.*${names.map((name) => `.${JSON.stringify(name)}`).join('')}`;
    const ocids: string[] = [];
    const predicate = `$ ? (${valuePredicate(path, filter, ocids)})`;
    return `jsonb_path_exists(${this.other('search')}, ${this.parameters.add(predicate)}::jsonpath)`;
  }
}

/** Sub-attributes that are the other resource's own. IDCS: a role's appId is its app.value (schemas.json, User appRoles). */
const OTHER_NAMES: ReadonlyMap<string, readonly string[]> = new Map([
  ['appId', ['app', 'value']],
  ['adminRole', ['adminRole']],
  ['legacyGroupName', ['legacyGroupName']],
]);
