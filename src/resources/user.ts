import { checkPreference, SECURITY_QUESTIONS_URN } from '../factors/mfa-state.ts';
import { keepSecurityAnswers } from '../factors/security-answers.ts';
import { SUPERUSER } from '../schemas/permissions.ts';
import { resourceType } from '../schemas/registry.ts';
import { badRequest, ScimError } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { activatedAccount, pendingAccount, withPassword } from './account-activation.ts';
import { accountRecoveryEnrolled } from './account-recovery-view.ts';
import type { Behaviour, ComputedAttribute, Draft } from './behaviour.ts';
import { credentialViews } from './credential-views.ts';
import { loadEdgeAttribute } from './edge-view.ts';
import { accountsOfUser, grantsOf } from './grantee-views.ts';
import { heldAppRoles } from './held-app-roles.ts';
import { withoutAttemptLock } from './login-attempt.ts';
import { followMembershipRules, hasMembershipRules, holdMembershipRules } from './membership.ts';
import { setPassword } from './password-setting.ts';
import { releaseReferences } from './principal-references.ts';
import type { RequestContext } from './request-context.ts';
import { singletonData } from './singleton.ts';
import { refuseStrongerUser } from './stronger-principals.ts';
import { changesRecovery, completeEmails, completePhoneNumbers, unverifyChanged } from './user-contacts.ts';
import { invite } from './user-invitation.ts';
import { checkLanguages } from './user-languages.ts';
import { completeNames } from './user-names.ts';
import { planNotices, welcomeFederated } from './user-notices.ts';
import { readUserSecret, writeUserSecret } from './user-secret.ts';
import { passwordAndLoginState } from './user-state.ts';
import { removeUserTokens } from './user-token.ts';
import { USER_URN } from './user-urns.ts';

/*
 * Users: names, mail addresses, service users, passwords, and the views of what they belong to.
 */

const SECURITY_QUESTIONS = `${SECURITY_QUESTIONS_URN}:secQuestions`;

type DeleteHook = Parameters<NonNullable<Behaviour['beforeDelete']>>;

export const userBehaviour: Behaviour = {
  type: 'User',
  prepareCreate,
  prepareUpdate,
  afterCreate,
  beforeDelete,
  computed: {
    groups: { load: loadGroups },
    [`${USER_URN}:appRoles`]: heldAppRoles('User', `${USER_URN}:appRoles`),
    [`${USER_URN}:grants`]: grantsOf,
    [`${USER_URN}:accounts`]: accountsOfUser,
    [`${USER_URN}:isAccountRecoveryEnrolled`]: accountRecoveryEnrolled,
    ...credentialViews,
    ...passwordAndLoginState,
  },
};

async function prepareCreate(context: RequestContext, draft: Draft): Promise<void> {
  const { data } = draft;
  const service = isServiceUser(data);
  if (service) refuseForService(context, draft);
  await complete(context, data, null);
  const extension = extensionOf(data);
  // IDCS: creationMechanism tells how a user came; a POST is "api" (schema reference, canonical values).
  extension['creationMechanism'] ??= context.registers === undefined ? 'api' : 'selfreg';
  const password = draft.transient.get('password');
  if (typeof password === 'string') {
    const user = { id: draft.id, data, secret: null };
    // Who registers chose it.
    const mustChange = context.registers === undefined;
    draft.secret = await setPassword(context, user, password, { mustChange, checkPolicy: true });
    if (context.registers === 'unconfirmed') draft.data = pendingAccount({ ...data, active: false });
  } else if (isInvited(data)) {
    // IDCS: a user without a password gets an activation mail and has to choose one (scim.md, "User specifics").
    draft.secret = writeUserSecret({ ...readUserSecret(null), mustChange: true });
    draft.data = pendingAccount(data);
  }
  await keepSecurityAnswers(context, draft, null);
  await followRules(context, draft);
}

/** Domains with dynamic groups: the user's memberships follow from what is written. */
async function followRules(context: RequestContext, draft: Draft): Promise<void> {
  if (!(await hasMembershipRules(context))) return;
  draft.follows = (session, { id }) => followMembershipRules(context, session, id);
}

/** Whether a user without a password is to choose one: a service user has none, a federated one has it elsewhere. */
function isInvited(data: JsonObject): boolean {
  return !isServiceUser(data) && extensionOf(data)['isFederatedUser'] !== true;
}

/** Invites a user who came without a password. */
async function afterCreate(context: RequestContext, resource: StoredResource, draft: Draft): Promise<void> {
  if (draft.transient.has('password') || context.inbox === undefined) return;
  if (draft.transient.get(`${USER_URN}:bypassNotification`) === true) return;
  if (extensionOf(draft.data)['isFederatedUser'] === true) await welcomeFederated(context, resource);
  if (!isInvited(draft.data)) return;
  const external = draft.transient.get(`${USER_URN}:userFlowControlledByExternalClient`) === true;
  const reference = await invite(context, resource, { event: 'admin.user.create.success', external, first: true });
  if (reference === null) return;
  draft.once = { ...draft.once, [USER_URN]: { ...extensionOf(resource.data), ...reference } };
}

