/*
 * The pages that a person sees. Each function is pure: from what it is given to HTML. Forms post to `action` with the fields
 * that the models name; `hidden` fields are carried along as they are.
 */
export { type ChangePasswordModel, changePasswordPage } from './change-password-page.ts';
export { type ChooseFactorModel, chooseFactorPage } from './choose-factor-page.ts';
export { type ConsentModel, consentPage } from './consent-page.ts';
export { type DeviceModel, devicePage } from './device-page.ts';
export { type EnrollModel, enrollPage } from './enroll-page.ts';
export { type EnrollProofModel, enrollProofPage } from './enroll-proof-page.ts';
export { type ErrorModel, errorPage } from './error-page.ts';
export { type ForgotPasswordModel, forgotPasswordPage } from './forgot-password-page.ts';
export type { HiddenFields } from './form-elements.ts';
export { type FormPostModel, formPostPage } from './form-post-page.ts';
export { type MyAppsModel, myAppsPage } from './my-apps-page.ts';
export { type NoticeModel, noticePage } from './notice-page.ts';
export type { RequestedScope } from './scope-list.ts';
export { type SignInFailure, type SignInModel, signInPage } from './sign-in-page.ts';
export { type SignUpModel, signUpPage } from './sign-up-page.ts';
export { type SignedOutModel, signedOutPage } from './signed-out-page.ts';
export { type TermsModel, termsPage } from './terms-page.ts';
export { type TokenModel, tokenPage } from './token-page.ts';
export { type VerifyModel, verifyPage } from './verify-page.ts';
