import { resourceType } from '../../schemas/registry.ts';
import { badRequest } from '../../scim/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../../scim/json.ts';
import { PATCH_SCHEMA } from '../../scim/patch-operation.ts';
import type { ProjectionRequest } from '../../scim/projection.ts';
import type { ResourceType } from '../../scim/schema.ts';
import { type Accepted, acceptCreate } from '../../scim/validate.ts';
import { missingRequired } from '../../scim/validation-errors.ts';
import type { StoredResource } from '../../store/store.ts';
import { askForConfirmation } from '../registration-confirmation.ts';
import { checkRegistration, registrationFields } from '../registration-form.ts';
import type { RequestContext } from '../request-context.ts';
import { refuseAdministratorGroup } from '../stronger-principals.ts';
import { SELF_REGISTRATION_URN, USER_URN } from '../user-urns.ts';
import { createResource } from './create.ts';
import { danglingReference } from './dangling-reference.ts';
import { patchResource } from './patch.ts';
import { locationOf, type ResourceResponse } from './response.ts';

const DAY = 24 * 60 * 60_000;
const WHOLE = { attributes: null, attributeSets: null };

/**
 * POST of Me: somebody makes an account by a SelfRegistrationProfile (flows.md C6). Where the profile asks for it, the account is not
 * active until the mail address is confirmed.
 *
 * @param body a User with a password and `…selfRegistration:User.selfRegistrationProfile`
 * @throws ScimError 400 naming the attribute that the profile does not allow or misses; 409 for a name that is taken
 */
export async function registerUser(
  context: RequestContext,
  me: ResourceType,
  body: JsonObject,
  params: ProjectionRequest,
): Promise<ResourceResponse> {
  // As the data files have it: what users may not change later, they choose now.
  const accepted = acceptCreate(resourceType('Me'), named(body));
  const profile = await profileOf(context, accepted.data);
  checkRegistration(profile.data, accepted);
  const groups = groupsOf(profile.data);
  for (const group of groups) await refuseAdministratorGroup(context, context.store, group);
  const unconfirmed = profile.data['activationEmailRequired'] === true;
  const made = await createResource(
    { ...context, byService: true, registers: unconfirmed ? 'unconfirmed' : 'confirmed' },
    resourceType('User'),
    bodyOf(profile.data, accepted),
    params,
  );
  const id = String(made.body!['id']);
  for (const group of groups) await join(context, group, id);
  const token = unconfirmed ? await confirm(context, profile.data, id, accepted) : null;
  const answer = made.body!;
  const meta = isObject(answer['meta']) ? answer['meta'] : null;
  const location = locationOf(context, me, id);
  if (meta !== null) answer['meta'] = { ...meta, resourceType: 'Me', location };
  if (token !== null) {
    const extension = answer[SELF_REGISTRATION_URN];
    answer[SELF_REGISTRATION_URN] = { ...(isObject(extension) ? extension : {}), userToken: token };
  }
  return { ...made, body: answer, location };
}

/** A body without a user name: who registers goes by the mail address. */
function named(body: JsonObject): JsonObject {
  if (Object.keys(body).some((name) => /(^|:)userName$/i.test(name))) return body;
  const emails = body['emails'];
  const address = (Array.isArray(emails) ? emails.filter(isObject) : []).find(({ primary }) => primary === true)?.[
    'value'
  ];
  return typeof address === 'string' ? { ...body, userName: address } : body;
}

async function profileOf({ store, domain }: RequestContext, data: JsonObject): Promise<StoredResource> {
  const extension = data[SELF_REGISTRATION_URN];
  const reference = isObject(extension) ? extension['selfRegistrationProfile'] : undefined;
  const id = isObject(reference) ? reference['value'] : undefined;
  if (typeof id !== 'string') throw missingRequired([`${SELF_REGISTRATION_URN}:selfRegistrationProfile`]);
  const profile = await store.resources.read(domain.id, 'SelfRegistrationProfile', id);
  if (profile === null) {
    const path = `${SELF_REGISTRATION_URN}:selfRegistrationProfile`;
    throw danglingReference(resourceType('Me'), path, 'SelfRegistrationProfile', id);
  }
  if (profile.data['active'] === true) return profile;
  throw badRequest(`${SELF_REGISTRATION_URN}:selfRegistrationProfile: the profile ${id} is not active.`);
}

/** What the User is made of: what the form has, and nothing that would follow by default from being Me. */
function bodyOf(profile: JsonObject, { data, transient, given }: Accepted): JsonObject {
  const fields = registrationFields(profile);
  const body: JsonObject = { schemas: [resourceType('User').schema], password: transient.get('password')! };
  for (const path of given) {
    if (fields.mayGive(path) && data[path] !== undefined) body[path] = data[path];
  }
  for (const [urn, value] of Object.entries(data)) {
    if (!urn.startsWith('urn:') || !isObject(value)) continue;
    const kept = Object.entries(value).filter(
      ([name]) => given.has(`${urn}:${name}`) && fields.mayGive(`${urn}:${name}`),
    );
    if (kept.length > 0) body[urn] = Object.fromEntries(kept);
  }
  return body;
}

async function join(context: RequestContext, group: string, id: string): Promise<void> {
  const value: JsonValue = [{ value: id, type: 'User' }];
  const body = { schemas: [PATCH_SCHEMA], Operations: [{ op: 'add', path: 'members', value }] };
  await patchResource(context, resourceType('Group'), group, body, { ...WHOLE, attributes: ['id'] }, null);
}

async function confirm(
  context: RequestContext,
  profile: JsonObject,
  id: string,
  { transient }: Accepted,
): Promise<string | null> {
  const user = await context.store.resources.read(context.domain.id, 'User', id);
  if (user === null) return null;
  const days = Number(profile['numberOfDaysRedirectUrlIsValid'] ?? 0);
  const external = transient.get(`${USER_URN}:userFlowControlledByExternalClient`) === true;
  const lifetime = days > 0 ? { lifetime: days * DAY } : {};
  const reference = await askForConfirmation(context, user, { external, ...lifetime });
  const token = reference?.['userToken'];
  return token !== undefined && isObject(token) ? String(token['value']) : null;
}

function groupsOf({ defaultGroups }: JsonObject): string[] {
  return (Array.isArray(defaultGroups) ? defaultGroups : []).filter(isObject).map(({ value }) => String(value));
}
