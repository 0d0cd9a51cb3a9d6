import { newId } from '../ids.ts';
import { resourceType } from '../schemas/registry.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { ALL_USERS_GROUP_ID } from './all-users-group.ts';
import { isDynamic } from './membership-rule.ts';
import { authorOf } from './pipeline/author.ts';
import type { RequestContext } from './request-context.ts';

const REQUESTABLE_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:requestable:Group';

/** Whether users may ask to be members of a group: it says so, and has members that can be added. */
export function isRequestableGroup({ id, data }: StoredResource): boolean {
  const requestable = data[REQUESTABLE_URN];
  return id !== ALL_USERS_GROUP_ID && isObject(requestable) && requestable['requestable'] === true && !isDynamic(data);
}

/**
 * Makes a user a member of a group, as an approved request does.
 * @returns false when the group or the user is gone, or the group takes no members any more
 */
export async function joinGroup(
  context: RequestContext,
  session: StoreSession,
  groupId: string,
  userId: string,
): Promise<boolean> {
  const { domain, clock, ids } = context;
  const group = await session.resources.readWithSecret(domain.id, 'Group', groupId, { lock: true });
  if (group === null || !isRequestableGroup(group)) return false;
  const user = await session.resources.readWithSecret(domain.id, 'User', userId, { lock: true });
  if (user === null) return false;
  const edge = { kind: 'member', sourceId: group.id, targetId: user.id, targetType: 'User' };
  if ((await session.edges.add(domain.id, [edge], clock.now())).length === 0) return true;
  const data: JsonObject = { ...group.data, idcsLastModifiedBy: authorOf(context) };
  const changed = { id: group.id, ocid: group.ocid, version: newId(ids), lastModified: clock.now(), data };
  await session.resources.update(domain.id, { type: resourceType('Group'), ...changed }, null);
  return true;
}

/** Whether a group lists a user. */
export async function isMember(
  context: RequestContext,
  session: StoreSession,
  groupId: string,
  userId: string,
): Promise<boolean> {
  const query = { kind: 'member', end: 'source' as const, ids: [groupId], otherId: userId };
  return ((await session.edges.page(context.domain.id, query)).get(groupId) ?? []).length > 0;
}
