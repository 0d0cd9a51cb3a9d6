import type { FastifyInstance } from 'fastify';
import { type Page, pageContext } from '../pages/page.ts';
import { changePasswordPage } from '../pages/pages.ts';
import { RESET_PASSWORD_PATH } from '../resources/password-link.ts';
import { redeemForPassword } from '../resources/password-redemption.ts';
import { PasswordPolicyViolation } from '../resources/password-setting.ts';
import { findUserToken } from '../resources/user-token.ts';
import { ScimError } from '../scim/errors.ts';
import type { StoredResource } from '../store/store.ts';
import { bindBrowser } from './browser-binding.ts';
import { requireCsrf } from './csrf.ts';
import { PageError } from './page-error.ts';
import { goOn, pageRoute, type Visit } from './page-route.ts';
import type { SignInRouteServices } from './sign-in-services.ts';

const CSRF = 'resetpwd';

/** Mounts the page that a mailed link leads to: whoever has its token chooses a password, and then signs in with it. */
export function registerResetPasswordPage(app: FastifyInstance, services: SignInRouteServices): void {
  const { contextOf } = services;
  pageRoute(app, 'GET', RESET_PASSWORD_PATH, contextOf, async (visit) =>
    show(services, visit, await requireUser(services, visit), []),
  );
  pageRoute(app, 'POST', RESET_PASSWORD_PATH, contextOf, async (visit) => {
    requireCsrf(visit, CSRF);
    const user = await requireUser(services, visit);
    const { fields, context } = visit;
    const password = fields.get('password') ?? '';
    if (password !== (fields.get('confirmation') ?? '')) return show(services, visit, user, ['mismatch']);
    try {
      await redeemForPassword({ ...services, ...context }, fields.get('token') ?? '', password, null);
    } catch (error) {
      if (error instanceof PasswordPolicyViolation) return show(services, visit, user, error.violations);
      if (error instanceof ScimError) throw new PageError(400, 'invalid_request', error.message);
      throw error;
    }
    context.log.info({ userId: user.id }, 'a user chose a password by a mailed link');
    return goOn(visit, '/ui/v1/signin');
  });
}

/** @throws PageError 400 when the link is good no more */
async function requireUser({ store }: SignInRouteServices, { context, fields }: Visit): Promise<StoredResource> {
  const { domain, clock } = context;
  try {
    const { userId } = await findUserToken({ store, domain, clock }, fields.get('token') ?? '');
    const user = await store.resources.read(domain.id, 'User', userId);
    if (user !== null) return user;
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
  }
  throw new PageError(
    400,
    'expired_request',
    'This link was used, has expired, or a newer one was sent. Ask your administrator for another.',
  );
}

function show(
  services: SignInRouteServices,
  { request, reply, context, fields }: Visit,
  user: StoredResource,
  problems: readonly string[],
): Page {
  const csrf = bindBrowser(services, context, request, reply).csrfToken(CSRF);
  return changePasswordPage(pageContext(request, context), {
    action: `${context.baseUrl}${RESET_PASSWORD_PATH}`,
    hidden: { token: fields.get('token') ?? '', csrf },
    formTargets: [],
    userName: String(user.data['userName']),
    reason: 'mustChange',
    withoutOld: true,
    problems,
  });
}
