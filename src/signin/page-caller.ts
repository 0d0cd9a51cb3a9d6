import { BUILT_IN_APP_ID } from '../resources/built-in-app.ts';
import type { RequestContext } from '../resources/request-context.ts';
import type { SignInContext, SignInRouteServices } from './sign-in-services.ts';

/** A request of somebody who has not signed in, made by a page of the domain's own: it has no rights. */
export function pageRequest(
  { store, ids, passwords, secrets, inbox }: SignInRouteServices,
  { domain, clock, baseUrl, log, request }: SignInContext,
): RequestContext {
  const caller = {
    type: 'App',
    id: BUILT_IN_APP_ID,
    ocid: null,
    display: 'IDCSApp',
    roles: new Set<string>(),
  } as const;
  const known = { domain, clock, baseUrl, log, store, ids, passwords, secrets };
  return {
    ...known,
    caller: { ...caller, clientId: null },
    ...(inbox === undefined ? {} : { inbox }),
    ...(request === undefined ? {} : { request }),
  };
}
