import { createHash } from 'node:crypto';
import { recordMembers } from '../audit/write-events.ts';
import { ADMINISTRATOR_ROLES, SUPERUSER } from '../schemas/permissions.ts';
import { resourceType } from '../schemas/registry.ts';
import { badRequest, ScimError } from '../scim/errors.ts';
import type { Filter } from '../scim/filter-ast.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { equals } from './app-parts.ts';
import type { Behaviour } from './behaviour.ts';
import { BUILT_IN_APP_ID } from './built-in-app.ts';
import { authorOf } from './pipeline/author.ts';
import { danglingReference } from './pipeline/dangling-reference.ts';
import type { RequestContext } from './request-context.ts';

/*
 * Grants: an App, or one of its AppRoles, given to a User, a Group or a client App. A Grant of an AppRole is one edge of
 * kind `appRole` from the AppRole to its grantee; several Grants may stand behind the same edge.
 * A Grant to a Group is one for each of its members too (GROUP_MEMBERSHIP): those are no rows but read from the edges
 * (src/store/implied-grants.ts), as are the accounts that users have by Grants.
 */

/** Which grantee a mechanism is for, by its ending. Others (GROUP_MEMBERSHIP, SYNC_TO_USER ...) are made by the service only. */
const MECHANISMS: ReadonlyMap<string, string> = new Map([
  ['ADMINISTRATOR_TO_USER', 'User'],
  ['ADMINISTRATOR_TO_DELEGATED_USER', 'User'],
  ['SERVICE_MANAGER_TO_USER', 'User'],
  ['ADMINISTRATOR_TO_GROUP', 'Group'],
  ['ADMINISTRATOR_TO_APP', 'App'],
  ['SERVICE_MANAGER_TO_APP', 'App'],
  ['OPC_INFRA_TO_APP', 'App'],
  ['ADMINISTRATOR_TO_DYNAMIC_RESOURCE_GROUP', 'DynamicResourceGroup'],
]);

/** AppRole.availableTo* by type of grantee; null: there is none. */
const AVAILABILITY: ReadonlyMap<string, string | null> = new Map([
  ['User', 'availableToUsers'],
  ['Group', 'availableToGroups'],
  ['App', 'availableToClients'],
  ['DynamicResourceGroup', null],
]);

/** Grant: see shapes.md §15 and flows.md B1. */
export const grantBehaviour: Behaviour = {
  type: 'Grant',

  async prepareCreate(context, draft) {
    const { data } = draft;
    const grantee = granteeOf(data);
    checkMechanism(context, data, grantee.type);
    const app = await grantedApp(context, data);
    const role = await grantedRole(context, data, app, grantee.type);
    if (role !== null) checkMayGrant(context, role);
    data['app'] = {
      value: app.id,
      ...(app.data['displayName'] === undefined ? {} : { display: app.data['displayName'] }),
    };
    if (role !== null) data['entitlement'] = { attributeName: 'appRoles', attributeValue: role.id };
    const { ocid: _ocid, ...grantor } = authorOf(context);
    data['grantor'] = grantor;
    data['isFulfilled'] = true;
    data['compositeKey'] = compositeKeyOf(data);
  },

  async beforeDelete(context, session, resource) {
    const roleId = roleIdOf(resource.data);
    if (roleId === null) return;
    // Held until the end of the transaction: two deletes at once must not each leave the edge to the other.
    const role = await session.resources.readWithSecret(context.domain.id, 'AppRole', roleId, { lock: true });
    if (role !== null) checkMayGrant(context, role);
  },

  async afterWrite(context, session, { kind, resource }) {
    if (kind === 'update') return;
    const roleId = roleIdOf(resource.data);
    const grantee = granteeOf(resource.data);
    if (kind === 'create') {
      const ends = await holdEnds(context, session, resource.data);
      if (roleId !== null) {
        const edge = { kind: 'appRole', sourceId: roleId, targetId: grantee.id, targetType: grantee.type };
        const added = await session.edges.add(context.domain.id, [edge], context.clock.now());
        if (added.length > 0) await recordHolder(context, session, 'add', ends.given, ends.grantee);
      }
    } else if (roleId !== null && !(await isGrantedOtherwise(context, session, roleId, grantee.id))) {
      const removed = await session.edges.remove(context.domain.id, 'appRole', roleId, [grantee.id]);
      if (removed.length > 0) await recordLoss(context, session, roleId, grantee);
    }
    // Clients are kept with their AppRoles, and callers with what they may do, by every process until the epoch moves. Last, as
    // everywhere: whoever moves the epoch and then waits for a row meets one who holds the row and waits for the epoch.
    const endsRights = kind === 'delete' && roleId !== null && appIdOf(resource.data) === BUILT_IN_APP_ID;
    if (grantee.type === 'App' || endsRights) await session.domains.bumpEpoch(context.domain.id);
  },
};

