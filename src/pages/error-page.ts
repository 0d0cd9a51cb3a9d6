import { renderPage } from './layout.ts';
import { html } from './markup.ts';
import type { Page, PageContext } from './page.ts';

/** Something that no redirect can tell the client. */
export interface ErrorModel {
  readonly status: number;
  /** `invalid_request`, `invalid_redirect_uri` ... */
  readonly error: string;
  /** For the integrator: what to change. */
  readonly description: string;
  readonly ecid: string;
  /** Where somebody can sign in again; left out: nowhere. */
  readonly again?: string;
}

export function errorPage(context: PageContext, { status, error, description, ecid, again }: ErrorModel): Page {
  return renderPage(context, ({ texts }) => ({
    status,
    heading: texts('error.heading'),
    failed: true,
    body: html`<p role="alert">${texts('error.text')}</p>
${
  again !== undefined &&
  html`<p><a class="button" href="${again}">${texts('signIn.again')}</a></p>
`
}<section class="details" aria-labelledby="details-heading">
<h2 id="details-heading">${texts('error.details')}</h2>
<dl>
<dt>${texts('error.code')}</dt>
<dd><code>${error}</code> (HTTP ${status})</dd>
<dt>${texts('error.description')}</dt>
<dd lang="en">${description}</dd>
${
  ecid !== '' &&
  html`<dt>${texts('error.ecid')}</dt>
<dd><code>${ecid}</code></dd>
`
}</dl>
</section>`,
  }));
}
