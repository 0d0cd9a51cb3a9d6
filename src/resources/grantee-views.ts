import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import type { Filter } from '../scim/filter-ast.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { equals } from './app-parts.ts';
import type { ComputedAttribute } from './behaviour.ts';
import type { RequestContext } from './request-context.ts';

/*
 * What users, groups and Apps show of the Grants they hold or give. One statement for a page.
 */

/** Rows of another type that point to a page's resources; more are refused (schemas.md, docMaxReturned of Group.members). */
const MOST_ROWS = 10_000;

/** `grants`: {value, appId, grantMechanism}, of users also {grantorId} (schema reference). */
export const grantsOf: ComputedAttribute = {
  async load(context, session, resources) {
    return grouped(await allWith('Grant', 'grantee.value', context, session, resources), (grant) => {
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

/** `accounts`: the Apps that Grants give to a user, directly or by a group: {value, appId, name, active} (schema reference). */
export const accountsOfUser: ComputedAttribute = {
  load: (context, session, users) => accountsBy('owner', context, session, users),
};

/** `accounts` of Apps: {value, ownerId, name, active} (schema reference). */
export const accountsOfApp: ComputedAttribute = {
  load: (context, session, apps) => accountsBy('app', context, session, apps),
};

async function accountsBy(
  side: 'owner' | 'app',
  context: RequestContext,
  session: StoreSession,
  resources: readonly StoredResource[],
): Promise<ReadonlyMap<string, JsonValue>> {
  const accounts = await allWith('AccountMgmtInfo', `${side}.value`, context, session, resources);
  const values = new Map<string, JsonObject[]>(resources.map(({ id }) => [id, []]));
  for (const { id, data } of accounts) {
    const other = side === 'owner' ? { appId: idIn(data['app']) } : { ownerId: idIn(data['owner']) };
    values.get(idIn(data[side]))?.push({ value: id, ...other, name: data['name']!, active: data['active']! });
  }
  return values;
}

function idIn(reference: JsonValue | undefined): string {
  return isObject(reference) ? String(reference['value']) : '';
}

/** All resources of a type that refer to some of a page. @throws ScimError 400 when there are more than 10,000, as with members */
export async function allWith(
  typeName: string,
  path: string,
  context: RequestContext,
  session: StoreSession,
  page: readonly StoredResource[],
): Promise<readonly StoredResource[]> {
  const type = resourceType(typeName);
  const filters = page.map(({ id }) => equals(typeName, path, id));
  const filter: Filter = filters.length === 1 ? filters[0]! : { op: 'or', filters };
  const query = { type, filter, sortBy: null, descending: false, offset: 0, limit: MOST_ROWS, implied: true };
  const { total, resources } = await session.resources.search(context.domain.id, query);
  if (total > resources.length) {
    throw badRequest(`There are more than ${MOST_ROWS} values; list ${type.endpoint} instead.`);
  }
  return resources;
}

function grouped(
  grants: readonly StoredResource[],
  element: (grant: StoredResource) => JsonObject,
): ReadonlyMap<string, JsonValue> {
  const values = new Map<string, JsonObject[]>();
  for (const grant of grants) {
    const { grantee } = grant.data;
    const granteeId = isObject(grantee) && typeof grantee['value'] === 'string' ? grantee['value'] : '';
    const made = element(grant);
    const list = values.get(granteeId);
    if (list === undefined) values.set(granteeId, [made]);
    else list.push(made);
  }
  return values;
}
