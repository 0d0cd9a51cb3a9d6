import { isObject, type JsonObject } from '../../scim/json.ts';
import { type NameResolver, UnknownName } from './references.ts';

/** IDCS: shapes.md §15: how a grant came to be follows from who has it. */
const MECHANISMS: ReadonlyMap<string, string> = new Map([
  ['User', 'ADMINISTRATOR_TO_USER'],
  ['Group', 'ADMINISTRATOR_TO_GROUP'],
  ['App', 'ADMINISTRATOR_TO_APP'],
]);

/**
 * Completes a Grant: `entitlement: {displayName: <AppRole>}` becomes the role's id, `app` is the domain's own application
 * when there is none, and the mechanism follows from the grantee.
 * @param body references already resolved
 * @throws UnknownName
 */
export async function completeGrant(names: NameResolver, body: JsonObject): Promise<JsonObject> {
  const { entitlement, grantee } = body;
  const complete: JsonObject = { app: { value: 'IDCSAppId' }, ...body };
  const mechanism = isObject(grantee) ? MECHANISMS.get(String(grantee['type'])) : undefined;
  if (mechanism !== undefined) complete['grantMechanism'] ??= mechanism;
  if (!isObject(entitlement) || typeof entitlement['displayName'] !== 'string') return complete;
  const app = complete['app'];
  const appId = isObject(app) && typeof app['value'] === 'string' ? app['value'] : '';
  const path = ['entitlement', 'displayName'];
  const role = await names.findRole(appId, entitlement['displayName']);
  if (role === null) throw new UnknownName(path, `there is no AppRole ${entitlement['displayName']} in App ${appId}`);
  return { ...complete, entitlement: { attributeName: 'appRoles', attributeValue: role } };
}
