import type { FastifyInstance } from 'fastify';
import { pageContext } from '../pages/page.ts';
import { myAppsPage } from '../pages/pages.ts';
import { myApps } from './my-apps.ts';
import { MY_APPS_PATH } from './my-apps-path.ts';
import { goOn, pageRoute } from './page-route.ts';
import { sufficesHere } from './session-suffices-here.ts';
import { sessionUser } from './session-user.ts';
import { TO_MY_APPS } from './sign-in-page.ts';
import { beginSignIn } from './sign-in-request.ts';
import type { SignInRouteServices } from './sign-in-services.ts';

/** Mounts My Apps, and `/` that leads there. */
export function registerMyAppsPage(app: FastifyInstance, services: SignInRouteServices): void {
  const { contextOf } = services;
  pageRoute(app, 'GET', MY_APPS_PATH, contextOf, async (visit) => {
    const { request, reply, context } = visit;
    const signedIn = await sessionUser(services, context, request);
    if (signedIn === null) return goOn(visit, await beginSignIn(services, context, request, reply, TO_MY_APPS));
    const { user } = signedIn;
    if (!(await sufficesHere(services, context, signedIn))) {
      return goOn(visit, await beginSignIn(services, context, request, reply, { ...TO_MY_APPS, stepUp: true }));
    }
    const userName = String(user.data['userName']);
    return myAppsPage(pageContext(request, context), {
      displayName: String(user.data['displayName'] ?? userName),
      userName,
      apps: await myApps(services, context, user.id),
      signOutUrl: `${context.baseUrl}/oauth2/v1/userlogout`,
    });
  });
  // Inferred: a person who opens the domain's address comes to the console. Programs are told that there is nothing.
  app.get('/', { exposeHeadRoute: false }, async (request, reply) => {
    if (!(request.headers.accept ?? '').includes('text/html')) return reply.callNotFound();
    return reply.header('cache-control', 'no-store').redirect(`${contextOf(request).baseUrl}${MY_APPS_PATH}`);
  });
}
