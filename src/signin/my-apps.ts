import type { MyAppsModel } from '../pages/pages.ts';
import { launchUrlOf, nameOfApp, usableApps, webAddress } from '../resources/usable-apps.ts';
import type { JsonObject } from '../scim/json.ts';
import type { SignInContext, SignInServices } from './sign-in-services.ts';

/** Apps on the page at most. */
const LISTED = 200;

type MyApp = MyAppsModel['apps'][number];

/**
 * The apps that a user may use, as far as they have an address to go to. By display name, the first 200.
 * That an app without an address is left out is inferred.
 */
export async function myApps(
  { store }: Pick<SignInServices, 'store'>,
  { domain }: SignInContext,
  userId: string,
): Promise<readonly MyApp[]> {
  const apps = await usableApps(store, domain.id, userId);
  return apps
    .map(({ data }) => asShown(data))
    .filter((app) => app.url !== null)
    .slice(0, LISTED);
}

function asShown(data: JsonObject): MyApp {
  const { description } = data;
  return {
    displayName: nameOfApp(data),
    description: typeof description === 'string' ? description : null,
    url: launchUrlOf(data),
    iconUrl: webAddress(data['appIcon']),
  };
}
