import { createHash } from 'node:crypto';
import { ScimError } from '../scim/errors.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import type { Behaviour, ConstantResource } from './behaviour.ts';
import type { RequestContext } from './request-context.ts';
import { launchUrlOf, nameOfApp, type UsableApp, usableApps } from './usable-apps.ts';
import { readUserSecret } from './user-secret.ts';

/*
 * MyApps and MyAccesses: the apps that the caller may use. They are no rows: they follow from Apps, Grants and groups at the time
 * of the request.
 */

/** Facts about the App that a MyApp repeats. */
const REPEATED = [
  'description',
  'isLoginTarget',
  'showInMyApps',
  'active',
  'loginMechanism',
  'appIcon',
  'isOPCService',
];

export const myAppBehaviour: Behaviour = {
  type: 'MyApp',
  constants: (context) => appsOf(context, asMyApp),
};

/** MyAccess. IDCS: no example of its attributes is known: those of the schema reference are inferred. */
export const myAccessBehaviour: Behaviour = {
  type: 'MyAccess',
  constants: (context) =>
    appsOf(context, (app, _user, favorite) => ({ app: { value: app.id, display: nameOfApp(app.data) }, favorite })),
};

/** The calling user. @throws ScimError 401 when an application asks */
export async function callingUser(
  { caller, store, domain }: RequestContext,
  what: string,
): Promise<StoredResource & { readonly secret: JsonObject | null }> {
  const user = caller.type === 'User' ? await store.resources.readWithSecret(domain.id, 'User', caller.id) : null;
  if (user !== null) return user;
  throw new ScimError(401, `Operation failed due to unauthorized access. ${what} are a user's own.`, {
    messageId: 'error.common.exception.unauthorizedAccess',
  });
}

async function appsOf(
  context: RequestContext,
  show: (app: UsableApp, user: StoredResource, favorite: boolean) => JsonObject,
): Promise<readonly ConstantResource[]> {
  const user = await callingUser(context, 'Apps');
  const favorites = new Set(readUserSecret(user.secret).favoriteApps ?? []);
  const apps = await usableApps(context.store, context.domain.id, user.id);
  return apps.map((app) => ({ id: idOf(user.id, app.id), data: show(app, user, favorites.has(app.id)) }));
}

function asMyApp(app: UsableApp, user: StoredResource, favorite: boolean): JsonObject {
  const facts = Object.fromEntries(
    REPEATED.flatMap((name) => (app.data[name] === undefined ? [] : [[name, app.data[name]!]])),
  );
  const { userName, displayName } = user.data;
  const launchUrl = launchUrlOf(app.data);
  return {
    name: userName ?? user.id,
    app: { value: app.id, display: nameOfApp(app.data), ...facts },
    owner: { value: user.id, display: displayName ?? userName ?? user.id },
    active: true,
    isAccount: false,
    favorite,
    ...(launchUrl === null ? {} : { launchUrl }),
  };
}

/** The same in every answer, and of this form (scim.md §1). */
function idOf(userId: string, appId: string): string {
  return createHash('sha256')
    .update(JSON.stringify([userId, appId]))
    .digest('hex')
    .slice(0, 32);
}
