import type { FastifyInstance } from 'fastify';
import { recordEvent } from '../../audit/record-event.ts';
import { sessionDeleted } from '../../audit/sign-in-events.ts';
import { pageContext } from '../../pages/page.ts';
import { signedOutPage } from '../../pages/pages.ts';
import { type Outcome, pageRoute, type Visit } from '../../signin/page-route.ts';
import { forgetKmsi } from '../../signin/remembered-browser.ts';
import { endSession, hasSessionCookie } from '../../signin/session.ts';
import { ssoSettings } from '../../signin/sso-settings.ts';
import type { OAuthServices } from '../token/token-request.ts';
import { logoutUrls } from './front-channel.ts';
import { readLogoutRequest } from './logout-request.ts';

const PATH = '/oauth2/v1/userlogout';

/**
 * Mounts the end of a session (OpenID Connect RP-Initiated Logout 1.0). As the real service does, and unlike what the
 * specification advises, a plain GET ends the session of whoever is signed in, without asking: also when there is no
 * id_token_hint or it speaks of another user. What another site's page can do by that is sign a person out.
 */
export function registerUserLogout(app: FastifyInstance, services: OAuthServices): void {
  const { contextOf } = services;
  const handler = (visit: Visit) => signOut(services, visit);
  pageRoute(app, 'GET', PATH, contextOf, handler);
  pageRoute(app, 'POST', PATH, contextOf, handler);
  // IDCS: oauth.md §8: known from the list of rate limits only; that it is the same is inferred.
  pageRoute(app, 'GET', '/sso/v1/user/logout', contextOf, handler);
}

async function signOut(services: OAuthServices, { request, reply, context, fields }: Visit): Promise<Outcome> {
  const { goOnTo } = await readLogoutRequest(services, context, fields);
  // A form of another site's page comes without the session's cookie (SameSite=Lax); the GET that follows has it.
  if (request.method === 'POST' && !hasSessionCookie(context, request)) {
    return { to: `${context.baseUrl}${PATH}?${new URLSearchParams([...fields])}` };
  }
  const session = await endSession(services, context, request, reply);
  await forgetKmsi(services, context, request, reply);
  if (session !== null) {
    const user = await services.store.resources.read(context.domain.id, 'User', session.userId);
    if (user !== null) await recordEvent({ ...context, ...services }, null, sessionDeleted(user, session));
  }
  const urls = await logoutUrls(services, context, session);
  // IDCS: oauth.md §8: without an address of its own, a request leads to the sign-out URL of the domain's SSO settings.
  const { logoutUrl } = await ssoSettings(services.store, context.domain);
  const target = goOnTo ?? (logoutUrl?.startsWith('/') ? `${context.baseUrl}${logoutUrl}` : logoutUrl);
  if (target !== null && urls.length === 0) return { to: target };
  return signedOutPage(pageContext(request, context, fields.get('ui_locales')), {
    logoutUrls: urls,
    continueTo: target,
    signInUrl: `${context.baseUrl}/ui/v1/signin`,
  });
}
