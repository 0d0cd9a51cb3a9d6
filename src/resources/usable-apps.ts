import { resourceType } from '../schemas/registry.ts';
import type { Filter } from '../scim/filter-ast.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { Store, StoredResource } from '../store/store.ts';

/** Apps at most. */
const MOST_APPS = 400;
/** Granted apps that are looked through at most. */
const MOST_ACCOUNTS = 1000;

type Rows = Pick<Store, 'resources'>;
/** What an App's row says. */
export type UsableApp = Pick<StoredResource, 'id' | 'data'>;

/**
 * The apps that a user may use: active and shown in My Apps; and either open to every user, or granted to this one, directly or
 * through a group (IDCS: oauth.md §3, allowAccessControl). By display name, the first 400. Three statements, however many there are.
 */
export async function usableApps(store: Rows, domainId: number, userId: string): Promise<readonly UsableApp[]> {
  const open = await openApps(store, domainId);
  const granted = (await grantedApps(store, domainId, userId)).filter(
    ({ data }) => data['allowAccessControl'] === true && isShown(data),
  );
  return [...open, ...granted]
    .sort((a, b) => nameOfApp(a.data).localeCompare(nameOfApp(b.data), 'en'))
    .slice(0, MOST_APPS);
}

/** What an app is called. */
export function nameOfApp(data: JsonObject): string {
  return String(data['displayName'] ?? data['name']);
}

/** Where an app begins; null: nowhere that is known. */
export function launchUrlOf(data: JsonObject): string | null {
  const { redirectUris } = data;
  return (
    webAddress(data['landingPageUrl']) ??
    webAddress(data['homePageUrl']) ??
    webAddress(Array.isArray(redirectUris) ? redirectUris[0] : null)
  );
}

/** Only what a browser opens as a page: an administrator of an app must not get scripts into My Apps. */
export function webAddress(value: unknown): string | null {
  return typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) ? value : null;
}

async function openApps(store: Rows, domainId: number): Promise<readonly UsableApp[]> {
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
    limit: MOST_APPS,
  });
  return resources;
}

async function grantedApps(store: Rows, domainId: number, userId: string): Promise<readonly UsableApp[]> {
  const type = resourceType('AccountMgmtInfo');
  const { resources } = await store.resources.search(domainId, {
    type,
    filter: { op: 'eq', attribute: type.resolve('owner.value')!, value: userId },
    sortBy: null,
    descending: false,
    offset: 0,
    limit: MOST_ACCOUNTS,
    implied: true,
  });
  const keys = resources.map(({ data }) => ({ type: 'App', key: appOf(data) }));
  return [...(await store.resources.resolve(domainId, keys)).values()];
}

function appOf({ app }: JsonObject): string {
  return isObject(app) ? String(app['value']) : '';
}

function isShown(data: JsonObject): boolean {
  return data['active'] === true && data['showInMyApps'] === true && data['isLoginTarget'] === true;
}
