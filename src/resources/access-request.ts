import { resourceType } from '../schemas/registry.ts';
import { badRequest, ScimError } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { tellOfRequest } from './access-request-mail.ts';
import { ask, expireRequests, progressOf, progressSecret, withdraw } from './access-request-state.ts';
import { equals } from './app-parts.ts';
import { type ApprovalPlan, approversOf, planFor } from './approval-plan.ts';
import type { Behaviour } from './behaviour.ts';
import { isMember, isRequestableGroup, joinGroup } from './group-joining.ts';
import { referenceOf } from './part-views.ts';
import type { RequestContext } from './request-context.ts';
import { refuseAdministratorGroup } from './stronger-principals.ts';

/*
 * Requests for access: users ask to be members of groups, or for applications, that say they are requestable. A group with an
 * approval workflow asks its approvers first; anything else is given at once.
 */

const GROUP_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:group:Group';
const REQUESTABLE_GROUP_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:requestable:Group';
const REQUESTABLE_APP_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:requestable:App';

/** MyRequest */
export const myRequestBehaviour: Behaviour = {
  type: 'MyRequest',

  async rows(context) {
    await expireRequests(context);
    return null;
  },

  async prepareCreate(context, draft) {
    const { data } = draft;
    if (data['action'] !== undefined) throw badRequest('MyRequest.action is for a request that was made.');
    if (isApp(data)) return checkApp(context, data);
    const plan = await planForGroup(context, data);
    data['status'] = plan === null ? 'COMPLETE' : 'IN_PROGRESS';
    if (plan === null) return;
    data['expires'] = new Date(plan.expires).toISOString();
    draft.secret = progressSecret({ plan, step: 0 });
  },

  async prepareUpdate(_context, before, draft) {
    const { action } = draft.data;
    if (action === before.data['action']) return;
    if (action === undefined) throw badRequest('MyRequest.action can not be taken back.');
    if (before.data['status'] !== 'IN_PROGRESS') {
      throw badRequest(
        `MyRequest.action ${String(action)} is for a request in progress, not ${String(before.data['status'])}.`,
      );
    }
    if (action === 'CANCEL') draft.data['status'] = 'CANCELED';
    else if (progressOf(before).plan.escalation === null) {
      throw badRequest('MyRequest.action ESCALATE needs a step of the type escalation in the ApprovalWorkflow.');
    }
  },

  async afterWrite(context, session, { kind, resource, pipeline }) {
    const { status, action } = resource.data;
    if (kind === 'delete') await withdraw(context, session, resource.id);
    else if (kind === 'update') {
      if (status === 'CANCELED') await withdraw(context, session, resource.id);
      else if (action === 'ESCALATE') await escalate(context, session, resource);
    } else {
      if (isApp(resource.data)) await pipeline.create('Grant', grantBody(context, resource.data));
      else await begin(context, session, resource);
      await tellOfRequest(context, session, resource);
    }
  },
};

/** MyRequestableGroup: the groups that users may ask for. */
export const myRequestableGroupBehaviour: Behaviour = {
  type: 'MyRequestableGroup',
  async rows() {
    const attribute = resourceType('Group').resolve(`${REQUESTABLE_GROUP_URN}:requestable`)!;
    return { op: 'eq', attribute, value: true };
  },
};

function isApp({ requesting }: JsonObject): boolean {
  return isObject(requesting) && requesting['type'] === 'App';
}

async function checkApp(context: RequestContext, data: JsonObject): Promise<void> {
  const app = await context.store.resources.read(context.domain.id, 'App', referenceOf(data, 'requesting'));
  const requestable = app?.data[REQUESTABLE_APP_URN];
  if (app === null || !isObject(requestable) || requestable['requestable'] !== true || app.data['active'] !== true) {
    throw notRequestable('App', referenceOf(data, 'requesting'));
  }
  if (app.data['isUnmanagedApp'] === true) {
    // IDCS: an unmanaged App's Grant needs an AppRole (shapes.md §15), and a request names none.
    throw badRequest(`MyRequest.requesting: App ${app.id} is unmanaged: only its AppRoles can be granted.`);
  }
  describeTarget(data, app.data['description']);
  data['status'] = 'COMPLETE';
}