/** Holds what a new Grant refers to until it is written: something deleted meanwhile would leave it pointing to nothing. */
async function holdEnds(
  context: RequestContext,
  session: StoreSession,
  data: JsonObject,
): Promise<{ given: StoredResource; grantee: StoredResource }> {
  const grantee = granteeOf(data);
  const roleId = roleIdOf(data);
  const given =
    roleId === null
      ? { attribute: 'app', type: 'App', id: String((data['app'] as JsonObject)['value']) }
      : { attribute: 'entitlement.attributeValue', type: 'AppRole', id: roleId };
  const hold = async ({ attribute, type, id }: { attribute: string; type: string; id: string }) => {
    const row = await session.resources.readWithSecret(context.domain.id, type, id, { lock: true });
    if (row === null) throw danglingReference(resourceType('Grant'), attribute, type, id);
    // IDCS: an App may be inactive: the quick start grants a new client its AppRole while it is "Inactive", and activates it then
    // (flows.md A1). B1 grants to an App as it finds it. That of a User is inferred.
    if (type === 'User' && row.data['active'] === false) throw inactive('grantee', `User ${id}`);
    return row;
  };
  return { given: await hold(given), grantee: await hold({ attribute: 'grantee', ...grantee }) };
}

async function recordLoss(
  context: RequestContext,
  session: StoreSession,
  roleId: string,
  grantee: { readonly id: string; readonly type: string },
): Promise<void> {
  if (context.request === undefined) return;
  const { resources } = session;
  const role = await resources.read(context.domain.id, 'AppRole', roleId);
  const holder = await resources.read(context.domain.id, grantee.type, grantee.id);
  if (role !== null) await recordHolder(context, session, 'remove', role, holder ?? { ...grantee, data: {} });
}

async function recordHolder(
  context: RequestContext,
  session: StoreSession,
  op: 'add' | 'remove',
  role: StoredResource,
  { id, type, data }: Pick<StoredResource, 'id' | 'type' | 'data'>,
): Promise<void> {
  const display = [data['displayName'], data['userName']].find((value) => typeof value === 'string') ?? null;
  await recordMembers(context, session, resourceType('AppRole'), role, [{ op, id, type, display }]);
}

/** The grantee; the pipeline has checked that it exists and made its value an id. */
function granteeOf(data: JsonObject): { readonly id: string; readonly type: string } {
  const { grantee } = data;
  const id = isObject(grantee) ? grantee['value'] : undefined;
  const type = isObject(grantee) ? (grantee['type'] ?? 'User') : undefined;
  if (typeof id !== 'string' || typeof type !== 'string') return missing('grantee');
  if (!AVAILABILITY.has(type)) {
    throw badRequest(`Grant.grantee.type must be one of ${[...AVAILABILITY.keys()].join(', ')}, not ${type}.`);
  }
  return { id, type };
}

function checkMechanism({ byService }: RequestContext, data: JsonObject, granteeType: string): void {
  const mechanism = String(data['grantMechanism']);
  // IDCS: what a user asked for (canonical values of Grant.grantMechanism); requests are for users only.
  if (mechanism === 'ACCESS_REQUEST' && byService === true && granteeType === 'User') return;
  const wanted = MECHANISMS.get(mechanism);
  if (wanted === undefined) throw badRequest(`Grant.grantMechanism ${mechanism} cannot be set by a client.`);
  if (wanted !== granteeType) {
    throw badRequest(`Grant.grantMechanism ${mechanism} is for a grantee of type ${wanted}, not ${granteeType}.`);
  }
}

async function grantedApp(context: RequestContext, data: JsonObject): Promise<StoredResource> {
  const { app } = data;
  const key = isObject(app) ? app['value'] : undefined;
  if (typeof key !== 'string') return missing('app');
  const found = await context.store.resources.read(context.domain.id, 'App', key);
  if (found === null) throw danglingReference(resourceType('Grant'), 'app', 'App', key);
  if (found.data['active'] === false) throw inactive('app', `App ${key}`);
  return found;
}

