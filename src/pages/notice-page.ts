import { button, form, type HiddenFields } from './form-elements.ts';
import { renderPage } from './layout.ts';
import { html } from './markup.ts';
import type { Page, PageContext } from './page.ts';

/** One sentence about an account or an address, and one thing to do about it. */
export interface NoticeModel {
  readonly notice:
    | 'verifyEmail'
    | 'verifyEmail.done'
    | 'verifyEmail.activated'
    | 'forgot.sent'
    | 'signUp.sent'
    | 'signUp.done';
  /** The mail address that the sentence names. */
  readonly address: string;
  /** A button `verifyEmail`: a link opened by a mail scanner confirms nothing. */
  readonly confirm?: { readonly action: string; readonly hidden: HiddenFields };
  /** Where it goes on. */
  readonly continueTo?: string;
}

export function noticePage(context: PageContext, { notice, address, confirm, continueTo }: NoticeModel): Page {
  return renderPage(context, ({ texts }) => ({
    heading: texts(`${notice}.heading`),
    body: html`<p>${texts.markup(`${notice}.text`, { address: html`<strong>${address}</strong>` })}</p>
${
  confirm !== undefined &&
  form(confirm.action, confirm.hidden, html`<div class="buttons">${button(texts('verifyEmail.submit'))}</div>`)
}${continueTo !== undefined && html`<p><a href="${continueTo}">${texts('verifyEmail.continue')}</a></p>`}`,
  }));
}
