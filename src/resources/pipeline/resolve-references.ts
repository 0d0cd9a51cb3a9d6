import { resourceType, resourceTypeNames } from '../../schemas/registry.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { ResourceType } from '../../scim/schema.ts';
import type { ReferenceKey, ResolvedReference } from '../../store/store.ts';
import type { EdgeChange } from '../behaviour.ts';
import { behaviourOf } from '../registry.ts';
import type { RequestContext } from '../request-context.ts';
import { danglingReference } from './dangling-reference.ts';
import { type EdgeRequest, edgeChanges, edgeKeys } from './edge-requests.ts';
import { eachReference, type ReferenceSite, referenceSites, targetTypeOf } from './reference-sites.ts';

/** What references were found, by `type:key`. */
export type ResolvedReferences = ReadonlyMap<string, ResolvedReference>;

let rowTypes: ReadonlySet<string> | undefined;

/** Whether a type is built and its resources are rows: constants are checked by who refers to them. */
function hasRows(name: string): boolean {
  rowTypes ??= new Set(resourceTypeNames().filter((type) => behaviourOf(type)?.constants === undefined));
  return rowTypes.has(name);
}

/** The type that a type's rows have: a Device is one of the user's MyDevices. */
function rowsOf(name: string): string {
  return resourceType(name).storedAs;
}

interface Pending {
  readonly site: ReferenceSite;
  readonly element: JsonObject;
  readonly key: string;
  readonly types: readonly string[];
}

/**
 * Checks every reference that a request writes, in one statement: an OCID becomes the id, `ocid` and `display` are taken
 * from the target. References that stand in the stored data already are left as they are, so that a GET-change-PUT still
 * works when a target was deleted meanwhile. Types that this build does not have yet, and constants, are accepted as written.
 *
 * @param data changed in place
 * @param before the stored data; null on create
 * @param ownerId the resource's id, for edges chosen by a filter
 * @returns the changes of edges, their targets known to exist
 * @throws ScimError 400 `invalidReferenceResource`
 */
export async function resolveReferences(
  context: RequestContext,
  type: ResourceType,
  data: JsonObject,
  before: JsonObject | null,
  edges: readonly EdgeRequest[],
  ownerId: string,
): Promise<EdgeChange[]> {
  const pending = pendingReferences(type, data, before);
  const keys: ReferenceKey[] = edgeKeys(type, edges);
  for (const { types, key } of pending) for (const target of types) keys.push({ type: rowsOf(target), key });
  const found: ResolvedReferences =
    keys.length === 0 ? new Map() : await context.store.resources.resolve(context.domain.id, keys);
  for (const reference of pending) settle(type, reference, found);
  return edgeChanges(context, type, ownerId, edges, found);
}

function pendingReferences(type: ResourceType, data: JsonObject, before: JsonObject | null): Pending[] {
  const sites = referenceSites(type);
  const pending: Pending[] = [];
  let stored: ReadonlyMap<string, JsonObject> | null = null;
  eachReference(sites, data, (site, element) => {
    if (site.attribute.mutability === 'readOnly') return;
    const key = keyOf(element);
    if (key === null) return;
    if (before !== null) {
      stored ??= storedReferences(type, before);
      const known = stored.get(storedKey(site, element, key));
      if (known !== undefined) {
        copySnapshot(site, known, element);
        return;
      }
    }
    const named = targetTypeOf(site, element);
    const types = (named === null ? site.targets : [named]).filter(hasRows);
    if (types.length > 0) pending.push({ site, element, key, types });
  });
  return pending;
}

function keyOf(element: JsonObject): string | null {
  const { value, ocid } = element;
  if (typeof value === 'string' && value !== '') return value;
  return typeof ocid === 'string' && ocid !== '' ? ocid : null;
}

function storedReferences(type: ResourceType, before: JsonObject): Map<string, JsonObject> {
  const stored = new Map<string, JsonObject>();
  eachReference(referenceSites(type), before, (site, element) => {
    for (const key of [element['value'], element['ocid']]) {
      if (typeof key === 'string') stored.set(storedKey(site, element, key), element);
    }
  });
  return stored;
}

function storedKey(site: ReferenceSite, element: JsonObject, key: string): string {
  return `${site.attribute.path}\n${targetTypeOf(site, element) ?? ''}\n${key}`;
}

function copySnapshot(site: ReferenceSite, known: JsonObject, element: JsonObject): void {
  for (const name of ['value', ...(site.hasOcid ? ['ocid'] : []), ...site.displays]) {
    const value = known[name];
    if (value === undefined) delete element[name];
    else element[name] = value;
  }
}

function settle(type: ResourceType, { site, element, key, types }: Pending, found: ResolvedReferences): void {
  const target = types.map((name) => found.get(`${rowsOf(name)}:${key}`)).find((reference) => reference !== undefined);
  if (target === undefined) {
    // A site that also allows types of later builds may mean one of those.
    if (targetTypeOf(site, element) === null && types.length < site.targets.length) return;
    throw danglingReference(type, attributeName(site), types[0]!, key);
  }
  element['value'] = target.id;
  if (site.hasOcid) {
    if (target.ocid === null) delete element['ocid'];
    else element['ocid'] = target.ocid;
  }
  for (const name of site.displays) {
    if (target.display === null) delete element[name];
    else element[name] = target.display;
  }
}

function attributeName(site: ReferenceSite): string {
  const { path, extension } = site.attribute;
  return extension === null ? path : path.slice(extension.length + 1);
}