/** The AppRole of the entitlement; null for a Grant of the App itself. */
async function grantedRole(
  context: RequestContext,
  data: JsonObject,
  app: StoredResource,
  granteeType: string,
): Promise<StoredResource | null> {
  const { entitlement } = data;
  if (!isObject(entitlement)) {
    // IDCS: an App can be granted AppRoles only; a Grant of an unmanaged App needs an AppRole (shapes.md §15).
    if (granteeType === 'App' || app.data['isUnmanagedApp'] === true) return missing('entitlement');
    return null;
  }
  const { attributeName, attributeValue } = entitlement;
  // Names of attributes are compared without case; another one would be an account attribute of a managed App.
  if (typeof attributeName !== 'string' || attributeName.toLowerCase() !== 'approles') {
    throw badRequest(`Grant.entitlement.attributeName must be appRoles, not ${String(attributeName)}.`);
  }
  if (typeof attributeValue !== 'string') return missing('entitlement.attributeValue');
  const role = await context.store.resources.read(context.domain.id, 'AppRole', attributeValue);
  if (role === null)
    throw danglingReference(resourceType('Grant'), 'entitlement.attributeValue', 'AppRole', attributeValue);
  const owner = role.data['app'];
  if (!isObject(owner) || owner['value'] !== app.id) {
    throw badRequest(`Grant.entitlement.attributeValue: AppRole ${attributeValue} does not belong to App ${app.id}.`);
  }
  const availability = AVAILABILITY.get(granteeType);
  if (typeof availability === 'string' && role.data[availability] === false) {
    throw badRequest(
      `Grant.entitlement.attributeValue: AppRole ${String(role.data['displayName'])} is not available to a ${granteeType}.`,
    );
  }
  return role;
}

/** Administrator roles are given and taken by Identity Domain Administrators only (approles.json, summaries of the roles). */
function checkMayGrant(context: RequestContext, role: StoredResource): void {
  const { app, displayName } = role.data;
  const administrator =
    isObject(app) && app['value'] === BUILT_IN_APP_ID && ADMINISTRATOR_ROLES.has(String(displayName));
  if (administrator && !context.caller.roles.has(SUPERUSER)) {
    throw new ScimError(401, 'Operation failed due to unauthorized access.', {
      messageId: 'error.common.exception.unauthorizedAccess',
    });
  }
}

/**
 * IDCS: derived from app, entitlement, grantee, grantor and mechanism (schema reference). A digest, because the parts may
 * hold any character; equal parts give equal keys, and so a 409.
 */
function compositeKeyOf(data: JsonObject): string {
  const grantee = granteeOf(data);
  const { app, grantor, grantMechanism } = data;
  const parts = [
    isObject(app) ? app['value'] : null,
    roleIdOf(data),
    grantee.type,
    grantee.id,
    isObject(grantor) ? grantor['value'] : null,
    grantMechanism ?? null,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function appIdOf({ app }: JsonObject): unknown {
  return isObject(app) ? app['value'] : undefined;
}

/** The AppRole that a Grant gives; null when it gives an App only. */
function roleIdOf(data: JsonObject): string | null {
  const { entitlement } = data;
  const value = isObject(entitlement) ? entitlement['attributeValue'] : undefined;
  return typeof value === 'string' ? value : null;
}

/** Whether a Grant (the deleted one is gone already) still gives the role to the grantee. */
async function isGrantedOtherwise(
  context: RequestContext,
  session: StoreSession,
  roleId: string,
  granteeId: string,
): Promise<boolean> {
  const filter: Filter = {
    op: 'and',
    filters: [equals('Grant', 'entitlement.attributeValue', roleId), equals('Grant', 'grantee.value', granteeId)],
  };
  const query = { type: resourceType('Grant'), filter, sortBy: null, descending: false, offset: 0, limit: 0 };
  return (await session.resources.search(context.domain.id, query)).total > 0;
}

function inactive(attribute: string, what: string): ScimError {
  return badRequest(`Grant.${attribute}: ${what} is not active. Activate it first.`);
}

function missing(attribute: string): never {
  throw badRequest(`Missing required attribute(s): ${attribute}.`, 'error.common.validation.missingReqAttributes');
}
