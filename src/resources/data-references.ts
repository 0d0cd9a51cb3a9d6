import { newId } from '../ids.ts';
import { resourceType, resourceTypeNames } from '../schemas/registry.ts';
import { badRequest, type ScimError } from '../scim/errors.ts';
import type { Filter } from '../scim/filter-ast.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import { copyOf, readValue, writeValue } from '../scim/resource-data.ts';
import type { Attribute, ResourceType } from '../scim/schema.ts';
import type { ResourceWrite, StoredResource, StoreSession } from '../store/store.ts';
import { followMembershipRules, hasMembershipRules } from './membership.ts';
import { authorOf } from './pipeline/author.ts';
import type { RequestContext } from './request-context.ts';

/*
 * References that other resources keep in their data: a user's `manager`, a group's `owners`, the `groups` of a password
 * policy. Those that make a resource what it is (a Grant's grantee, an AppRole's app) can't be taken out of it: they are
 * handled where it is deleted with its target.
 */

/** Resources named in a refusal. */
export const MOST_NAMED = 10;
const BATCH = 500;

/** As much of a resource as a refusal says. */
type Named = Pick<StoredResource, 'id' | 'type' | 'data'>;

/** One type's attributes that may name a resource of another type. */
interface Holder {
  readonly type: ResourceType;
  readonly attributes: readonly Attribute[];
}

const holders = new Map<string, readonly Holder[]>();

function holdersOf(target: string): readonly Holder[] {
  let known = holders.get(target);
  if (known === undefined) {
    known = resourceTypeNames()
      .map(resourceType)
      .filter((type) => type.storedAs === type.name)
      .map((type) => ({ type, attributes: type.attributes.filter((attribute) => refersTo(type, attribute, target)) }))
      .filter(({ attributes }) => attributes.length > 0);
    holders.set(target, known);
  }
  return known;
}

const parts = new Map<string, readonly Holder[]>();

/** The types whose rows are parts of a resource of this type. */
function partsOf(target: string): readonly Holder[] {
  let known = parts.get(target);
  if (known === undefined) {
    known = resourceTypeNames()
      .map(resourceType)
      .map((type) => ({ type, attributes: type.attributes.filter((attribute) => isPartOf(type, attribute, target)) }))
      .filter(({ attributes }) => attributes.length > 0);
    parts.set(target, known);
  }
  return known;
}

function isPartOf(type: ResourceType, attribute: Attribute, target: string): boolean {
  return type.overlay.partOf?.includes(attribute.path) === true && namesType(attribute, target);
}

function refersTo(type: ResourceType, attribute: Attribute, target: string): boolean {
  if (type.overlay.partOf?.includes(attribute.path)) return false;
  if (attribute.storage !== 'data' || attribute.mutability !== 'readWrite') return false;
  return attribute.sub('value')?.searchable === true && namesType(attribute, target);
}

function namesType(attribute: Attribute, target: string): boolean {
  return attribute.sub('$ref')?.definition.referenceTypes?.includes(target) === true;
}

/**
 * Before a resource goes: without `force` nothing may refer to it; with it, the references are taken out of the resources
 * that have them. Its parts go with it in both cases.
 *
 * @throws ScimError 400 naming what refers to it
 */
export async function releaseDataReferences(
  context: RequestContext,
  session: StoreSession,
  resource: Named,
  force: boolean,
): Promise<void> {
  let changed = false;
  for (const holder of holdersOf(resource.type)) {
    if (!force) await refuse(context, session, holder, resource);
    else if (await takeOut(context, session, holder, resource.id)) changed = true;
  }
  await removeParts(context, session, resource);
  // Processes keep clients and password policies for an epoch. The epoch moves last, when all rows are held.
  if (changed) await session.domains.bumpEpoch(context.domain.id);
}

/**
 * IDCS: errors.tsv (Terraform provider, issue 2050) has the words for a user in groups; the same form is used for the others.
 *
 * @param names what refers to the resource; more than ten are cut
 */
export function referenced(resource: Named, holder: string, names: readonly string[]): ScimError {
  const list = names.slice(0, MOST_NAMED).map((each) => `${holder} ${each}`);
  const more = names.length > MOST_NAMED ? '...' : '';
  return badRequest(
    `unable to delete ${resource.type} '${nameOf(resource)}' since it is currently referenced by ${list.join(',')}${more}`,
    'error.common.validation.referencedResource',
  );
}

async function refuse(context: RequestContext, session: StoreSession, holder: Holder, resource: Named): Promise<void> {
  // One more than is named, and the resource itself.
  const rows = await referring(context, session, holder, resource.id, MOST_NAMED + 2);
  if (rows.length > 0) throw referenced(resource, holder.type.name, rows.map(nameOf));
}

/** Parts may have parts of their own. One statement finds those of all types. */
async function removeParts(
  context: RequestContext,
  session: StoreSession,
  whole: Pick<StoredResource, 'id' | 'type'>,
): Promise<void> {
  const where = partsOf(whole.type).flatMap(({ type, attributes }) =>
    attributes.map((each) => ({ type, attribute: each.sub('value')! })),
  );
  for (;;) {
    const rows = await session.resources.having(context.domain.id, where, whole.id, BATCH);
    for (const { type, id } of rows) {
      await releaseDataReferences(context, session, { type, id, data: {} }, true);
      await session.resources.delete(context.domain.id, type, id, null);
    }
    if (rows.length < BATCH) return;
  }
}

/** @returns whether there was anything to take out */
async function takeOut(context: RequestContext, session: StoreSession, holder: Holder, id: string): Promise<boolean> {
  const ruled = holder.type.name === 'User' && (await hasMembershipRules(context, session));
  for (let changed = false; ; changed = true) {
    const rows = await referring(context, session, holder, id, BATCH);
    if (rows.length === 0) return changed;
    for (const row of rows) {
      const write: ResourceWrite = {
        type: holder.type,
        id: row.id,
        ocid: row.ocid,
        version: newId(context.ids),
        lastModified: context.clock.now(),
        data: { ...without(holder, row.data, id), idcsLastModifiedBy: authorOf(context) },
      };
      // One that was changed meanwhile is found again, as it is now.
      const written = await session.resources.update(context.domain.id, write, row.version);
      if (written && ruled) await followMembershipRules(context, session, row.id);
    }
  }
}

async function referring(
  context: RequestContext,
  session: StoreSession,
  { type, attributes }: Holder,
  id: string,
  limit: number,
): Promise<readonly StoredResource[]> {
  const filters = attributes.map((each): Filter => ({ op: 'eq', attribute: each.sub('value')!, value: id }));
  const filter: Filter = filters.length === 1 ? filters[0]! : { op: 'or', filters };
  const query = { type, filter, sortBy: null, descending: false, offset: 0, limit };
  const { resources } = await session.resources.search(context.domain.id, query);
  return resources.filter((row) => row.id !== id);
}

function without({ attributes }: Holder, data: JsonObject, id: string): JsonObject {
  const left = copyOf(data);
  const names = (element: JsonValue) => isObject(element) && element['value'] === id;
  for (const attribute of attributes) {
    const value = readValue(left, attribute);
    if (value === undefined) continue;
    const kept = Array.isArray(value) ? value.filter((element) => !names(element)) : value;
    const isEmpty = Array.isArray(kept) ? kept.length === 0 : names(kept);
    writeValue(left, attribute, isEmpty ? undefined : kept);
  }
  return left;
}

function nameOf({ id, data }: Named): string {
  return String(data['userName'] ?? data['displayName'] ?? data['name'] ?? id);
}
