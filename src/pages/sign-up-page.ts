import { alert, button, field, form, type HiddenFields } from './form-elements.ts';
import { renderPage } from './layout.ts';
import { html } from './markup.ts';
import type { Page, PageContext } from './page.ts';

/** Fields: one for each of `fields`, `password`, `confirmation`, and `consent` where there is a text to agree to. */
export interface SignUpModel {
  readonly action: string;
  readonly hidden: HiddenFields;
  /** What the profile calls itself; null: the page's own heading. */
  readonly heading: string | null;
  readonly headerText: string | null;
  readonly footerText: string | null;
  readonly fields: readonly SignUpField[];
  /** What is to be agreed to; null: nothing. */
  readonly consentText: string | null;
  /** Sentences; `mismatch` is a code that the page has words for. */
  readonly problems: readonly string[];
  readonly signInUrl: string;
}

export interface SignUpField {
  /** Name in the form. */
  readonly name: string;
  /** Path of the attribute: the page has words for the usual ones. */
  readonly path: string;
  /** For the others. */
  readonly label: string;
  readonly value: string;
  readonly required: boolean;
}

const AUTOCOMPLETE: Readonly<Record<string, string>> = {
  userName: 'username',
  'name.givenName': 'given-name',
  'name.familyName': 'family-name',
  'name.middleName': 'additional-name',
  'emails.value': 'email',
  'phoneNumbers.value': 'tel',
  title: 'organization-title',
  nickName: 'nickname',
};

export function signUpPage(context: PageContext, model: SignUpModel): Page {
  const { action, hidden, heading, headerText, footerText, fields, consentText, problems, signInUrl } = model;
  const type = 'password';
  return renderPage(context, ({ texts }) => ({
    heading: heading ?? texts('signUp.heading'),
    failed: problems.length > 0,
    body: html`${headerText !== null && html`<p>${headerText}</p>`}
${
  problems.length > 0 &&
  alert(
    'problems',
    html`<p>${texts('signUp.problems')}</p>
<ul>${problems.map(
      (problem) => html`<li>${problem === 'mismatch' ? texts('changePassword.problem.mismatch') : problem}</li>`,
    )}</ul>`,
  )
}${form(
  action,
  hidden,
  html`${fields.map(({ name, path, label, value, required }) =>
    field({
      name,
      label: texts.known(`attribute.${path}`) ?? label,
      value,
      autocomplete: AUTOCOMPLETE[path] ?? 'off',
      optional: !required,
    }),
  )}
${field({ name: 'password', label: texts('attribute.password'), type, autocomplete: 'new-password' })}
${field({ name: 'confirmation', label: texts('changePassword.confirmation'), type, autocomplete: 'new-password' })}
${
  consentText !== null &&
  html`<p>${consentText}</p>
<p><label><input type="checkbox" name="consent" value="true" required> ${texts('signUp.consent')}</label></p>`
}
<div class="buttons">
${button(texts('signUp.submit'))}
</div>`,
)}${footerText !== null && html`<p>${footerText}</p>`}
<p><a href="${signInUrl}">${texts('signUp.signIn')}</a></p>`,
  }));
}
