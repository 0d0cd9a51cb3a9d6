import { resourceType } from '../schemas/registry.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { equals } from './app-parts.ts';
import { conditionTypeOf } from './condition-group.ts';
import type { RequestContext } from './request-context.ts';

/**
 * Before a Rule goes: removes its Condition or ConditionGroup, and what is in that, as far as no other rule or group has them.
 * IDCS: "deleting a rule removes its orphaned conditions" (flows.md B8); that their groups go too is inferred.
 */
export async function removeOrphanedConditions(
  context: RequestContext,
  session: StoreSession,
  rule: StoredResource,
): Promise<void> {
  const { conditionGroup } = rule.data;
  if (isObject(conditionGroup)) await removeUnused(context, session, rule, conditionGroup);
}

async function removeUnused(
  context: RequestContext,
  session: StoreSession,
  rule: StoredResource,
  reference: JsonObject,
): Promise<void> {
  const { id: domainId } = context.domain;
  const type = conditionTypeOf(reference);
  const row = await session.resources.readWithSecret(domainId, type, String(reference['value']), { lock: true });
  if (row === null || isKept(row.data)) return;
  if (await isUsed(session, domainId, 'Rule', 'conditionGroup.value', row.id, rule.id)) return;
  if (await isUsed(session, domainId, 'ConditionGroup', 'conditions.value', row.id, row.id)) return;
  await session.resources.delete(domainId, type, row.id, null);
  const { conditions } = row.data;
  for (const inside of Array.isArray(conditions) ? conditions.filter(isObject) : []) {
    await removeUnused(context, session, rule, inside);
  }
}

function isKept({ idcsPreventedOperations }: JsonObject): boolean {
  return Array.isArray(idcsPreventedOperations) && idcsPreventedOperations.includes('delete');
}

async function isUsed(
  session: StoreSession,
  domainId: number,
  holder: string,
  path: string,
  id: string,
  except: string,
): Promise<boolean> {
  const filter = equals(holder, path, id);
  const query = { type: resourceType(holder), filter, sortBy: null, descending: false, offset: 0, limit: 2 };
  const { resources } = await session.resources.search(domainId, query);
  return resources.some((resource) => resource.id !== except);
}