function grantBody({ caller }: RequestContext, data: JsonObject): JsonObject {
  return {
    grantee: { type: 'User', value: caller.id },
    app: { value: referenceOf(data, 'requesting') },
    grantMechanism: 'ACCESS_REQUEST',
  };
}

/** Checks a request for a group. @returns null when nobody has to be asked */
async function planForGroup(context: RequestContext, data: JsonObject): Promise<ApprovalPlan | null> {
  const { store, caller, clock, domain } = context;
  const key = referenceOf(data, 'requesting');
  const group = await store.resources.read(domain.id, 'Group', key);
  if (group === null || !isRequestableGroup(group)) throw notRequestable('Group', key);
  if (await isMember(context, store, group.id, caller.id)) {
    throw badRequest(`MyRequest.requesting: the user is a member of Group ${group.id} already.`);
  }
  const extension = group.data[GROUP_URN];
  describeTarget(data, isObject(extension) ? extension['description'] : undefined);
  const plan = await planFor(context, store, group.id, clock.now());
  if (plan === null) await refuseAdministratorGroup(context, store, group.id);
  else if (!(await canBegin(context, plan))) {
    throw badRequest(`MyRequest.requesting: nobody can approve a request for Group ${group.id}.`);
  }
  return plan;
}

/** Whether the first step has somebody to ask. */
async function canBegin(context: RequestContext, { steps: [first] }: ApprovalPlan): Promise<boolean> {
  if (first === undefined) return false;
  return (await approversOf(context, context.store, first, context.caller.id)).length > 0;
}

function describeTarget(data: JsonObject, description: unknown): void {
  const target = data['requesting'];
  if (isObject(target) && typeof description === 'string') target['description'] = description;
}

/** One answer for what is not there and what may not be asked for: users can't list all groups. */
function notRequestable(type: string, key: string): ScimError {
  return badRequest(
    `MyRequest.requesting references a ${type} with ID ${key} that can not be requested.`,
    'error.common.validation.invalidReferenceResource',
  );
}

/** Gives what needs no approval, or asks the first step. The user's lock keeps two requests for one group apart. */
async function begin(context: RequestContext, session: StoreSession, request: StoredResource): Promise<void> {
  const { domain, caller } = context;
  const group = referenceOf(request.data, 'requesting');
  await session.resources.readWithSecret(domain.id, 'User', caller.id, { lock: true });
  if (request.data['status'] === 'COMPLETE') {
    if (!(await joinGroup(context, session, group, caller.id))) throw notRequestable('Group', group);
    return;
  }
  await refuseSecond(context, session, request, group);
  const row = await session.resources.readWithSecret(domain.id, 'MyRequest', request.id);
  await ask(context, session, request, progressOf(row!).plan.steps[0]!, 'regular');
}

async function refuseSecond(
  context: RequestContext,
  session: StoreSession,
  request: StoredResource,
  group: string,
): Promise<void> {
  const type = resourceType('MyRequest');
  const filters = [
    equals(type.name, 'requestor.value', context.caller.id),
    equals(type.name, 'requesting.value', group),
    equals(type.name, 'status', 'IN_PROGRESS'),
  ];
  const query = { type, filter: { op: 'and' as const, filters }, sortBy: null, descending: false, offset: 0, limit: 2 };
  const { resources } = await session.resources.search(context.domain.id, query);
  const other = resources.find(({ id }) => id !== request.id);
  if (other === undefined) return;
  throw new ScimError(409, `MyRequest ${other.id} for Group ${group} is in progress.`, {
    messageId: 'error.common.validation.duplicateValue',
  });
}

async function escalate(context: RequestContext, session: StoreSession, request: StoredResource): Promise<void> {
  const row = await session.resources.readWithSecret(context.domain.id, 'MyRequest', request.id);
  await ask(context, session, request, progressOf(row!).plan.escalation!, 'escalation');
}
