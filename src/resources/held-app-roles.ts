import { resourceType } from '../schemas/registry.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import { matches } from '../scim/match.ts';
import type { EdgeRow, StoredResource, StoreSession } from '../store/store.ts';
import { ALL_USERS_GROUP_ID } from './all-users-group.ts';
import type { ComputedAttribute } from './behaviour.ts';

/**
 * `appRoles` of users or groups: the AppRoles granted to them, and for users those of their groups as `indirect`.
 * Two statements for a page of users, one for a page of groups.
 *
 * @param path canonical path of the attribute
 */
export function heldAppRoles(typeName: 'User' | 'Group' | 'DynamicResourceGroup', path: string): ComputedAttribute {
  return {
    async load(context, session, resources, projection) {
      const domainId = context.domain.id;
      const heldBy = await appRolesOf(session, domainId, resources, typeName === 'User');
      const filter = projection.valueFilter(resourceType(typeName).resolve(path)!);
      const values = new Map<string, JsonValue>();
      for (const { id } of resources) {
        const held = heldBy.get(id) ?? [];
        // IDCS: those of resources are all direct, and don't say so (schema reference).
        if (typeName === 'DynamicResourceGroup') for (const element of held) delete element['type'];
        values.set(id, filter === null ? held : held.filter((element) => matches(filter, element)));
      }
      return values;
    },
  };
}

/**
 * The AppRoles of principals as elements, by id, in two statements at most.
 * @param throughGroups whether those of their groups count: for users
 */
export async function appRolesOf(
  session: StoreSession,
  domainId: number,
  resources: readonly StoredResource[],
  throughGroups: boolean,
): Promise<ReadonlyMap<string, JsonObject[]>> {
  const groupsOf = throughGroups ? await groupIds(session, domainId, resources) : new Map<string, string[]>();
  const holders = new Set(resources.map((resource) => resource.id));
  for (const groups of groupsOf.values()) for (const group of groups) holders.add(group);
  const roles = await session.edges.page(domainId, { kind: 'appRole', end: 'target', ids: [...holders] });
  return new Map(resources.map(({ id }) => [id, elementsOf(id, groupsOf.get(id) ?? [], roles)]));
}

async function groupIds(
  session: StoreSession,
  domainId: number,
  users: readonly StoredResource[],
): Promise<Map<string, string[]>> {
  const ids = users.map((user) => user.id);
  const edges = await session.edges.page(domainId, { kind: 'member', end: 'target', ids });
  return new Map(ids.map((id) => [id, [...(edges.get(id) ?? []).map((edge) => edge.sourceId), ALL_USERS_GROUP_ID]]));
}

function elementsOf(
  id: string,
  groups: readonly string[],
  roles: ReadonlyMap<string, readonly EdgeRow[]>,
): JsonObject[] {
  const elements = new Map<string, JsonObject>();
  for (const row of roles.get(id) ?? []) elements.set(row.sourceId, roleElement(row, 'direct'));
  for (const group of groups) {
    for (const row of roles.get(group) ?? []) {
      if (!elements.has(row.sourceId)) elements.set(row.sourceId, roleElement(row, 'indirect'));
    }
  }
  return [...elements.values()];
}

/** IDCS: {value, display, type, appId, appName, adminRole, legacyGroupName} (schema reference of User.appRoles). */
function roleElement({ other }: EdgeRow, type: 'direct' | 'indirect'): JsonObject {
  const { app, adminRole, legacyGroupName } = other.data;
  const element: JsonObject = { value: other.id, type, adminRole: adminRole === true };
  if (other.display !== null) element['display'] = other.display;
  if (isObject(app)) {
    if (app['value'] !== undefined) element['appId'] = app['value'];
    if (app['name'] !== undefined) element['appName'] = app['name'];
  }
  if (legacyGroupName !== undefined) element['legacyGroupName'] = legacyGroupName;
  return element;
}
