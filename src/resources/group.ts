import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { ALL_USERS_GROUP_ID } from './all-users-group.ts';
import type { Behaviour, ComputedAttribute, Draft } from './behaviour.ts';
import { loadEdgeAttribute } from './edge-view.ts';
import { grantsOf } from './grantee-views.ts';
import { heldAppRoles } from './held-app-roles.ts';
import { endRule, settleMembers } from './membership.ts';
import { DYNAMIC_GROUP_URN, isDynamic, parseMembershipRule, ruledType, ruleOf } from './membership-rule.ts';
import { releaseReferences } from './principal-references.ts';
import type { RequestContext } from './request-context.ts';
import { givesRights, refuseAdministratorGroup } from './stronger-principals.ts';

/*
 * Groups: members are Users only and live in edges; the group of all users has none listed.
 */

const GROUP_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:group:Group';
const REQUESTABLE_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:requestable:Group';

type DeleteHook = Parameters<NonNullable<Behaviour['beforeDelete']>>;

export const groupBehaviour: Behaviour = {
  type: 'Group',
  prepareCreate,
  prepareUpdate,
  beforeDelete,
  afterWrite,
  computed: {
    members: { load: loadMembers },
    [`${GROUP_URN}:appRoles`]: heldAppRoles('Group', `${GROUP_URN}:appRoles`),
    [`${GROUP_URN}:grants`]: grantsOf,
  },
};

async function prepareCreate(context: RequestContext, draft: Draft): Promise<void> {
  const extension = draft.data[GROUP_URN];
  // IDCS: creationMechanism tells how a group came; a POST is "api" (schema reference, canonical values).
  if (isObject(extension)) extension['creationMechanism'] ??= 'api';
  else draft.data[GROUP_URN] = { creationMechanism: 'api' };
  await checkMembership(context, draft);
  draft.follows = (session, resource) => settleMembers(context, session, resource, undefined);
}

async function prepareUpdate(context: RequestContext, before: StoredResource, draft: Draft): Promise<void> {
  if (before.id === ALL_USERS_GROUP_ID && draft.edges.length > 0) {
    // A PUT that lists no members, as every GET of this group shows it, asks for nothing.
    if (draft.edges.some((edge) => edge.op !== 'set' || edge.targets.length > 0)) {
      throw badRequest('Group.members of the group of all users can not be changed.');
    }
    draft.edges = [];
  }
  if (
    draft.edges.length > 0 ||
    ruleOf(draft.data) !== ruleOf(before.data) ||
    isRequestable(draft.data) !== isRequestable(before.data)
  ) {
    await refuseAdministratorGroup(context, context.store, before.id);
  }
  await checkMembership(context, draft, before.data);
  draft.follows = (session, resource) => settleMembers(context, session, resource, before.data);
}

async function beforeDelete(...[context, session, resource, force]: DeleteHook): Promise<void> {
  await refuseAdministratorGroup(context, session, resource.id);
  await endRule(context, session, resource);
  await releaseReferences(context, session, resource, force);
}

async function afterWrite(
  ...[context, session, { kind, resource, draft }]: Parameters<NonNullable<Behaviour['afterWrite']>>
): Promise<void> {
  const removes = kind === 'update' && draft?.edges.some(({ op }) => op !== 'add') === true;
  // Callers are kept with what they may do by every process until the epoch moves.
  const endsRights = kind === 'delete' || (removes && (await givesRights(context.domain, session, resource.id)));
  if (endsRights) await session.domains.bumpEpoch(context.domain.id);
}

/** Whether users may ask to be members. */
function isRequestable(data: JsonObject): boolean {
  const extension = data[REQUESTABLE_URN];
  return isObject(extension) && extension['requestable'] === true;
}

/**
 * A dynamic group's members come from its rule: they can't be set, and it needs a rule (schema reference, dynamic:Group).
 * @throws ScimError 400
 */
async function checkMembership(context: RequestContext, draft: Draft, before?: JsonObject): Promise<void> {
  if (!isDynamic(draft.data)) return;
  if (draft.id === ALL_USERS_GROUP_ID) {
    throw badRequest(`${DYNAMIC_GROUP_URN}:membershipType of the group of all users can not be changed.`);
  }
  const rule = ruleOf(draft.data);
  if (rule === null) {
    throw badRequest(
      `Missing required attribute(s): ${DYNAMIC_GROUP_URN}:membershipRule.`,
      'error.common.validation.missingReqAttributes',
    );
  }
  if (before === undefined || rule !== ruleOf(before)) parseMembershipRule(rule, await ruledType(context));
  // A PUT that lists no members asks for nothing.
  if (draft.edges.some((edge) => edge.op !== 'set' || edge.targets.length > 0)) {
    throw badRequest('Group.members of a dynamic group can not be set: its membershipRule decides.');
  }
  draft.edges = [];
}

/** IDCS: {value, ocid, display, name, type, dateAdded, membershipOcid} (schema reference); nobody is listed in the group of all. */
function loadMembers(...[context, session, resources, projection]: Parameters<ComputedAttribute['load']>) {
  const attribute = resourceType('Group').core('members')!;
  const listed = resources.filter((group) => group.id !== ALL_USERS_GROUP_ID);
  return loadEdgeAttribute(context, session, attribute, listed, projection);
}
