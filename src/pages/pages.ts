import type { HiddenFields } from './form-elements.ts';
import type { Page, PageContext } from './page.ts';

export type { HiddenFields } from './form-elements.ts';
export { type SignInFailure, type SignInModel, signInPage } from './sign-in-page.ts';

/*
 * The pages that a person sees. Each function is pure: from what it is given to HTML. Forms post to `action` with the fields
 * named here; `hidden` fields are carried along as they are.
 */

/** Fields: `oldPassword`, `password`, `confirmation`. */
export interface ChangePasswordModel {
  readonly action: string;
  readonly hidden: HiddenFields;
  readonly formTargets: readonly string[];
  readonly userName: string;
  readonly reason: 'expired' | 'mustChange';
  /** Sentences: rules that the new password breaks, a wrong old one, a confirmation that differs. `mismatch` and `incorrect` are codes that the page has words for. */
  readonly problems: readonly string[];
}

/** Buttons: `decision` with the value `allow` or `deny`. */
export interface ConsentModel {
  readonly action: string;
  readonly hidden: HiddenFields;
  readonly formTargets: readonly string[];
  readonly appName: string;
  readonly appDescription: string | null;
  readonly userName: string;
  readonly scopes: readonly {
    readonly scope: string;
    readonly displayName: string | null;
    readonly description: string | null;
  }[];
  readonly privacyPolicyUrl: string | null;
  readonly termsOfServiceUrl: string | null;
}

/** Step `code`: field `user_code`. Step `confirm`: buttons `decision` (`allow`, `deny`). The last two have no form. */
export interface DeviceModel {
  readonly step: 'code' | 'confirm' | 'allowed' | 'denied';
  readonly action: string;
  readonly hidden: HiddenFields;
  readonly userCode: string;
  readonly appName: string | null;
  readonly scopes: ConsentModel['scopes'];
  readonly failure: 'unknown-code' | 'expired-code' | null;
}

/** The session has ended. `logoutUrls`: addresses of apps to be told, in frames; `continueTo`: where to go on by itself after that. */
export interface SignedOutModel {
  readonly logoutUrls: readonly string[];
  readonly continueTo: string | null;
  readonly signInUrl: string;
}

/** Something that no redirect can tell the client. */
export interface ErrorModel {
  readonly status: number;
  /** `invalid_request`, `invalid_redirect_uri` ... */
  readonly error: string;
  /** For the integrator: what to change. */
  readonly description: string;
  readonly ecid: string;
}

export interface MyAppsModel {
  readonly displayName: string;
  readonly userName: string;
  readonly apps: readonly {
    readonly displayName: string;
    readonly description: string | null;
    /** Where a click leads; null: the app has no address. */
    readonly url: string | null;
    readonly iconUrl: string | null;
  }[];
  readonly signOutUrl: string;
}

/** OAuth 2.0 Form Post Response Mode: posts `parameters` to `target` by itself, or by a button where scripts are off. */
export interface FormPostModel {
  readonly target: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** A token, taken apart, for people who build with it. Field: `token`. */
export interface TokenModel {
  readonly action: string;
  readonly token: string;
  readonly header: string | null;
  readonly claims: string | null;
  /** Sentences: is it signed by this domain, has it expired, was it revoked. */
  readonly verdict: readonly { readonly good: boolean; readonly text: string }[];
  /** Times of `iat`, `nbf`, `exp`, `auth_time`, `session_exp` in words. */
  readonly times: readonly { readonly claim: string; readonly time: string }[];
}

export function changePasswordPage(_context: PageContext, model: ChangePasswordModel): Page {
  return form(model, ['oldPassword', 'password', 'confirmation'], model.problems);
}

export function consentPage(_context: PageContext, model: ConsentModel): Page {
  return form(model, ['decision'], [model.appName, ...model.scopes.map((each) => each.scope)]);
}

export function devicePage(_context: PageContext, model: DeviceModel): Page {
  return form({ ...model, formTargets: [] }, ['user_code', 'decision'], [model.step, model.userCode]);
}

export function signedOutPage(_context: PageContext, model: SignedOutModel): Page {
  return { html: plain([...model.logoutUrls, String(model.continueTo)]), frames: model.logoutUrls };
}

export function errorPage(_context: PageContext, model: ErrorModel): Page {
  return { status: model.status, html: plain([model.error, model.description, model.ecid]) };
}

export function myAppsPage(_context: PageContext, model: MyAppsModel): Page {
  return { html: plain([model.displayName, ...model.apps.map((app) => app.displayName)]) };
}

export function formPostPage(_context: PageContext, model: FormPostModel): Page {
  const hidden = model.parameters;
  return form({ action: model.target, hidden, formTargets: [new URL(model.target).origin] }, [], []);
}

export function tokenPage(_context: PageContext, model: TokenModel): Page {
  return { html: plain([String(model.claims), ...model.verdict.map((each) => each.text)]) };
}

function form(
  { action, hidden, formTargets }: { action: string; hidden: HiddenFields; formTargets: readonly string[] },
  fields: readonly string[],
  lines: readonly string[],
): Page {
  const inputs = [
    ...Object.entries(hidden).map(([name, value]) => `<input type="hidden" name="${esc(name)}" value="${esc(value)}">`),
    ...fields.map((name) => `<input name="${name}">`),
  ];
  return { html: `${plain(lines)}<form method="post" action="${esc(action)}">${inputs.join('')}</form>`, formTargets };
}

function plain(lines: readonly string[]): string {
  return `<!doctype html>${lines.map((line) => `<p>${esc(line)}</p>`).join('')}`;
}

function esc(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
