import { button, field, form, type HiddenFields } from './form-elements.ts';
import { renderPage } from './layout.ts';
import { html } from './markup.ts';
import type { Page, PageContext } from './page.ts';

/** Field: `username`. */
export interface ForgotPasswordModel {
  readonly action: string;
  readonly hidden: HiddenFields;
}

export function forgotPasswordPage(context: PageContext, { action, hidden }: ForgotPasswordModel): Page {
  return renderPage(context, ({ texts }) => ({
    heading: texts('forgot.heading'),
    body: html`<p>${texts('forgot.text')}</p>
${form(
  action,
  hidden,
  html`${field({ name: 'username', label: texts('signIn.userName'), autocomplete: 'username', autofocus: true })}
<div class="buttons">
${button(texts('forgot.submit'))}
</div>`,
)}`,
  }));
}
