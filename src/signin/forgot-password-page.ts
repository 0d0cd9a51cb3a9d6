import type { FastifyInstance } from 'fastify';
import { resetRequested } from '../audit/own-password-event.ts';
import { recordEvent } from '../audit/record-event.ts';
import { pageContext } from '../pages/page.ts';
import { forgotPasswordPage, noticePage } from '../pages/pages.ts';
import { allowedWays, recoveringUser } from '../resources/recovery/recovering-user.ts';
import { mailRecovery, nobodyMailed } from '../resources/recovery/recovery-mail.ts';
import { bindBrowser } from './browser-binding.ts';
import { requireCsrf } from './csrf.ts';
import { pageRequest } from './page-caller.ts';
import { PageError } from './page-error.ts';
import { pageRoute, type Visit } from './page-route.ts';
import type { SignInRouteServices } from './sign-in-services.ts';

/** Inferred: the real path is not documented. */
export const FORGOT_PASSWORD_PATH = '/ui/v1/forgotpwd';
const CSRF = 'forgotpwd';

/** Mounts the page where somebody who has forgotten the password asks for a mail; it never says whether there is such a user. */
export function registerForgotPasswordPage(app: FastifyInstance, services: SignInRouteServices): void {
  const { contextOf } = services;
  pageRoute(app, 'GET', FORGOT_PASSWORD_PATH, contextOf, async (visit) => {
    await requireMail(services, visit);
    const { request, reply, context } = visit;
    const csrf = bindBrowser(services, context, request, reply).csrfToken(CSRF);
    const action = `${context.baseUrl}${FORGOT_PASSWORD_PATH}`;
    return forgotPasswordPage(pageContext(request, context), { action, hidden: { csrf } });
  });
  pageRoute(app, 'POST', FORGOT_PASSWORD_PATH, contextOf, async (visit) => {
    requireCsrf(visit, CSRF);
    await requireMail(services, visit);
    const { request, context, fields } = visit;
    const asker = pageRequest(services, context);
    const userName = fields.get('username') ?? '';
    const user = await recoveringUser(asker, userName);
    const meant = await mailRecovery(asker, user);
    await recordEvent(asker, null, resetRequested(asker, meant ? user : null, nobodyMailed(userName)));
    const continueTo = `${context.baseUrl}/ui/v1/signin`;
    return noticePage(pageContext(request, context), { notice: 'forgot.sent', address: '', continueTo });
  });
}

/** @throws PageError 404 when AccountRecoverySettings have no mail */
async function requireMail({ store }: SignInRouteServices, { context: { domain } }: Visit): Promise<void> {
  if ((await allowedWays({ store, domain })).includes('email')) return;
  throw new PageError(404, 'not_found', 'AccountRecoverySettings.factors of this domain has no email.');
}
