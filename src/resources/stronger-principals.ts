import { ADMINISTRATOR_ROLES, SUPERUSER } from '../schemas/permissions.ts';
import { ScimError } from '../scim/errors.ts';
import { isObject } from '../scim/json.ts';
import type { EdgeRow, StoredResource, StoreSession } from '../store/store.ts';
import { ALL_USERS_GROUP_ID } from './all-users-group.ts';
import { BUILT_IN_APP_ID } from './built-in-app.ts';
import type { RequestContext } from './request-context.ts';

/*
 * Nobody becomes more powerful by way of another: who may set passwords, change applications or fill groups does not take
 * over an administrator, a client or a group whose administrator roles the caller lacks. The AppRole tables (approles.json)
 * speak of endpoints only; this follows from "administrator roles are assigned by Identity Domain Administrators".
 */

/** @throws ScimError 401 when the user holds an administrator role, directly or by a group, that the caller lacks */
export async function refuseStrongerUser(context: RequestContext, userId: string): Promise<void> {
  const { caller, store, domain } = context;
  // Users may change themselves by a client that has less than they.
  if (caller.roles.has(SUPERUSER) || caller.id === userId) return;
  const held = await store.principals.userRoles(domain.id, userId, [ALL_USERS_GROUP_ID]);
  refuseMissing(
    context,
    held.filter(({ appId }) => appId === BUILT_IN_APP_ID).map(({ displayName }) => displayName),
  );
}

/** Whether the caller may change a user, and so may know what would open the user's account. */
export async function mayActOnUser(context: RequestContext, userId: string): Promise<boolean> {
  try {
    await refuseStrongerUser(context, userId);
    return true;
  } catch (error) {
    if (error instanceof ScimError) return false;
    throw error;
  }
}

/** @throws ScimError 401 when the App holds an administrator role that the caller lacks */
export async function refuseStrongerApp(context: RequestContext, session: StoreSession, appId: string): Promise<void> {
  if (context.caller.roles.has(SUPERUSER)) return;
  refuseMissing(context, (await administratorRoles(context, session, [appId])).get(appId) ?? []);
}

/**
 * Membership in a group that holds administrator roles is a way of having them: Identity Domain Administrators only.
 * @throws ScimError 401
 */
export async function refuseAdministratorGroup(
  context: RequestContext,
  session: StoreSession,
  groupId: string,
): Promise<void> {
  if (context.caller.roles.has(SUPERUSER)) return;
  const [role] = (await administratorRoles(context, session, [groupId])).get(groupId) ?? [];
  if (role !== undefined) {
    throw unauthorized(
      `The group gives its members the AppRole ${role}: changing them needs the AppRole ${SUPERUSER}.`,
    );
  }
}

/** Whether a group gives its members rights over the domain: AppRoles of the built-in App. */
export async function givesRights(
  domain: Pick<RequestContext['domain'], 'id'>,
  session: StoreSession,
  groupId: string,
): Promise<boolean> {
  const rows = await session.edges.page(domain.id, { kind: 'appRole', end: 'target', ids: [groupId] });
  return [...rows.values()].flat().some(isBuiltIn);
}

function isBuiltIn({ other: { data } }: EdgeRow): boolean {
  return isObject(data['app']) && data['app']['value'] === BUILT_IN_APP_ID;
}

/** Those of a page's Apps that hold no administrator role which the caller lacks. */
export async function notStronger(
  context: RequestContext,
  session: StoreSession,
  apps: readonly StoredResource[],
): Promise<readonly StoredResource[]> {
  const { roles } = context.caller;
  if (roles.has(SUPERUSER)) return apps;
  const ids = apps.map(({ id }) => id);
  const held = await administratorRoles(context, session, ids);
  return apps.filter(({ id }) => (held.get(id) ?? []).every((role) => roles.has(role)));
}

/** Administrator roles granted to Groups or Apps, by holder. */
async function administratorRoles(
  context: RequestContext,
  session: StoreSession,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await session.edges.page(context.domain.id, { kind: 'appRole', end: 'target', ids });
  return new Map(
    [...rows].map(([id, edges]) => {
      const own = edges.filter(isBuiltIn);
      return [
        id,
        own.map(({ other }) => String(other.data['displayName'])).filter((role) => ADMINISTRATOR_ROLES.has(role)),
      ];
    }),
  );
}

function refuseMissing(context: RequestContext, held: readonly string[]): void {
  const missing = held.find((role) => ADMINISTRATOR_ROLES.has(role) && !context.caller.roles.has(role));
  if (missing === undefined) return;
  throw unauthorized(`What holds the AppRole ${missing} is changed by who has it, or by an ${SUPERUSER}.`);
}

function unauthorized(hint: string): ScimError {
  return new ScimError(401, `Operation failed due to unauthorized access. ${hint}`, {
    messageId: 'error.common.exception.unauthorizedAccess',
  });
}
