import { pageAddress, webAddress } from './address.ts';
import { renderPage } from './layout.ts';
import { html } from './markup.ts';
import type { Page, PageContext } from './page.ts';

/** The session has ended. `logoutUrls`: addresses of apps to be told, in frames; `continueTo`: where to go on by itself after that. */
export interface SignedOutModel {
  readonly logoutUrls: readonly string[];
  readonly continueTo: string | null;
  readonly signInUrl: string;
}

/** How long apps have to sign out before the page goes on without them, in seconds. */
const LONGEST_WAIT_S = 5;

/** `load` comes when every frame has answered or failed. */
const GO_ON = `addEventListener('load', () => location.replace(document.getElementById('continue').href));`;

/** OpenID Connect Front-Channel Logout 1.0 §2: each app's address is loaded in a frame, and then the browser goes on. */
export function signedOutPage(context: PageContext, model: SignedOutModel): Page {
  const frames = model.logoutUrls.map(webAddress).filter((address) => address !== null);
  const next = model.continueTo === null ? null : pageAddress(model.continueTo);
  return renderPage(context, ({ texts }) => ({
    heading: texts('signedOut.heading'),
    frames,
    ...(next === null
      ? {}
      : {
          script: GO_ON,
          head: html`<meta http-equiv="refresh" content="${LONGEST_WAIT_S};url=${next}">
`,
        }),
    body: html`<p role="status">${texts(next === null ? 'signedOut.text' : 'signedOut.continuing')}</p>
<p class="buttons">${
      next === null
        ? html`<a class="button" href="${model.signInUrl}">${texts('signedOut.signIn')}</a>`
        : html`<a class="button" id="continue" href="${next}">${texts('signedOut.continue')}</a>`
    }</p>${frames.map(
      (address) => html`
<iframe class="unseen" src="${address}" title="${texts('signedOut.frame', { origin: new URL(address).host })}" tabindex="-1" aria-hidden="true"></iframe>`,
    )}`,
  }));
}
