import { webAddress } from './address.ts';
import { button, form, type HiddenFields } from './form-elements.ts';
import { renderPage } from './layout.ts';
import { html, type Markup } from './markup.ts';
import type { Page, PageContext } from './page.ts';
import { type RequestedScope, scopeList } from './scope-list.ts';
import type { TextKey, Texts } from './texts.ts';

/** Buttons: `decision` with the value `allow` or `deny`. */
export interface ConsentModel {
  readonly action: string;
  readonly hidden: HiddenFields;
  readonly formTargets: readonly string[];
  readonly appName: string;
  readonly appDescription: string | null;
  readonly userName: string;
  readonly scopes: readonly RequestedScope[];
  readonly privacyPolicyUrl: string | null;
  readonly termsOfServiceUrl: string | null;
}

export function consentPage(context: PageContext, model: ConsentModel): Page {
  const { action, hidden, formTargets, appName, appDescription, userName, scopes } = model;
  return renderPage(context, ({ texts }) => ({
    heading: texts('consent.heading', { app: appName }),
    subheading: texts('page.signedInAs', { user: userName }),
    formTargets,
    body: html`${
      appDescription &&
      html`<p>${appDescription}</p>
`
    }<p>${texts(scopes.length > 0 ? 'consent.intro' : 'consent.nothing', { app: appName })}</p>
${scopes.length > 0 && scopeList(texts, scopes)}${policies(texts, model)}${form(
  action,
  hidden,
  html`<div class="buttons">
${button(texts('consent.allow'), { name: 'decision', value: 'allow' })}
${button(texts('consent.deny'), { name: 'decision', value: 'deny', look: 'secondary' })}
</div>`,
)}`,
  }));
}

/** The app's own policies, in windows of their own: the decision waits. */
function policies(texts: Texts, { privacyPolicyUrl, termsOfServiceUrl }: ConsentModel): Markup | null {
  const link = (url: string | null, key: TextKey) => {
    const address = webAddress(url);
    return address !== null && html`<a href="${address}" target="_blank" rel="noopener noreferrer">${texts(key)}</a> `;
  };
  const links = [link(privacyPolicyUrl, 'consent.privacy'), link(termsOfServiceUrl, 'consent.terms')];
  return links.some((each) => each !== false)
    ? html`<p class="note links">${links}</p>
`
    : null;
}
