import { OWN_NAME } from '../audit/sign-in-events.ts';
import { pageContext } from '../pages/page.ts';
import { BUILT_IN_APP_ID } from '../resources/built-in-app.ts';
import { acceptedLanguages } from './authentication/accepted-languages.ts';
import type { Machine } from './authentication/authentication-services.ts';
import type { Visit } from './page-route.ts';
import type { SignInRequest } from './sign-in-request.ts';
import type { SignInRouteServices } from './sign-in-services.ts';

/** The sign-in's machine, driven by a browser on the domain's own pages: the App that is signed in to counts as the client. */
export function pageMachine(
  services: SignInRouteServices,
  { request, context }: Visit,
  signIn: SignInRequest,
): Machine {
  const { language } = pageContext(request, context, signIn.uiLocales);
  return {
    services: { ...services, certificateKey: () => Promise.resolve(null) },
    context: {
      ...context,
      client: { id: signIn.appId ?? BUILT_IN_APP_ID, name: signIn.appName ?? OWN_NAME },
      ip: request.ip,
      request: context.request!,
      languages: [language, ...acceptedLanguages(request.headers['accept-language'])],
      byPage: true,
    },
  };
}
