import { button, form } from './form-elements.ts';
import { renderPage } from './layout.ts';
import { html } from './markup.ts';
import type { Page, PageContext } from './page.ts';
import { otherActions, type StepModel, stepFailure } from './step-frame.ts';

/** Terms of use to agree to. Buttons: `action` `accept`, `decline`, `restart`. */
export interface TermsModel extends StepModel {
  readonly statement: string;
  /** Language of the statement. */
  readonly locale: string;
}

export function termsPage(context: PageContext, model: TermsModel): Page {
  const { action, hidden, formTargets, appName, statement, locale, failure } = model;
  return renderPage(context, ({ texts }) => ({
    heading: texts('terms.heading'),
    subheading: appName !== null && texts.markup('signIn.continueTo', { app: html`<strong>${appName}</strong>` }),
    failed: failure !== null,
    formTargets,
    body: html`${stepFailure(texts, model)}<div class="statement" lang="${locale.replaceAll('_', '-')}" tabindex="0">${statement}</div>
${form(
  action,
  hidden,
  html`<div class="buttons">
${button(texts('terms.accept'), { name: 'action', value: 'accept' })}
${button(texts('terms.decline'), { name: 'action', value: 'decline', look: 'secondary' })}
</div>`,
)}${otherActions(texts, model, [])}`,
  }));
}
