import { resourceType } from '../schemas/registry.ts';
import type { Filter } from '../scim/filter-ast.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { equals } from './app-parts.ts';
import type { ComputedAttribute } from './behaviour.ts';
import type { RequestContext } from './request-context.ts';

/*
 * What users and groups show of the Grants they hold. One statement for a page.
 */

/** Grants of one page at most. */
const MOST_GRANTS = 10_000;

/** `grants`: {value, appId, grantMechanism}, of users also {grantorId} (schema reference). */
export const grantsOf: ComputedAttribute = {
  async load(context, session, resources) {
    return grouped(await grantsTo(context, session, resources), (grant) => {
      const { app, grantee, grantMechanism, grantor } = grant.data;
      const element: JsonObject = { value: grant.id };
      if (isObject(app) && app['value'] !== undefined) element['appId'] = app['value'];
      if (grantMechanism !== undefined) element['grantMechanism'] = grantMechanism;
      const isUsers = isObject(grantee) && grantee['type'] === 'User';
      if (isUsers && isObject(grantor) && grantor['value'] !== undefined) element['grantorId'] = grantor['value'];
      return element;
    });
  },
};

/**
 * `accounts`: the apps that a user has access to, one for each app that a Grant gives. AccountMgmtInfos are not kept yet, so
 * the account's id is that of the Grant behind it.
 */
export const accountsOfUser: ComputedAttribute = {
  async load(context, session, resources) {
    const users = new Map(resources.map((user) => [user.id, user]));
    const seen = new Set<string>();
    return grouped(await grantsTo(context, session, resources), (grant, userId) => {
      const { app } = grant.data;
      const appId = isObject(app) && typeof app['value'] === 'string' ? app['value'] : '';
      if (seen.has(`${userId}:${appId}`)) return null;
      seen.add(`${userId}:${appId}`);
      const { userName, active } = users.get(userId)!.data;
      return { value: grant.id, appId, name: userName ?? '', active: active !== false };
    });
  },
};

async function grantsTo(
  context: RequestContext,
  session: StoreSession,
  grantees: readonly StoredResource[],
): Promise<readonly StoredResource[]> {
  const filters = grantees.map(({ id }) => equals('Grant', 'grantee.value', id));
  const filter: Filter = filters.length === 1 ? filters[0]! : { op: 'or', filters };
  const query = { type: resourceType('Grant'), filter, sortBy: null, descending: false, offset: 0, limit: MOST_GRANTS };
  return (await session.resources.search(context.domain.id, query)).resources;
}

function grouped(
  grants: readonly StoredResource[],
  element: (grant: StoredResource, granteeId: string) => JsonObject | null,
): ReadonlyMap<string, JsonValue> {
  const values = new Map<string, JsonObject[]>();
  for (const grant of grants) {
    const { grantee } = grant.data;
    const granteeId = isObject(grantee) && typeof grantee['value'] === 'string' ? grantee['value'] : '';
    const made = element(grant, granteeId);
    if (made === null) continue;
    const list = values.get(granteeId);
    if (list === undefined) values.set(granteeId, [made]);
    else list.push(made);
  }
  return values;
}
