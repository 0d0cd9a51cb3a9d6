import { readFileSync } from 'node:fs';
import { pageFile } from '../package-files.ts';
import { type Branding, brandingOf } from './branding.ts';
import { type Content, html, type Markup, ownMarkup } from './markup.ts';
import type { Page, PageContext } from './page.ts';
import { type Texts, textsOf } from './texts.ts';

/** What a page puts into the frame that all share. */
export interface PageContent extends Omit<Page, 'html' | 'styles' | 'scripts'> {
  readonly heading: string;
  /** Below the heading: one line. */
  readonly subheading?: Content;
  readonly body: Content;
  /** The page tells of a failure: its title says so first. */
  readonly failed?: boolean;
  /** `wide` for tiles and tables. Default: the width of a form. */
  readonly width?: 'wide';
  /** At the right of the head: who is signed in, and the way out. */
  readonly account?: Content;
  /** Further elements of `<head>`. */
  readonly head?: Content;
  /** JavaScript that makes the page more comfortable; a constant. */
  readonly script?: string;
}

/** What a page's body is made with. */
export interface PageMeans {
  readonly texts: Texts;
  readonly branding: Branding;
}

/** A key in a lock, drawn for this project. */
const MARK = html`<svg class="mark" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false"><rect width="32" height="32" rx="9"/><circle cx="16" cy="12.5" r="4.5"/><path d="M16 16.5v8.5M16 21.5h4"/></svg>`;
const ICON =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 32 32%22 fill=%22none%22 stroke=%22white%22 stroke-width=%223%22 stroke-linecap=%22round%22%3E%3Crect width=%2232%22 height=%2232%22 rx=%229%22 fill=%22%230b6b66%22 stroke=%22none%22/%3E%3Ccircle cx=%2216%22 cy=%2212.5%22 r=%224.5%22/%3E%3Cpath d=%22M16 16.5v8.5M16 21.5h4%22/%3E%3C/svg%3E';

let style: string | undefined;

/** Makes a whole page: the frame, in the reader's language and with the domain's branding, around what `content` makes. */
export function renderPage(context: PageContext, content: (means: PageMeans) => PageContent): Page {
  // As a browser's parser reads it, or the hash in the policy would differ.
  style ??= readFileSync(pageFile('page.css'), 'utf8').replaceAll('\r\n', '\n');
  const texts = textsOf(context.language);
  const branding = brandingOf(context.domain, context.language);
  const { heading, subheading, body, failed, width, account, head, script, images, ...rest } = content({
    texts,
    branding,
  });
  const name = branding.companyName ?? 'idcs-emulator';
  const title = `${failed === true ? texts('page.error', { title: heading }) : heading} – ${name}`;
  const document = html`<!doctype html>
<html lang="${context.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="icon" href="${ICON}">
${head}<style>${ownMarkup(style)}</style>
</head>
<body>
<header class="top${width === 'wide' && ' wide'}">
<div class="brand">${brand(branding, name)}</div>${
    account &&
    html`
<div class="account">${account}</div>`
  }
</header>
<main class="${width === 'wide' ? 'wide' : 'card'}">
<h1>${heading}</h1>${
    subheading &&
    html`
<p class="subheading">${subheading}</p>`
  }
${body}
</main>
<footer>
${footer(context, texts, branding)}
</footer>${
    script &&
    html`
<script>${ownMarkup(script)}</script>`
  }
</body>
</html>
`;
  return {
    ...rest,
    html: document.toString(),
    images: [...(images ?? []), ...(branding.logo === null ? [] : [branding.logo.address])],
    styles: [style],
    scripts: script === undefined ? [] : [script],
  };
}

/** The logo says the name, or the name stands beside our mark. */
function brand({ logo }: Branding, name: string): Markup {
  if (logo === null) return html`${MARK}<span>${name}</span>`;
  return html`<img src="${logo.address}" alt="${logo.alternative || name}">`;
}

function footer(context: PageContext, texts: Texts, { termsOfUseUrl, privacyPolicyUrl }: Branding): Markup {
  const link = (address: string | null, text: string) =>
    address !== null && html`<a href="${address}" rel="noreferrer">${text}</a>`;
  return html`<p>${texts('footer.emulated', { domain: context.domain.name })}</p>${
    (termsOfUseUrl !== null || privacyPolicyUrl !== null) &&
    html`
<p>${link(termsOfUseUrl, texts('footer.terms'))} ${link(privacyPolicyUrl, texts('footer.privacy'))}</p>`
  }`;
}
