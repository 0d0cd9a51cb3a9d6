import { alert, button, checkbox, field, form, type HiddenFields } from './form-elements.ts';
import { renderPage } from './layout.ts';
import { html, type Markup } from './markup.ts';
import type { Page, PageContext } from './page.ts';
import type { Texts } from './texts.ts';

/** Why the last try to sign in failed; the page has words for each. */
export type SignInFailure = 'incorrect' | 'inactive' | 'locked' | 'expired-request' | 'not-granted' | 'terms';

/** Fields: `username`, `password`, `keep`; with `devUsers` also a button `devuser` whose value is a user's id. Cancel: button `cancel`. */
export interface SignInModel {
  readonly action: string;
  readonly hidden: HiddenFields;
  readonly formTargets: readonly string[];
  /** What is signed in to; null: the domain itself. */
  readonly appName: string | null;
  readonly userName: string;
  readonly failure: SignInFailure | null;
  /** Whether the user can choose to stay signed in: a box `keep`. */
  readonly mayStay?: boolean;
  /** Where somebody goes who has forgotten the password; null or left out: nowhere. */
  readonly forgotUrl?: string | null;
  /** Pages to register on; `text` null: the page has words. */
  readonly signUp?: readonly { readonly url: string; readonly text: string | null }[];
  /** Whether there is a Cancel button. */
  readonly cancellable: boolean;
  /** `IDCS_DEV_LOGIN`: users to sign in as by one click; empty otherwise. */
  readonly devUsers: readonly { readonly id: string; readonly userName: string; readonly displayName: string }[];
}

export function signInPage(context: PageContext, model: SignInModel): Page {
  const { action, hidden, formTargets, appName, userName, failure, cancellable } = model;
  const wrong = failure === 'incorrect' ? 'failure' : null;
  return renderPage(context, ({ texts, branding }) => ({
    heading: texts('signIn.heading'),
    subheading: appName !== null && texts.markup('signIn.continueTo', { app: html`<strong>${appName}</strong>` }),
    failed: failure !== null,
    formTargets,
    body: html`${
      branding.loginText !== null &&
      html`<p class="login-text">${branding.loginText}</p>
`
    }${failure !== null && alert('failure', texts(`signIn.failure.${failure}`))}${form(
      action,
      hidden,
      html`${field({
        name: 'username',
        label: texts('signIn.userName'),
        value: userName,
        autocomplete: 'username',
        autofocus: userName === '',
        wrong,
      })}
${field({
  name: 'password',
  label: texts('signIn.password'),
  type: 'password',
  autocomplete: 'current-password',
  autofocus: userName !== '',
  // Who has no password goes on with the name alone.
  optional: true,
  wrong,
})}${
  model.mayStay === true &&
  html`
${checkbox('keep', texts('signIn.keep'))}`
}
<div class="buttons">
${button(texts('signIn.submit'))}${
  cancellable &&
  html`
${button(texts('signIn.cancel'), { name: 'cancel', value: 'true', look: 'secondary', skipChecks: true })}`
}
</div>`,
    )}${
      model.forgotUrl &&
      html`
<p><a href="${model.forgotUrl}">${texts('signIn.forgot')}</a></p>`
    }${(model.signUp ?? []).map(
      ({ url, text }) => html`
<p>${texts('signIn.register')} <a href="${url}">${text ?? texts('signUp.heading')}</a></p>`,
    )}${model.devUsers.length > 0 && devLogin(texts, model)}`,
  }));
}

/** A form of its own, so that a click doesn't need the fields of the other. */
function devLogin(texts: Texts, { action, hidden, devUsers }: SignInModel): Markup {
  return html`
<section class="dev" aria-labelledby="dev-heading">
<h2 id="dev-heading">${texts('signIn.dev.heading')}</h2>
${form(
  action,
  hidden,
  html`<ul class="people">
${devUsers.map(
  ({ id, userName, displayName }) => html`<li>${button(
    html`<span>${displayName === '' ? userName : displayName}</span>${
      displayName !== '' && displayName !== userName && html` <small>${userName}</small>`
    }`,
    { name: 'devuser', value: id, look: 'secondary' },
  )}</li>
`,
)}</ul>`,
)}
<p class="note">${texts('signIn.dev.note')}</p>
</section>`;
}
