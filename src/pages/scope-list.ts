import { html, type Markup } from './markup.ts';
import type { Texts } from './texts.ts';

/** A scope that a person is asked about. */
export interface RequestedScope {
  readonly scope: string;
  /** Of the resource app's scope; null for scopes of the domain itself. */
  readonly displayName: string | null;
  readonly description: string | null;
}

/** What scopes allow, in words: those of the resource app, ours for scopes of OpenID Connect, else the scope as it is. */
export function scopeList(texts: Texts, scopes: readonly RequestedScope[]): Markup {
  return html`<ul class="scopes">
${scopes.map(
  (each) => html`<li>${scopeText(texts, each)}</li>
`,
)}</ul>
`;
}

function scopeText(texts: Texts, { scope, displayName, description }: RequestedScope): Markup {
  const name = displayName || null;
  const ours = texts.known(`scope.${scope}`);
  if (name === null && ours !== null) return html`<span>${ours}</span>`;
  const detail = description && description !== name && html` <span class="note">${description}</span>`;
  return html`${name !== null && html`<span>${name}</span> `}<code>${scope}</code>${detail}`;
}
