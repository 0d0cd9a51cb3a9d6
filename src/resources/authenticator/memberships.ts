import { resourceType } from '../../schemas/registry.ts';
import type { Filter } from '../../scim/filter-ast.ts';
import type { JsonObject, JsonValue } from '../../scim/json.ts';
import { equals } from '../app-parts.ts';
import type { Draft } from '../behaviour.ts';
import { appRolesOf } from '../held-app-roles.ts';
import { isDynamic } from '../membership-rule.ts';
import type { RequestContext } from '../request-context.ts';
import type { AuthenticatorSubject } from './subject.ts';

/** What an authenticator says a subject belongs to; each element with its `type`, direct or indirect. */
export interface SubjectMemberships {
  readonly groups: readonly JsonObject[];
  readonly appRoles: readonly JsonObject[];
}

const OPC_SERVICE_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:opcService:App';

type Context = Pick<RequestContext, 'store' | 'domain' | 'baseUrl'>;

/**
 * Groups and AppRoles of a user or an App; of the AppRoles only those that the four app filters of the body leave.
 *
 * IDCS: authenticator page: `groups` has the groups of a user, and one entry with the legacyGroupName for each AppRole shown that has
 * one, under the AppRole's id unless a group of that name is there; all addresses say IDSGroups. The examples with a filter show
 * fewer legacy groups; that real groups stay is inferred from the text, which speaks of appRoles only.
 */
export async function subjectMemberships(
  context: Context,
  { type, row }: AuthenticatorSubject,
  draft: Draft,
): Promise<SubjectMemberships> {
  const { store, domain, baseUrl } = context;
  const keeps = await appFilter(context, draft);
  const held = (await appRolesOf(store, domain.id, [row], type === 'User')).get(row.id) ?? [];
  const appRoles = held
    .filter(keeps)
    .map((role) => ({ ...role, $ref: `${baseUrl}/admin/v1/AppRoles/${String(role['value'])}` }));
  const edges =
    type === 'User' ? await store.edges.page(domain.id, { kind: 'member', end: 'target', ids: [row.id] }) : null;
  const groups: JsonObject[] = (edges?.get(row.id) ?? []).map(({ other }) => ({
    display: other.display ?? '',
    value: other.id,
    type: isDynamic(other.data) ? 'indirect' : 'direct',
  }));
  const shown = new Set(groups.map((group) => fold(group['display'])));
  for (const { legacyGroupName, value, type: how } of appRoles as readonly JsonObject[]) {
    if (typeof legacyGroupName !== 'string' || shown.has(fold(legacyGroupName))) continue;
    shown.add(fold(legacyGroupName));
    groups.push({ display: legacyGroupName, value: value!, type: how! });
  }
  for (const group of groups) group['$ref'] = `${baseUrl}/admin/v1/IDSGroups/${String(group['value'])}`;
  return { groups, appRoles };
}

/** Which AppRoles the body's appName, appId, appServiceInstanceIdentifier and appDisplayName leave: all that are given must fit. */
async function appFilter(context: Context, draft: Draft): Promise<(role: JsonObject) => boolean> {
  const tests: ((role: JsonObject) => boolean)[] = [];
  const given = (name: string) => {
    const value = draft.transient.get(name);
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const name = given('appName');
  if (name !== null) tests.push((role) => fold(role['appName']) === fold(name));
  const key = given('appId');
  if (key !== null) {
    const ids = await idsBy(context, ['id', 'ocid'], key);
    tests.push((role) => ids.has(String(role['appId'])));
  }
  const instance = given('appServiceInstanceIdentifier');
  if (instance !== null) {
    const ids = await idsBy(context, [`${OPC_SERVICE_URN}:serviceInstanceIdentifier`], instance);
    tests.push((role) => ids.has(String(role['appId'])));
  }
  const display = given('appDisplayName');
  if (display !== null) {
    const ids = await idsBy(context, ['displayName'], display);
    // IDCS: the page's last user example names an AppRole in appDisplayName ("Identity Domain Administrator") and gets it.
    tests.push((role) => ids.has(String(role['appId'])) || fold(role['display']) === fold(display));
  }
  return (role) => tests.every((fits) => fits(role));
}

/** Display names are not unique; more Apps of one than this are not looked at. */
const MOST_APPS = 1000;

async function idsBy(
  { store, domain }: Context,
  paths: readonly string[],
  value: string,
): Promise<ReadonlySet<string>> {
  if (value.includes('\u0000')) return new Set();
  const filters = paths.map((path) => equals('App', path, value));
  const filter: Filter = filters.length === 1 ? filters[0]! : { op: 'or', filters };
  const query = { type: resourceType('App'), filter, sortBy: null, descending: false, offset: 0, limit: MOST_APPS };
  const { resources } = await store.resources.search(domain.id, query);
  return new Set(resources.map(({ id }) => id));
}

function fold(value: JsonValue | undefined): string {
  return String(value ?? '').toLowerCase();
}
