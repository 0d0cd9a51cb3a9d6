import { imageAddress, pageAddress } from './address.ts';
import { renderPage } from './layout.ts';
import { html, type Markup } from './markup.ts';
import type { Page, PageContext } from './page.ts';
import type { Texts } from './texts.ts';

export interface MyAppsModel {
  readonly displayName: string;
  readonly userName: string;
  readonly apps: readonly {
    readonly displayName: string;
    readonly description: string | null;
    /** Where a click leads; null: the app has no address. */
    readonly url: string | null;
    readonly iconUrl: string | null;
  }[];
  readonly signOutUrl: string;
}

export function myAppsPage(context: PageContext, { displayName, userName, apps, signOutUrl }: MyAppsModel): Page {
  return renderPage(context, ({ texts }) => ({
    heading: texts('myApps.heading'),
    width: 'wide',
    account: html`<span>${texts('page.signedInAs', { user: displayName === '' ? userName : displayName })}</span>
<a class="button secondary" href="${signOutUrl}">${texts('myApps.signOut')}</a>`,
    images: apps.map(({ iconUrl }) => imageAddress(iconUrl)).filter((address) => address !== null),
    body:
      apps.length === 0
        ? html`<p class="empty">${texts('myApps.empty')}</p>`
        : html`<ul class="tiles">
${apps.map(
  (app) => html`<li>${tile(texts, app)}</li>
`,
)}</ul>`,
  }));
}

function tile(texts: Texts, { displayName, description, url, iconUrl }: MyAppsModel['apps'][number]): Markup {
  const address = url === null ? null : pageAddress(url);
  const icon = imageAddress(iconUrl);
  const content = html`${
    icon === null
      ? html`<span class="icon hue-${hueOf(displayName)}" aria-hidden="true">${initials(displayName)}</span>`
      : html`<img class="icon" src="${icon}" alt="">`
  }<span><span class="name">${displayName}</span>${
    description && html` <span class="note">${description}</span>`
  }${address === null && html` <span class="note">${texts('myApps.noAddress')}</span>`}</span>`;
  return address === null
    ? html`<div class="tile">${content}</div>`
    : html`<a class="tile" href="${address}">${content}</a>`;
}

/** First letters of the first two words: `Expense Reports` gives `ER`. */
function initials(name: string): string {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
  return words
    .slice(0, 2)
    .map((word) => [...word][0]?.toUpperCase())
    .join('');
}

/** The same colour for the same name: 0 to 5. */
function hueOf(name: string): number {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 6;
  return sum;
}
