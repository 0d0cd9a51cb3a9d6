import { createHash } from 'node:crypto';
import { ScimError } from '../scim/errors.ts';
import type { Filter } from '../scim/filter-ast.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import { matches } from '../scim/match.ts';
import type { Projection } from '../scim/projection.ts';
import type { Attribute, EdgeView } from '../scim/schema.ts';
import type { EdgePageQuery, EdgeRow, StoredResource, StoreSession } from '../store/store.ts';
import type { RequestContext } from './request-context.ts';
import { keysOfFilter, withIds } from './value-filter.ts';

/** IDCS: more members than this are refused without paging (schemas.md, docMaxReturned of Group.members). */
const MOST_ELEMENTS = 10_000;

/** Adds what only one attribute shows (a group's `externalId`) to its element. */
export type EdgeDetail = (element: JsonObject, row: EdgeRow) => void;

/**
 * Loads an edge attribute (`members`, `groups`) of many resources in one statement, with the paging and value filter that
 * the projection asks for.
 *
 * @throws ScimError 400 when a resource has more than 10,000 elements and no page was asked for
 */
export async function loadEdgeAttribute(
  context: RequestContext,
  session: StoreSession,
  attribute: Attribute,
  resources: readonly StoredResource[],
  projection: Projection,
  detail?: EdgeDetail,
): Promise<ReadonlyMap<string, JsonValue>> {
  const asked = projection.page(attribute);
  const filter = projection.valueFilter(attribute);
  const otherId = filter === null ? null : await otherEndOf(context, session, attribute, filter);
  if (otherId === undefined) return new Map();
  const view = attribute.edge!;
  const shownTypes = attribute.sub('$ref')?.definition.referenceTypes ?? [];
  const query: EdgePageQuery = {
    kind: view.kind,
    end: view.end,
    ids: resources.map((resource) => resource.id),
    page: asked ?? { offset: 0, limit: MOST_ELEMENTS + 1 },
    ...(otherId === null ? {} : { otherId: otherId.id }),
    // IDCS: Apps hold AppRoles too, but are not listed (canonical values of AppRole.members.type). A Group has Users only.
    ...(view.end === 'source' && shownTypes.length > 1 ? { targetTypes: shownTypes } : {}),
  };
  const pages = await session.edges.page(context.domain.id, query);
  const values = new Map<string, JsonValue>();
  for (const [id, rows] of pages) {
    if (asked === null && rows.length > MOST_ELEMENTS) throw new TooManyElements(attribute);
    const elements: JsonObject[] = [];
    for (const row of rows) {
      const element = edgeElement(attribute, id, row);
      detail?.(element, row);
      if (filter === null || matches(otherId === null ? filter : otherId.filter, element)) elements.push(element);
    }
    values.set(id, elements);
  }
  return values;
}

/**
 * The one other end that a value filter names, with OCIDs replaced by ids; null when it names none or several, undefined
 * when it names one that does not exist.
 */
async function otherEndOf(
  context: RequestContext,
  session: StoreSession,
  attribute: Attribute,
  filter: Filter,
): Promise<{ id: string; filter: Filter } | null | undefined> {
  const keys = keysOfFilter(filter);
  if (keys?.length !== 1) return null;
  const key = keys[0]!;
  const types = attribute.sub('$ref')?.definition.referenceTypes ?? [];
  const found = await session.resources.resolve(
    context.domain.id,
    types.map((type) => ({ type, key })),
  );
  for (const reference of found.values()) {
    return { id: reference.id, filter: withIds(filter, new Map([[key, reference.id]])) };
  }
  return undefined;
}

/**
 * One edge as an element of the attribute that shows it: the sub-attributes that the attribute has and the edge knows.
 * @param ownerId the resource that shows the attribute
 */
export function edgeElement(attribute: Attribute, ownerId: string, row: EdgeRow): JsonObject {
  const { other } = row;
  const element: JsonObject = { value: other.id };
  if (other.ocid !== null && attribute.sub('ocid') !== undefined) element['ocid'] = other.ocid;
  if (other.display !== null && attribute.sub('display') !== undefined) element['display'] = other.display;
  if (attribute.sub('type') !== undefined) {
    // Seen from its target, the type is how the membership came about; seen from its source, what the target is.
    element['type'] = attribute.edge?.end === 'target' ? relationOf(attribute.edge, other.data) : row.targetType;
  }
  if (attribute.sub('dateAdded') !== undefined) element['dateAdded'] = new Date(row.created).toISOString();
  if (attribute.sub('membershipOcid') !== undefined) {
    const source = attribute.edge?.end === 'target' ? other.id : ownerId;
    element['membershipOcid'] = membershipOcid(source, attribute.edge?.end === 'target' ? ownerId : other.id);
  }
  // IDCS: a member's `name` is the user name (schema reference).
  if (attribute.sub('name') !== undefined && other.data['userName'] !== undefined) {
    element['name'] = other.data['userName'];
  }
  return element;
}

/** How an edge came about, seen from its target. @param source data of the resource at the other end */
function relationOf({ indirect }: EdgeView, source: JsonObject): 'direct' | 'indirect' {
  if (indirect === undefined) return 'direct';
  let value: JsonValue | undefined = source;
  for (const name of indirect.at) value = isObject(value) ? value[name] : undefined;
  return value === indirect.is ? 'indirect' : 'direct';
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * The OCID of a membership. Memberships have no row of their own to keep one, so it is derived from the two ids: the same
 * membership always shows the same OCID, from the group's side and from the user's.
 */
function membershipOcid(groupId: string, memberId: string): string {
  const digest = createHash('sha256').update(`${groupId}:${memberId}`).digest();
  let text = '';
  for (let i = 0; i < 52; i++) text += BASE32[digest[i % digest.length]! & 31];
  return `ocid1.groupmembership.oc1..aaaaaaaa${text}`;
}

/** More elements than one answer shows. */
export class TooManyElements extends ScimError {
  constructor(attribute: Attribute) {
    super(
      400,
      `${attribute.path} has more than ${MOST_ELEMENTS} values; ask for a page: attributes=${attribute.path}[startIndex=1&count=1000].`,
    );
    this.name = 'TooManyElements';
  }
}
