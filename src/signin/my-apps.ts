import type { MyAppsModel } from '../pages/pages.ts';
import { resourceType } from '../schemas/registry.ts';
import type { Filter } from '../scim/filter-ast.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import type { SignInContext, SignInServices } from './sign-in-services.ts';

/** Apps on the page at most. */
const LISTED = 200;
/** Grants that are looked through at most. */
const MOST_GRANTS = 1000;
/** IDCS: scim.md §5: the group of everybody; it lists no members. */
const GROUP_OF_EVERYBODY = 'AllUsersId';

type MyApp = MyAppsModel['apps'][number];

/**
 * The apps that a user may use: active, shown in My Apps, with an address to go to; and either open to every user, or granted
 * to this one, directly or through a group (IDCS: oauth.md §3, allowAccessControl). By display name, the first 200.
 * That an app without an address is left out is inferred. Four statements, however many apps there are.
 */
export async function myApps(
  services: Pick<SignInServices, 'store'>,
  { domain }: SignInContext,
  userId: string,
): Promise<readonly MyApp[]> {
  const open = await openApps(services, domain.id);
  const granted = (await grantedApps(services, domain.id, userId)).filter(
    (data) => data['allowAccessControl'] === true && isShown(data),
  );
  return [...open, ...granted]
    .map(asShown)
    .filter((app) => app.url !== null)
    .sort((a, b) => a.displayName.localeCompare(b.displayName, 'en'))
    .slice(0, LISTED);
}

async function openApps({ store }: Pick<SignInServices, 'store'>, domainId: number): Promise<readonly JsonObject[]> {
  const type = resourceType('App');
  const is = (name: string): Filter => ({ op: 'eq', attribute: type.resolve(name)!, value: true });
  const filters: Filter[] = [
    is('active'),
    is('showInMyApps'),
    is('isLoginTarget'),
    { op: 'not', filter: is('allowAccessControl') },
  ];
  const { resources } = await store.resources.search(domainId, {
    type,
    filter: { op: 'and', filters },
    sortBy: type.resolve('displayName')!,
    descending: false,
    offset: 0,
    // More than are shown: some have no address.
    limit: 2 * LISTED,
  });
  return resources.map(({ data }) => data);
}

async function grantedApps(
  { store }: Pick<SignInServices, 'store'>,
  domainId: number,
  userId: string,
): Promise<readonly JsonObject[]> {
  const groups = await store.edges.page(domainId, { kind: 'member', end: 'target', ids: [userId] });
  const grantees = [userId, GROUP_OF_EVERYBODY, ...(groups.get(userId) ?? []).map((edge) => edge.sourceId)];
  const type = resourceType('Grant');
  const attribute = type.resolve('grantee.value')!;
  const { resources } = await store.resources.search(domainId, {
    type,
    filter: { op: 'or', filters: grantees.map((value): Filter => ({ op: 'eq', attribute, value })) },
    sortBy: null,
    descending: false,
    offset: 0,
    limit: MOST_GRANTS,
  });
  const keys = [...new Set(resources.map(appOf))].map((key) => ({ type: 'App', key }));
  return [...(await store.resources.resolve(domainId, keys)).values()].map(({ data }) => data);
}

function appOf({ data }: StoredResource): string {
  const { app } = data;
  return isObject(app) ? String(app['value']) : '';
}

function isShown(data: JsonObject): boolean {
  return data['active'] === true && data['showInMyApps'] === true && data['isLoginTarget'] === true;
}

function asShown(data: JsonObject): MyApp {
  const { description, redirectUris } = data;
  return {
    displayName: String(data['displayName'] ?? data['name']),
    description: typeof description === 'string' ? description : null,
    url:
      webAddress(data['landingPageUrl']) ??
      webAddress(data['homePageUrl']) ??
      webAddress(Array.isArray(redirectUris) ? redirectUris[0] : null),
    iconUrl: webAddress(data['appIcon']),
  };
}

/** Only what a browser opens as a page: an administrator of an app must not get scripts into My Apps. */
function webAddress(value: unknown): string | null {
  return typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) ? value : null;
}
