import { EpochCache } from '../../domains/epoch-cache.ts';
import { mayUseApp } from '../../resources/may-use-app.ts';
import { resourceType } from '../../schemas/registry.ts';
import type { StoredResource } from '../../store/store.ts';
import { refuse } from './authentication-error.ts';
import type { Machine } from './authentication-services.ts';
import type { AuthenticationState } from './authentication-state.ts';

/**
 * The application that a client names as the one that is signed in to.
 * @param appName App.displayName
 * @throws RequestRefused AUTH-1118 when there is no such App, AUTH-1122 when it is not active
 */
export async function appByName({ services, context }: Machine, appName: string): Promise<StoredResource> {
  const type = resourceType('App');
  const filter = { op: 'eq' as const, attribute: type.resolve('displayName')!, value: appName };
  const query = { type, filter, sortBy: null, descending: false, offset: 0, limit: 2 };
  const { resources } = await services.store.resources.search(context.domain.id, query);
  // Two of one name: nobody can say which is meant.
  if (resources.length !== 1) throw refuse('AUTH-1118');
  const app = resources[0]!;
  if (app.data['active'] !== true) throw refuse('AUTH-1122');
  return app;
}

const apps = new EpochCache<StoredResource | null>(1000);

/**
 * The application that is signed in to: the one that was named, or the client's own; null when it is gone. Read once an epoch: every
 * write of an App moves the domain's.
 */
export function targetApp(
  { services, context }: Machine,
  { appId }: AuthenticationState,
): Promise<StoredResource | null> {
  const { store } = services;
  const { domain, client } = context;
  const id = appId ?? client.id;
  return apps.get(store, domain, id, () => store.resources.read(domain.id, 'App', id));
}

/** Whether a user may sign in to the application. IDCS: oauth.md §3: with `allowAccessControl` only users with a Grant of it. */
export async function mayUseTarget(
  machine: Machine,
  state: AuthenticationState,
  user: StoredResource,
): Promise<boolean> {
  const { services, context } = machine;
  const app = await targetApp(machine, state);
  return app === null || (await mayUseApp({ store: services.store, domain: context.domain }, user, app));
}