async function prepareUpdate(
  context: RequestContext,
  before: StoredResource & { secret: JsonObject | null },
  draft: Draft,
): Promise<void> {
  if (isServiceUser(before.data) || isServiceUser(draft.data)) refuseForService(context, draft);
  if (draft.operation === 'update' && !draft.named?.has('verified')) unverifyChanged(draft.data, before.data);
  await complete(context, draft.data, before.data);
  // A forgotten password is mailed there: who chooses the address could take the account over.
  if (changesRecovery(before.data, draft.data)) await refuseStrongerUser(context, before.id);
  await checkPreference(context, before.data, { ...before, data: draft.data });
  draft.endsTokens = before.data['active'] === true && draft.data['active'] !== true;
  if (before.data['active'] !== true && draft.data['active'] === true) draft.data = activatedAccount(draft.data);
  await setOthersPassword(context, before, draft);
  if (draft.transient.has(SECURITY_QUESTIONS)) await refuseStrongerUser(context, before.id);
  await keepSecurityAnswers(context, draft, before.secret);
  await planNotices(context, before, draft);
  await followRules(context, draft);
}

async function setOthersPassword(
  context: RequestContext,
  before: StoredResource & { secret: JsonObject | null },
  draft: Draft,
): Promise<void> {
  const password = draft.transient.get('password');
  if (typeof password !== 'string') return;
  await refuseStrongerUser(context, before.id);
  const user = { id: draft.id, data: draft.data, secret: before.secret };
  // As on create: a password that somebody else chose is to be changed (rulings: mustChange).
  draft.secret = await setPassword(context, user, password, { mustChange: true, checkPolicy: true });
  draft.data = withPassword(withoutAttemptLock(draft.data) ?? draft.data);
}

async function beforeDelete(...[context, session, resource, force]: DeleteHook): Promise<void> {
  if (isServiceUser(resource.data)) refuseOthersForService(context);
  // So that no rule that changes meanwhile puts the user back.
  if (await hasMembershipRules(context, session)) await holdMembershipRules(context, session);
  await releaseReferences(context, session, resource, force);
  await removeUserTokens(session, context.domain.id, resource.id);
  // Verified tokens are kept by every process until the epoch moves; the user's own end here.
  await session.domains.bumpEpoch(context.domain.id);
}

/** Fills and checks what a user's attributes say about each other. */
async function complete(context: RequestContext, data: JsonObject, before: JsonObject | null): Promise<void> {
  const service = isServiceUser(data);
  // IDCS: scim.md §5: a primary address must be there unless IdentitySettings.primaryEmailRequired is false.
  const { primaryEmailRequired } = await singletonData(context.store, context.domain, 'IdentitySettings');
  if (!service) requireFamilyName(data);
  checkLanguages(data, before);
  completeNames(data, before);
  completeEmails(data, before, !service && primaryEmailRequired !== false);
  completePhoneNumbers(data, before);
}

function requireFamilyName(data: JsonObject): void {
  const name = data['name'];
  if (isObject(name) && typeof name['familyName'] === 'string' && name['familyName'] !== '') return;
  throw badRequest('Missing required attribute(s): name.familyName.', 'error.common.validation.missingReqAttributes');
}

function isServiceUser(data: JsonObject): boolean {
  const extension = data[USER_URN];
  return isObject(extension) && extension['serviceUser'] === true;
}

function refuseForService(context: RequestContext, draft: Draft): void {
  refuseOthersForService(context);
  if (draft.transient.get('password') !== undefined) throw badRequest('A service user can not have a password.');
}

/** IDCS: a service user is written by Identity Domain Administrators only and has no password (scim.md, "User specifics"). */
function refuseOthersForService({ caller }: RequestContext): void {
  if (caller.roles.has(SUPERUSER)) return;
  throw new ScimError(
    401,
    `Operation failed due to unauthorized access. A service user needs the AppRole ${SUPERUSER}.`,
    { messageId: 'error.common.exception.unauthorizedAccess' },
  );
}

function extensionOf(data: JsonObject): JsonObject {
  const extension = data[USER_URN];
  if (isObject(extension)) return extension;
  const made: JsonObject = {};
  data[USER_URN] = made;
  return made;
}

/** IDCS: a user's groups as {value, display, ocid, type, membershipOcid, dateAdded ...}; AllUsersId is never among them. */
function loadGroups(...[context, session, resources, projection]: Parameters<ComputedAttribute['load']>) {
  const attribute = resourceType('User').core('groups')!;
  return loadEdgeAttribute(context, session, attribute, resources, projection, (element, row) => {
    const { nonUniqueDisplayName, externalId } = row.other.data;
    if (nonUniqueDisplayName !== undefined) element['nonUniqueDisplay'] = nonUniqueDisplayName;
    if (externalId !== undefined) element['externalId'] = externalId;
  });
}
