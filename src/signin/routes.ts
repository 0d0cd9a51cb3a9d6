import type { FastifyInstance } from 'fastify';
import { registerChangePasswordPage } from './change-password-page.ts';
import { registerErrorPage } from './error-route.ts';
import { registerForgotPasswordPage } from './forgot-password-page.ts';
import { registerMyAppsPage } from './my-apps-page.ts';
import { registerResetPasswordPage } from './reset-password-page.ts';
import { registerSignInPage } from './sign-in-page.ts';
import type { SignInRouteServices } from './sign-in-services.ts';
import { registerSignUpPage } from './sign-up-page.ts';
import { registerVerifyEmailPage } from './verify-email-page.ts';

export type { SignInRouteServices } from './sign-in-services.ts';

/** Mounts the pages of signing in, below /ui/v1. */
export function registerSignInRoutes(app: FastifyInstance, services: SignInRouteServices): void {
  registerSignInPage(app, services);
  registerChangePasswordPage(app, services);
  registerResetPasswordPage(app, services);
  registerVerifyEmailPage(app, services);
  registerForgotPasswordPage(app, services);
  registerSignUpPage(app, services);
  registerMyAppsPage(app, services);
  registerErrorPage(app, services);
}
