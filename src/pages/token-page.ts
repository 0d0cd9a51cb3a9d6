import { button } from './form-elements.ts';
import { renderPage } from './layout.ts';
import { html, type Markup } from './markup.ts';
import type { Page, PageContext } from './page.ts';
import type { TextKey, Texts } from './texts.ts';

/** A token, taken apart, for people who build with it. Field: `token`. */
export interface TokenModel {
  readonly action: string;
  readonly token: string;
  /** JSON, as in the token. */
  readonly header: string | null;
  readonly claims: string | null;
  /** Sentences: is it signed by this domain, has it expired, was it revoked. */
  readonly verdict: readonly { readonly good: boolean; readonly text: string }[];
  /** Times of `iat`, `nbf`, `exp`, `auth_time`, `session_exp` in words. */
  readonly times: readonly { readonly claim: string; readonly time: string }[];
}

export function tokenPage(context: PageContext, model: TokenModel): Page {
  const { action, token, header, claims, verdict, times } = model;
  return renderPage(context, ({ texts }) => ({
    heading: texts('token.heading'),
    subheading: texts('token.intro'),
    width: 'wide',
    body: html`<form method="post" action="${action}" class="panel">
<div class="field">
<label for="token">${texts('token.label')}</label>
<textarea id="token" name="token" rows="5" required spellcheck="false" autocomplete="off" autocapitalize="none">
${token}</textarea>
</div>
${button(texts('token.submit'))}
</form>
${verdict.length > 0 && panel(texts, 'token.verdict', verdictList(texts, verdict))}<div class="columns">
${header !== null && panel(texts, 'token.header', html`<pre>${pretty(header)}</pre>`)}${
  times.length > 0 &&
  panel(
    texts,
    'token.times',
    definitions(times.map(({ claim, time }) => [claim, html`<span lang="en">${time}</span>`])),
  )
}${claims !== null && panel(texts, 'token.claims', html`<pre>${pretty(claims)}</pre>`)}${explained(texts, header, claims)}</div>`,
  }));
}

function panel(texts: Texts, heading: TextKey, content: Markup): Markup {
  return html`<section class="panel" aria-labelledby="${heading}">
<h2 id="${heading}">${texts(heading)}</h2>
${content}
</section>
`;
}

function verdictList(texts: Texts, verdict: TokenModel['verdict']): Markup {
  return html`<ul class="verdict" role="status">
${verdict.map(
  ({ good, text }) => html`<li class="${good ? 'good' : 'bad'}"><span class="mark-word">${texts(
    good ? 'token.good' : 'token.bad',
  )}</span> <span lang="en">${text}</span></li>
`,
)}</ul>`;
}

/** Words for what we know among the token's members; null when there is nothing to explain. */
function explained(texts: Texts, header: string | null, claims: string | null): Markup | null {
  const known = (json: string | null, prefix: string) =>
    Object.keys(members(json)).flatMap((name) => {
      const text = texts.known(`${prefix}.${name}`);
      return text === null ? [] : [[name, text] as const];
    });
  const list = [...known(header, 'header'), ...known(claims, 'claim')];
  return list.length === 0 ? null : panel(texts, 'token.explained', definitions(list));
}

function definitions(list: readonly (readonly [string, Markup | string])[]): Markup {
  return html`<dl class="claims">
${list.map(
  ([name, text]) => html`<dt><code>${name}</code></dt>
<dd>${text}</dd>
`,
)}</dl>`;
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

function members(json: string | null): object {
  try {
    const value: unknown = JSON.parse(json ?? '{}');
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
