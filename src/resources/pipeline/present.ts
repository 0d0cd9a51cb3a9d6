import { isObject, type JsonObject, type JsonValue } from '../../scim/json.ts';
import type { Projection } from '../../scim/projection.ts';
import { copyOf } from '../../scim/resource-data.ts';
import type { Attribute, ResourceType } from '../../scim/schema.ts';
import type { StoredResource, StoreSession } from '../../store/store.ts';
import type { Behaviour } from '../behaviour.ts';
import { loadEdgeAttribute } from '../edge-view.ts';
import type { RequestContext } from '../request-context.ts';
import { toFace } from './face.ts';
import { addAddresses } from './reference-address.ts';
import { locationOf } from './response.ts';
import { behaviourFor } from './row-type.ts';

/** What a type needs for every answer, found once. */
interface Presenter {
  readonly behaviour: Behaviour | undefined;
  /** Attributes that are read beside the row: edges and computed ones. */
  readonly beside: readonly Attribute[];
  readonly hidden: readonly Attribute[];
  readonly hasOcid: boolean;
  readonly hasDomain: boolean;
}

const presenters = new WeakMap<ResourceType, Presenter>();

function presenterOf(type: ResourceType): Presenter {
  let presenter = presenters.get(type);
  if (presenter === undefined) {
    const behaviour = behaviourFor(type);
    const computed = behaviour?.computed ?? {};
    presenter = {
      behaviour,
      beside: type.attributes.filter((attribute) => attribute.edge !== null || Object.hasOwn(computed, attribute.path)),
      hidden: (type.overlay.hidden ?? []).flatMap((path) => type.resolve(path) ?? []),
      hasOcid: type.core('ocid') !== undefined,
      hasDomain: type.core('domainOcid') !== undefined,
    };
    presenters.set(type, presenter);
  }
  return presenter;
}

/**
 * Makes the answers for rows: the row, the domain's constants, edges and computed attributes as far as the projection wants
 * them (one statement for all rows), `$ref`s, then the cut.
 *
 * The rows' data is used up: it becomes part of the answer without a copy.
 *
 * @param key the id or OCID that was asked for; null: each row's id
 */
export async function presentRows(
  context: RequestContext,
  session: StoreSession,
  type: ResourceType,
  rows: readonly StoredResource[],
  projection: Projection,
  key: string | null = null,
): Promise<JsonObject[]> {
  const presenter = presenterOf(type);
  const beside = presenter.beside.filter((attribute) => projection.wants(attribute));
  const loaded = await loadBeside(context, session, presenter, beside, rows, projection);
  return rows.map((row) => {
    const full = representationOf(context, type, presenter, row, loaded, key);
    for (const attribute of presenter.hidden) hide(full, attribute);
    return projection.apply(full);
  });
}

/** Takes an attribute, or the part of one, out of an answer. */
function hide(full: JsonObject, attribute: Attribute): void {
  const parts = (whole: JsonValue | undefined) => (Array.isArray(whole) ? whole : [whole]).filter(isHolder);
  const holders = (of: Attribute): JsonObject[] => {
    if (of.parent !== null) return holders(of.parent).flatMap((holder) => parts(holder[of.parent!.name]));
    return of.extension === null ? [full] : parts(full[of.extension]);
  };
  for (const holder of holders(attribute)) delete holder[attribute.name];
}

function isHolder(value: JsonValue | undefined): value is JsonObject {
  return value !== undefined && isObject(value);
}

/** The whole of one row, uncut: what PUT and PATCH compare a body with. `paths`: which of the attributes beside it to load. */
export async function fullRepresentation(
  context: RequestContext,
  type: ResourceType,
  row: StoredResource,
  projection: Projection,
  paths: ReadonlySet<string>,
  key: string,
): Promise<() => JsonObject> {
  const presenter = presenterOf(type);
  const beside = presenter.beside.filter((attribute) => paths.has(attribute.path));
  const loaded = await loadBeside(context, context.store, presenter, beside, [row], projection);
  return () => {
    const copy = { ...row, data: copyOf(row.data) };
    return representationOf(context, type, presenter, copy, loaded, key);
  };
}

/** The attributes of a type that are read beside the row. */
export function attributesBeside(type: ResourceType): readonly Attribute[] {
  return presenterOf(type).beside;
}

type Loaded = readonly { readonly attribute: Attribute; readonly values: ReadonlyMap<string, JsonValue> }[];

async function loadBeside(
  context: RequestContext,
  session: StoreSession,
  { behaviour }: Presenter,
  beside: readonly Attribute[],
  rows: readonly StoredResource[],
  projection: Projection,
): Promise<Loaded> {
  if (beside.length === 0 || rows.length === 0) return [];
  const loaded: { attribute: Attribute; values: ReadonlyMap<string, JsonValue> }[] = [];
  // One after the other: the session may be a transaction, which is one connection; and no request takes all of the pool.
  for (const attribute of beside) {
    const computed = behaviour?.computed?.[attribute.path];
    const values =
      computed === undefined
        ? await loadEdgeAttribute(context, session, attribute, rows, projection)
        : await computed.load(context, session, rows, projection);
    loaded.push({ attribute, values });
  }
  return loaded;
}

function representationOf(
  context: RequestContext,
  type: ResourceType,
  presenter: Presenter,
  row: StoredResource,
  loaded: Loaded,
  key: string | null,
): JsonObject {
  let full = toFace(type, row.data);
  full['id'] = row.id;
  if (presenter.hasOcid && row.ocid !== null) full['ocid'] = row.ocid;
  full['meta'] = {
    created: new Date(row.created).toISOString(),
    lastModified: new Date(row.lastModified).toISOString(),
    version: row.version,
    resourceType: type.name,
    location: locationOf(context, type, key ?? row.id),
  };
  full['schemas'] = [type.schema];
  if (presenter.hasDomain) {
    full['domainOcid'] = context.domain.ocid;
    full['compartmentOcid'] = context.domain.compartmentOcid;
    full['tenancyOcid'] = context.domain.tenancyOcid;
  }
  for (const { attribute, values } of loaded) {
    const value = values.get(row.id);
    if (value !== undefined) place(full, attribute, value);
  }
  if (presenter.behaviour?.present !== undefined) full = presenter.behaviour.present(context, row, full);
  addAddresses(type, full, context.baseUrl);
  return full;
}

function place(full: JsonObject, attribute: Attribute, value: JsonValue): void {
  if (attribute.extension === null) {
    full[attribute.name] = value;
    return;
  }
  const extension = full[attribute.extension];
  if (isObject(extension)) extension[attribute.name] = value;
  else full[attribute.extension] = { [attribute.name]: value };
}
