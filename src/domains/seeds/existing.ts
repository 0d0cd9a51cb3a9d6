import type { Comparison, Filter } from '../../scim/filter-ast.ts';
import { isObject, type JsonObject, type JsonValue } from '../../scim/json.ts';
import type { Attribute, ResourceType } from '../../scim/schema.ts';
import type { ResourceRows } from '../../store/store.ts';

/** Entries that are looked up with one statement. */
const BATCH = 50;

/**
 * What makes an entry the same as a resource that exists, by type: all of the attributes of the first set that the entry
 * has. Other types are known by their name or display name.
 */
const IDENTITIES: ReadonlyMap<string, readonly (readonly string[])[]> = new Map([
  ['User', [['userName']]],
  ['ApiKey', [['user.value', 'key']]],
  ['SupportAccount', [['user.value']]],
  ['UserDbCredentials', [['user.value']]],
  ['OAuthClientCertificate', [['certificateAlias']]],
  ['OAuthPartnerCertificate', [['certificateAlias']]],
  ['CloudGateMapping', [['server.value', 'resourcePrefix']]],
  ['RadiusProxyMapping', [['radiusProxy.value', 'radiusApp.value']]],
  ['ApprovalWorkflowAssignment', [['assignedTo.value', 'assignmentType']]],
  ['AppRole', [['app.value', 'displayName']]],
  [
    'Grant',
    [
      ['grantee.value', 'app.value', 'entitlement.attributeValue'],
      ['grantee.value', 'app.value'],
    ],
  ],
]);
const BY_NAME: readonly (readonly string[])[] = [['name'], ['displayName']];

/**
 * Which of these resources exist already.
 * @param bodies references already resolved to ids
 * @returns a flag per body, in their order
 */
export async function whichExist(
  resources: Pick<ResourceRows, 'search'>,
  domainId: number,
  type: ResourceType,
  bodies: readonly JsonObject[],
): Promise<boolean[]> {
  const identities = bodies.map((body) => identityOf(type, body));
  const exist = bodies.map(() => false);
  for (let from = 0; from < bodies.length; from += BATCH) {
    const batch = identities.slice(from, from + BATCH);
    const filters = batch.flatMap((identity) => (identity ? [filterOf(identity)] : []));
    if (filters.length === 0) continue;
    const filter: Filter = filters.length === 1 ? filters[0]! : { op: 'or', filters };
    const query = { type, filter, sortBy: null, descending: false, offset: 0, limit: 1000 };
    const { resources: rows } = await resources.search(domainId, query);
    for (const [index, identity] of batch.entries()) {
      if (identity) exist[from + index] = rows.some((row) => fits(identity, { ...row.data, id: row.id }));
    }
  }
  return exist;
}

interface Part {
  readonly attribute: Attribute;
  readonly value: string;
}

/** The attributes by which a body is recognised, or null when it has no such ones: then it can only be tried. */
function identityOf(type: ResourceType, body: JsonObject): readonly Part[] | null {
  const sets = [['id'], ...(IDENTITIES.get(type.name) ?? BY_NAME)];
  for (const paths of sets) {
    const parts = paths.flatMap((path) => {
      const attribute = type.resolve(path);
      const value = valueAt(body, path.split('.'));
      return attribute?.searchable && typeof value === 'string' ? [{ attribute, value }] : [];
    });
    if (parts.length === paths.length) return parts;
  }
  return null;
}

function filterOf(identity: readonly Part[]): Filter {
  const op: Comparison = 'eq';
  const filters = identity.map(({ attribute, value }): Filter => ({ op, attribute, value }));
  return filters.length === 1 ? filters[0]! : { op: 'and', filters };
}

function fits(identity: readonly Part[], data: JsonObject): boolean {
  return identity.every(({ attribute, value }) => {
    const stored = valueAt(data, attribute.path.split('.'));
    if (typeof stored !== 'string') return false;
    return attribute.caseExact ? stored === value : stored.toLowerCase() === value.toLowerCase();
  });
}

/** A value by its path, attribute names in any case. */
export function valueAt(value: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (!isObject(value)) return undefined;
  const key = Object.keys(value).find((each) => each.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : valueAt(value[key], rest);
}
