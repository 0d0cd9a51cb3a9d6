import { newId, newOcid } from '../ids.ts';
import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import { readValue } from '../scim/resource-data.ts';
import type { ReferenceKey, StoredResource, StoreSession } from '../store/store.ts';
import { equals } from './app-parts.ts';
import type { Draft } from './behaviour.ts';
import { authorOf } from './pipeline/author.ts';
import { typeOf } from './policy.ts';
import type { RequestContext } from './request-context.ts';

/*
 * The policies of an App, and the resources that its authorization policies speak of. That they exist is checked with all
 * references; here is what they must be.
 */

const ENTERPRISE = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:enterpriseApp:App';

/** IDCS: flows.md B7: every enterprise App begins with these two, which allow and deny nothing until they have rules. */
const AUTHZ_POLICIES = [
  { attribute: 'allowAuthzPolicy', policyType: 'AllowAuthz', name: 'Allow Authorization policy' },
  // The name of the second one is inferred from the first's.
  { attribute: 'denyAuthzPolicy', policyType: 'DenyAuthz', name: 'Deny Authorization policy' },
] as const;

/** Attributes that name a policy, and its type. What types radiusPolicy and trustPolicies have is not known. */
const POLICY_TYPES: readonly (readonly [path: string, policyType: string])[] = [
  ['signonPolicy', 'SignOn'],
  ['appSignonPolicy', 'SignOn'],
  ['idpPolicy', 'IdentityProvider'],
  ...AUTHZ_POLICIES.map(({ attribute, policyType }) => [`${ENTERPRISE}:${attribute}`, policyType] as const),
];

/**
 * Checks the type of an App's policies, and that its AppResources are its own (inferred). What is stored already is left alone.
 *
 * @param before the App as it stands; null on create
 * @throws ScimError 400 naming the attribute
 */
export async function checkAppPolicies(
  context: RequestContext,
  draft: Draft,
  before: JsonObject | null,
): Promise<void> {
  const wanted = new Map<string, string>();
  const keys: ReferenceKey[] = [];
  for (const [path, policyType] of POLICY_TYPES) {
    const [id] = freshIds(path, draft.data, before);
    if (id === undefined) continue;
    wanted.set(path, policyType);
    keys.push({ type: 'Policy', key: id });
  }
  const resources = freshIds(`${ENTERPRISE}:appResources`, draft.data, before);
  keys.push(...resources.map((key) => ({ type: 'AppResource', key })));
  if (keys.length === 0) return;
  const found = await context.store.resources.resolve(context.domain.id, keys);
  for (const [path, policyType] of wanted) {
    const policy = found.get(`Policy:${freshIds(path, draft.data, before)[0]!}`);
    if (policy === undefined || typeOf(policy.data) === policyType) continue;
    const type = typeOf(policy.data);
    throw badRequest(
      `App.${nameOf(path)} needs a Policy of the type ${policyType}; ${policy.id} is of the type ${type}.`,
    );
  }
  for (const id of resources) {
    const app = found.get(`AppResource:${id}`)?.data['app'];
    if (isObject(app) && app['value'] === draft.id) continue;
    throw badRequest(`App.appResources: AppResource ${id} belongs to another App.`);
  }
}

/** Ids that an attribute has now and had not before. */
function freshIds(path: string, data: JsonObject, before: JsonObject | null): string[] {
  const known = before === null ? [] : idsIn(path, before);
  return idsIn(path, data).filter((id) => !known.includes(id));
}

function idsIn(path: string, data: JsonObject): string[] {
  const value: JsonValue = readValue(data, resourceType('App').resolve(path)!) ?? [];
  return (Array.isArray(value) ? value : [value]).filter(isObject).map((element) => String(element['value']));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf(':') + 1);
}

/** Gives a new enterprise App ids for the policies that it was not given; `insertAuthzPolicies` makes them. */
export function nameAuthzPolicies(context: RequestContext, data: JsonObject): void {
  const given = data[ENTERPRISE];
  const extension: JsonObject = isObject(given) ? { ...given } : {};
  for (const { attribute } of AUTHZ_POLICIES) extension[attribute] ??= { value: newId(context.ids) };
  data[ENTERPRISE] = extension;
}

/** Inserts the policies that a new enterprise App names and that do not exist yet. */
export async function insertAuthzPolicies(
  context: RequestContext,
  session: StoreSession,
  app: StoredResource,
): Promise<void> {
  const type = resourceType('Policy');
  const author = authorOf(context);
  const created = context.clock.now();
  for (const { attribute, policyType, name } of AUTHZ_POLICIES) {
    const [id] = idsIn(`${ENTERPRISE}:${attribute}`, app.data);
    if (id === undefined || (await session.resources.read(context.domain.id, 'Policy', id)) !== null) continue;
    const data: JsonObject = {
      name,
      active: false,
      policyType: { value: policyType },
      idcsCreatedBy: author,
      idcsLastModifiedBy: { ...author },
    };
    const row = {
      type,
      id,
      ocid: newOcid(context.ids, 'domainpolicy'),
      version: newId(context.ids),
      lastModified: created,
      data,
    };
    await session.resources.insert(context.domain.id, row, created);
  }
}

/** Removes the authorization policies of an App that goes, unless another App has them too (inferred). Their rules stay. */
export async function removeAuthzPolicies(
  context: RequestContext,
  session: StoreSession,
  app: StoredResource,
): Promise<void> {
  const type = resourceType('App');
  for (const { attribute } of AUTHZ_POLICIES) {
    const path = `${ENTERPRISE}:${attribute}`;
    const [id] = idsIn(path, app.data);
    if (id === undefined) continue;
    const filter = equals('App', `${path}.value`, id);
    const query = { type, filter, sortBy: null, descending: false, offset: 0, limit: 2 };
    const { resources } = await session.resources.search(context.domain.id, query);
    if (resources.every((other) => other.id === app.id)) {
      await session.resources.delete(context.domain.id, 'Policy', id, null);
    }
  }
}
