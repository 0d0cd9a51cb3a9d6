import { holdsRight } from '../schemas/permissions.ts';
import { resourceType } from '../schemas/registry.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { openClientSecret } from './app-client.ts';
import type { ComputedAttribute } from './behaviour.ts';
import { loadEdgeAttribute } from './edge-view.ts';
import { allWith } from './grantee-views.ts';
import { notStronger } from './stronger-principals.ts';

/*
 * Attributes of an App that are read beside its row: each in one statement for a whole page.
 */

/**
 * IDCS: GET shows the secret of a confidential client again (shapes.md §5). Every client may read Apps, so that only who may
 * change the App is shown it: anything else would hand each client all the others' rights.
 */
export const clientSecret: ComputedAttribute = {
  async load(context, session, resources) {
    if (!holdsRight(context.caller.roles, 'Apps', 'put')) return new Map();
    const clients = resources.filter(({ data }) => data['isOAuthClient'] === true && data['clientType'] !== 'public');
    const ids = (await notStronger(context, session, clients)).map((app) => app.id);
    const values = new Map<string, JsonValue>();
    if (ids.length === 0) return values;
    for (const [id, secret] of await session.resources.readSecrets(context.domain.id, 'App', ids)) {
      const clear = openClientSecret(context.secrets, secret);
      if (clear !== undefined) values.set(id, clear);
    }
    return values;
  },
};

/** IDCS: {value, appId, appName, display, type, adminRole} (main-0030). */
export const grantedAppRoles: ComputedAttribute = {
  load: (context, session, resources, projection) =>
    loadEdgeAttribute(
      context,
      session,
      resourceType('App').core('grantedAppRoles')!,
      resources,
      projection,
      roleDetail,
    ),
};

/** Adds what an AppRole shows of itself in `grantedAppRoles` and `appRoles`. */
export function roleDetail(element: JsonObject, row: { readonly other: { readonly data: JsonObject } }): void {
  const { app, adminRole, legacyGroupName } = row.other.data;
  if (isObject(app)) {
    if (app['value'] !== undefined) element['appId'] = app['value'];
    if (app['name'] !== undefined) element['appName'] = app['name'];
  }
  element['adminRole'] = adminRole === true;
  if (typeof legacyGroupName === 'string') element['legacyGroupName'] = legacyGroupName;
}

/** The AppRoles that the App defines and administrators hold. */
export const adminRoles: ComputedAttribute = { load: (...given) => ownRoles(true, ...given) };
/** The other AppRoles that the App defines. */
export const userRoles: ComputedAttribute = { load: (...given) => ownRoles(false, ...given) };

async function ownRoles(
  admin: boolean,
  ...[context, session, resources]: Parameters<ComputedAttribute['load']>
): Promise<ReadonlyMap<string, JsonValue>> {
  const rows = await allWith('AppRole', 'app.value', context, session, resources);
  return byApp(
    rows.filter((role) => (role.data['adminRole'] === true) === admin),
    ({ id, data }) => ({
      value: id,
      ...(data['displayName'] === undefined ? {} : { display: data['displayName'] }),
      ...(data['description'] === undefined ? {} : { description: data['description'] }),
    }),
  );
}

/** The Grants of the App. IDCS: {value, granteeId, granteeType, grantMechanism} (schema reference of App.grants). */
export const grants: ComputedAttribute = {
  async load(context, session, resources) {
    const rows = await allWith('Grant', 'app.value', context, session, resources);
    return byApp(rows, ({ id, data }) => {
      const { grantee, grantMechanism } = data;
      const element: JsonObject = { value: id };
      if (isObject(grantee)) {
        if (grantee['value'] !== undefined) element['granteeId'] = grantee['value'];
        if (grantee['type'] !== undefined) element['granteeType'] = grantee['type'];
      }
      if (grantMechanism !== undefined) element['grantMechanism'] = grantMechanism;
      return element;
    });
  },
};

function byApp(
  rows: readonly StoredResource[],
  element: (row: StoredResource) => JsonObject,
): ReadonlyMap<string, JsonValue> {
  const values = new Map<string, JsonObject[]>();
  for (const row of rows) {
    const { app } = row.data;
    const appId = isObject(app) && typeof app['value'] === 'string' ? app['value'] : '';
    const list = values.get(appId);
    if (list === undefined) values.set(appId, [element(row)]);
    else list.push(element(row));
  }
  return values;
}
