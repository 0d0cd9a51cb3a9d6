import type { FastifyInstance } from 'fastify';
import { ownPasswordEvent } from '../audit/own-password-event.ts';
import { type Page, pageContext } from '../pages/page.ts';
import { changePasswordPage } from '../pages/pages.ts';
import { ACTIVATE_PATH, RESET_PASSWORD_PATH } from '../resources/password-link.ts';
import { redeemForPassword } from '../resources/password-redemption.ts';
import { PasswordPolicyViolation } from '../resources/password-setting.ts';
import { findUserToken, type UserTokenType } from '../resources/user-token.ts';
import { ScimError } from '../scim/errors.ts';
import type { StoredResource } from '../store/store.ts';
import { bindBrowser } from './browser-binding.ts';
import { requireCsrf } from './csrf.ts';
import { PageError } from './page-error.ts';
import { goOn, pageRoute, type Visit } from './page-route.ts';
import type { SignInRouteServices } from './sign-in-services.ts';

/** A page on which the holder of a mailed token chooses a password. */
interface PasswordPage {
  readonly path: string;
  /** What its forms' `csrf` is for. */
  readonly csrf: string;
  readonly purpose: UserTokenType;
  readonly reason: 'mustChange' | 'activate';
}

const PAGES: readonly PasswordPage[] = [
  { path: RESET_PASSWORD_PATH, csrf: 'resetpwd', purpose: 'passwordReset', reason: 'mustChange' },
  { path: ACTIVATE_PATH, csrf: 'activate', purpose: 'activation', reason: 'activate' },
];

/** Mounts the pages that mailed links lead to: whoever has the token chooses a password, and then signs in with it. */
export function registerResetPasswordPage(app: FastifyInstance, services: SignInRouteServices): void {
  for (const page of PAGES) mount(app, services, page);
}

function mount(app: FastifyInstance, services: SignInRouteServices, page: PasswordPage): void {
  const { contextOf } = services;
  pageRoute(app, 'GET', page.path, contextOf, async (visit) =>
    show(services, visit, page, await requireUser(services, visit, page), []),
  );
  pageRoute(app, 'POST', page.path, contextOf, async (visit) => {
    requireCsrf(visit, page.csrf);
    const user = await requireUser(services, visit, page);
    const { fields, context } = visit;
    const password = fields.get('password') ?? '';
    if (password !== (fields.get('confirmation') ?? '')) return show(services, visit, page, user, ['mismatch']);
    const token = fields.get('token') ?? '';
    try {
      const event = ownPasswordEvent('MePasswordResetter', user);
      await redeemForPassword({ ...services, ...context, event }, token, password, null, [page.purpose]);
    } catch (error) {
      if (error instanceof PasswordPolicyViolation) return show(services, visit, page, user, error.violations);
      if (error instanceof ScimError) throw new PageError(400, 'invalid_request', error.message);
      throw error;
    }
    context.log.info({ userId: user.id }, 'a user chose a password by a mailed link');
    return goOn(visit, '/ui/v1/signin');
  });
}

/** @throws PageError 400 when the link is good no more */
async function requireUser(
  { store }: SignInRouteServices,
  { context, fields }: Visit,
  { purpose }: PasswordPage,
): Promise<StoredResource> {
  const { domain, clock } = context;
  try {
    const { userId } = await findUserToken({ store, domain, clock }, fields.get('token') ?? '', [purpose]);
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
  { path, csrf: purpose, reason }: PasswordPage,
  user: StoredResource,
  problems: readonly string[],
): Page {
  const csrf = bindBrowser(services, context, request, reply).csrfToken(purpose);
  return changePasswordPage(pageContext(request, context), {
    action: `${context.baseUrl}${path}`,
    hidden: { token: fields.get('token') ?? '', csrf },
    formTargets: [],
    userName: String(user.data['userName']),
    reason,
    withoutOld: true,
    problems,
  });
}
