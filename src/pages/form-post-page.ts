import { pageAddress } from './address.ts';
import { button, form } from './form-elements.ts';
import { renderPage } from './layout.ts';
import { html } from './markup.ts';
import type { Page, PageContext } from './page.ts';

/** OAuth 2.0 Form Post Response Mode: posts `parameters` to `target` by itself, or by a button where scripts are off. */
export interface FormPostModel {
  readonly target: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The prototype's method, because a parameter may be called `submit` and hide the form's own. */
const SUBMIT = 'HTMLFormElement.prototype.submit.call(document.forms[0]);';

/** @throws TypeError when the target is no address: a mistake in this program, redirect URIs were checked when they were registered */
export function formPostPage(context: PageContext, { target, parameters }: FormPostModel): Page {
  const address = pageAddress(target);
  if (address === null) throw new TypeError('not an address to post a form to');
  const { protocol, host } = new URL(address);
  return renderPage(context, ({ texts }) => ({
    heading: texts('formPost.heading'),
    formTargets: [protocol],
    script: SUBMIT,
    body: html`<p role="status">${texts('formPost.text', { origin: host === '' ? protocol : host })}</p>
${form(
  // As registered: an address is compared letter by letter, and what receives the form may do so too.
  target,
  parameters,
  html`<noscript><div class="buttons">${button(texts('formPost.submit'))}</div></noscript>`,
)}`,
  }));
}
