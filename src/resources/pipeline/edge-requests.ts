import { badRequest } from '../../scim/errors.ts';
import type { Filter } from '../../scim/filter-ast.ts';
import type { JsonObject } from '../../scim/json.ts';
import { matches } from '../../scim/match.ts';
import type { Attribute, ResourceType } from '../../scim/schema.ts';
import type { EdgeRow, ReferenceKey, ResolvedReference } from '../../store/store.ts';
import type { EdgeChange, EdgeTarget } from '../behaviour.ts';
import { edgeElement } from '../edge-view.ts';
import type { RequestContext } from '../request-context.ts';
import { isPlainKeyFilter, keysOfFilter, withIds } from '../value-filter.ts';
import { danglingReference } from './dangling-reference.ts';

/** What a body says about an edge attribute (`members`), before its targets are known. */
export interface EdgeRequest {
  readonly op: 'add' | 'remove' | 'set' | 'clear';
  readonly attribute: Attribute;
  readonly values: readonly JsonObject[];
  /** Which elements, when the path had a value filter: `members[value eq "x"]`. */
  readonly filter: Filter | null;
}

/** The edges of a whole body: added on create, set by PUT. */
export function edgeRequests(
  type: ResourceType,
  edges: ReadonlyMap<string, readonly JsonObject[]>,
  op: 'add' | 'set' = 'add',
): EdgeRequest[] {
  return [...edges].map(([path, values]) => ({ op, attribute: type.resolve(path)!, values, filter: null }));
}

type Found = ReadonlyMap<string, ResolvedReference>;

/** The references that must be looked up before `edgeChanges`. */
export function edgeKeys(type: ResourceType, edges: readonly EdgeRequest[]): ReferenceKey[] {
  const keys: ReferenceKey[] = [];
  for (const { op, attribute, values, filter } of edges) {
    for (const element of values) {
      const key = elementKey(element);
      if (key !== null) keys.push({ type: targetType(type, attribute, element), key });
      else if (op !== 'remove') throw badRequest(`${type.name}.${attribute.path} needs a value or an ocid.`);
    }
    const named = filter === null ? null : keysOfFilter(filter);
    for (const key of named ?? []) for (const target of targetTypes(attribute)) keys.push({ type: target, key });
  }
  return keys;
}

/**
 * Turns requests into changes. A value filter that names its targets (`value eq`) costs no read of the members; any other
 * one is matched page by page.
 *
 * @throws ScimError 400 for a target that does not exist
 */
export async function edgeChanges(
  context: RequestContext,
  type: ResourceType,
  ownerId: string,
  edges: readonly EdgeRequest[],
  found: Found,
): Promise<EdgeChange[]> {
  const changes: EdgeChange[] = [];
  for (const edge of edges) {
    const attribute = edge.attribute.path;
    if (edge.filter !== null) {
      const targetIds = await filteredTargets(context, ownerId, edge.attribute, edge.filter, found);
      if (targetIds.length > 0) changes.push({ op: 'remove', attribute, targetIds });
      if (edge.op !== 'remove' && edge.values.length > 0) {
        changes.push({ op: 'add', attribute, targets: targetsOf(type, edge, found) });
      }
    } else if (edge.op === 'clear') {
      changes.push({ op: 'clear', attribute });
    } else if (edge.op === 'remove') {
      const targets = removedTargets(type, edge, found);
      changes.push({ op: 'remove', attribute, targetIds: targets.map(({ id }) => id), targets });
    } else {
      changes.push({ op: edge.op, attribute, targets: targetsOf(type, edge, found) });
    }
  }
  return changes;
}

function targetsOf(type: ResourceType, edge: EdgeRequest, found: Found): EdgeTarget[] {
  const targets = new Map<string, EdgeTarget>();
  for (const element of edge.values) {
    const target = targetType(type, edge.attribute, element);
    const key = elementKey(element) ?? '';
    const reference = found.get(`${target}:${key}`);
    if (reference === undefined) throw danglingReference(type, edge.attribute.path, target, key);
    targets.set(reference.id, { id: reference.id, type: target, display: reference.display });
  }
  return [...targets.values()];
}

/** To remove what is not there is no error: the wish is fulfilled. */
function removedTargets(type: ResourceType, edge: EdgeRequest, found: Found): EdgeTarget[] {
  const targets: EdgeTarget[] = [];
  for (const element of edge.values) {
    const target = targetType(type, edge.attribute, element);
    const reference = found.get(`${target}:${elementKey(element) ?? ''}`);
    if (reference !== undefined) targets.push({ id: reference.id, type: target, display: reference.display });
  }
  return targets;
}

async function filteredTargets(
  context: RequestContext,
  ownerId: string,
  attribute: Attribute,
  filter: Filter,
  found: Found,
): Promise<string[]> {
  const keys = keysOfFilter(filter);
  if (keys === null) return scannedTargets(context, ownerId, attribute, filter);
  const ids = new Map<string, string>();
  for (const key of keys) {
    for (const target of targetTypes(attribute)) {
      const reference = found.get(`${target}:${key}`);
      if (reference !== undefined) ids.set(key, reference.id);
    }
  }
  if (isPlainKeyFilter(filter)) return [...new Set(ids.values())];
  const exact = withIds(filter, ids);
  const chosen: string[] = [];
  for (const otherId of new Set(ids.values())) {
    const rows = await edgesOf(context, ownerId, attribute, { otherId });
    for (const row of rows) if (matches(exact, edgeElement(attribute, ownerId, row))) chosen.push(row.other.id);
  }
  return chosen;
}

const SCAN_PAGE = 1000;

async function scannedTargets(
  context: RequestContext,
  ownerId: string,
  attribute: Attribute,
  filter: Filter,
): Promise<string[]> {
  const chosen: string[] = [];
  for (let offset = 0; ; offset += SCAN_PAGE) {
    const rows = await edgesOf(context, ownerId, attribute, { page: { offset, limit: SCAN_PAGE } });
    for (const row of rows) if (matches(filter, edgeElement(attribute, ownerId, row))) chosen.push(row.other.id);
    if (rows.length < SCAN_PAGE) return chosen;
  }
}

async function edgesOf(
  context: RequestContext,
  ownerId: string,
  attribute: Attribute,
  part: { otherId: string } | { page: { offset: number; limit: number } },
): Promise<readonly EdgeRow[]> {
  const view = attribute.edge!;
  const query = { kind: view.kind, end: view.end, ids: [ownerId], ...part };
  return (await context.store.edges.page(context.domain.id, query)).get(ownerId) ?? [];
}

function elementKey(element: JsonObject): string | null {
  const { value, ocid } = element;
  if (typeof value === 'string' && value !== '') return value;
  return typeof ocid === 'string' && ocid !== '' ? ocid : null;
}

function targetTypes(attribute: Attribute): readonly string[] {
  return attribute.sub('$ref')?.definition.referenceTypes ?? [];
}

/** IDCS: a member without a type is a User; nothing else may be a member (rulings: a group inside a group is a 400). */
function targetType(type: ResourceType, attribute: Attribute, element: JsonObject): string {
  const allowed = targetTypes(attribute);
  const named = element['type'];
  if (typeof named !== 'string' || named === '') return allowed[0]!;
  const target = allowed.find((name) => name.toLowerCase() === named.toLowerCase());
  if (target === undefined) {
    throw badRequest(`${type.name}.${attribute.path}.type must be one of ${allowed.join(', ')}, not ${named}.`);
  }
  return target;
}
