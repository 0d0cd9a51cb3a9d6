import type { Domain } from '../../domains/domain.ts';
import { EpochCache } from '../../domains/epoch-cache.ts';
import { definingApps } from '../../resources/app-scopes.ts';
import { resourceType } from '../../schemas/registry.ts';
import type { Filter } from '../../scim/filter-ast.ts';
import { isObject, type JsonObject } from '../../scim/json.ts';
import type { Store, StoredResource } from '../../store/store.ts';
import { type Tag, tagsOf } from './trust-scope.ts';

/*
 * Resource applications as the token endpoint sees them. Read once an epoch: writes of Apps bump it.
 */

/** An active App with isOAuthResource. */
export interface ResourceApp {
  readonly id: string;
  readonly audience: string;
  readonly secondaryAudiences: readonly string[];
  /** Its scopes, by fully qualified scope. */
  readonly scopes: ReadonlyMap<string, ResourceScope>;
  readonly tags: readonly Tag[];
  readonly accessTokenExpiry: number | null;
  readonly refreshTokenExpiry: number | null;
  readonly allowOffline: boolean;
}

/** A scope that a resource application defines. */
export interface ResourceScope {
  readonly value: string;
  readonly requiresConsent: boolean;
  readonly displayName: string | null;
  readonly description: string | null;
}

const appsByScopes = new EpochCache<ReadonlyMap<string, ResourceApp>>(1000);
const tagged = new EpochCache<boolean>(1000);

/**
 * The active resource applications that define scopes, by fully qualified scope; one statement for all of them.
 * IDCS: oauth.md §4.1: a fully qualified scope is the primary audience and the value in one word. That secondary audiences make
 * none is inferred: the server derives `scopes.fqs` from the primary one alone.
 */
export function resourceApps(
  store: Store,
  domain: Domain,
  scopes: readonly string[],
): Promise<ReadonlyMap<string, ResourceApp>> {
  const sorted = [...scopes].sort();
  return appsByScopes.get(store, domain, JSON.stringify(sorted), async () => {
    const apps = new Map<string, ResourceApp>();
    const made = new Map<string, ResourceApp>();
    for (const [fqs, row] of await definingApps(store, domain.id, sorted)) {
      if (row.data['active'] !== true || row.data['isOAuthResource'] !== true) continue;
      const app = made.get(row.id) ?? resourceApp(row);
      made.set(row.id, app);
      apps.set(fqs, app);
    }
    return apps;
  });
}

/** Whether some active resource application has one of these tags; one statement. */
export function someAppHasTag(store: Store, domain: Domain, tags: readonly Tag[]): Promise<boolean> {
  return tagged.get(store, domain, JSON.stringify(tags), async () => {
    if (tags.length === 0) return false;
    const type = resourceType('App');
    const is = (path: string, value: string | boolean): Filter => ({ op: 'eq', attribute: type.resolve(path)!, value });
    const carries = tags.map(({ key, value }): Filter => {
      const filter: Filter = { op: 'and', filters: [is('tags.key', key), is('tags.value', value)] };
      return { op: 'valuePath', attribute: type.resolve('tags')!, filter };
    });
    const any: Filter = carries.length === 1 ? carries[0]! : { op: 'or', filters: carries };
    const filter: Filter = { op: 'and', filters: [is('isOAuthResource', true), is('active', true), any] };
    const query = { type, filter, sortBy: null, descending: false, offset: 0, limit: 0 };
    return (await store.resources.search(domain.id, query)).total > 0;
  });
}

function resourceApp({ id, data }: StoredResource): ResourceApp {
  const scopes = elements(data['scopes']).map((scope): [string, ResourceScope] => [
    String(scope['fqs']),
    {
      value: String(scope['value']),
      requiresConsent: scope['requiresConsent'] === true,
      displayName: text(scope['displayName']),
      description: text(scope['description']),
    },
  ]);
  const { secondaryAudiences } = data;
  return {
    id,
    audience: String(data['audience']),
    secondaryAudiences: Array.isArray(secondaryAudiences)
      ? secondaryAudiences.filter((audience) => typeof audience === 'string')
      : [],
    scopes: new Map(scopes),
    tags: tagsOf(data['tags']),
    accessTokenExpiry: seconds(data['accessTokenExpiry']),
    refreshTokenExpiry: seconds(data['refreshTokenExpiry']),
    allowOffline: data['allowOffline'] === true,
  };
}

function elements(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function seconds(value: unknown): number | null {
  return typeof value === 'number' && value > 0 ? value : null;
}
