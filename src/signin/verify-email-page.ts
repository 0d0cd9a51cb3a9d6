import type { FastifyInstance } from 'fastify';
import { webAddress } from '../pages/address.ts';
import { pageContext } from '../pages/page.ts';
import { noticePage } from '../pages/pages.ts';
import { verifyEmail } from '../resources/email-verification.ts';
import { VERIFY_EMAIL_PATH } from '../resources/password-link.ts';
import { registrationProfileOf } from '../resources/registration-profile.ts';
import { findUserToken } from '../resources/user-token.ts';
import { ScimError } from '../scim/errors.ts';
import { bindBrowser } from './browser-binding.ts';
import { requireCsrf } from './csrf.ts';
import { PageError } from './page-error.ts';
import { pageRoute, type Visit } from './page-route.ts';
import type { SignInRouteServices } from './sign-in-services.ts';

const CSRF = 'verifyemail';

/** Mounts the page that the link of a verification mail leads to. The form confirms, not the link: scanners of mail follow links. */
export function registerVerifyEmailPage(app: FastifyInstance, services: SignInRouteServices): void {
  const { contextOf, store } = services;
  pageRoute(app, 'GET', VERIFY_EMAIL_PATH, contextOf, async (visit) => {
    const { request, reply, context, fields } = visit;
    const token = fields.get('token') ?? '';
    const { address = '' } = await whenValid(() => findUserToken({ store, ...context }, token, ['email']));
    const csrf = bindBrowser(services, context, request, reply).csrfToken(CSRF);
    return noticePage(pageContext(request, context), {
      notice: 'verifyEmail',
      address,
      confirm: { action: `${context.baseUrl}${VERIFY_EMAIL_PATH}`, hidden: { token, csrf } },
    });
  });
  pageRoute(app, 'POST', VERIFY_EMAIL_PATH, contextOf, async (visit) => {
    requireCsrf(visit, CSRF);
    const { request, context, fields } = visit;
    const { log } = context;
    const { user, address, activated } = await whenValid(() =>
      verifyEmail({ ...services, ...context }, fields.get('token') ?? ''),
    );
    log.info({ userId: user.id, activated }, 'a user confirmed a mail address');
    return noticePage(pageContext(request, context), {
      notice: activated ? 'verifyEmail.activated' : 'verifyEmail.done',
      address,
      continueTo: (activated && (await afterRegistration(services, visit, user))) || `${context.baseUrl}/ui/v1/signin`,
    });
  });
}

/** Where the profile that a user registered by leads afterwards; null: nowhere. */
async function afterRegistration(
  { store }: SignInRouteServices,
  { context }: Visit,
  user: Parameters<typeof registrationProfileOf>[2],
): Promise<string | null> {
  const profile = await registrationProfileOf(store, context.domain, user);
  return webAddress(profile?.data['redirectUrl']);
}

/** @throws PageError 400 for a link that is good no more */
async function whenValid<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    throw new PageError(
      400,
      'expired_request',
      'This link was used, has expired, or a newer one was sent. Ask for another where you asked for this one.',
    );
  }
}
