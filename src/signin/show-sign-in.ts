import { type Page, pageContext } from '../pages/page.ts';
import { type SignInFailure, signInPage } from '../pages/pages.ts';
import { allowedWays } from '../resources/recovery/recovering-user.ts';
import { mayStaySignedIn } from './authentication/kept-sign-in.ts';
import { csrfToken } from './csrf.ts';
import { devUsers } from './dev-login.ts';
import { FORGOT_PASSWORD_PATH } from './forgot-password-page.ts';
import type { Visit } from './page-route.ts';
import type { SignInRequest } from './sign-in-request.ts';
import type { SignInRouteServices } from './sign-in-services.ts';
import { signUpLinks } from './sign-up-page.ts';

/** IDCS: oauth.md §3: where a browser without a session is sent. */
export const SIGN_IN_PATH = '/ui/v1/signin';
/** What the forms' `csrf` is for. */
export const SIGN_IN_CSRF = 'signin';

/** Shows the page that asks for user name and password. */
export async function showSignIn(
  services: SignInRouteServices,
  visit: Visit,
  signIn: SignInRequest,
  said: { readonly userName: string; readonly failure: SignInFailure | null },
): Promise<Page> {
  const { request, context, fields } = visit;
  const { store } = services;
  const forgot = (await allowedWays({ store, domain: context.domain })).includes('email');
  return signInPage(pageContext(request, context, signIn.uiLocales), {
    action: `${context.baseUrl}${SIGN_IN_PATH}`,
    hidden: { request: signIn.id, csrf: csrfToken(request, context, SIGN_IN_CSRF) },
    formTargets: signIn.formTargets,
    appName: signIn.appName,
    userName: said.userName,
    failure: said.failure,
    mayStay: await mayStaySignedIn({ services, context }),
    forgotUrl: forgot ? `${context.baseUrl}${FORGOT_PASSWORD_PATH}` : null,
    signUp: await signUpLinks(services, visit),
    cancellable: signIn.cancelTo !== null,
    devUsers: services.devLogin ? await devUsers(services, context, fields.get('q') ?? '') : [],
  });
}
