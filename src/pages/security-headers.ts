import { createHash } from 'node:crypto';

/** What a page shows, leads to or runs, beside its own HTML: all that its Content-Security-Policy depends on. */
export interface PageSources {
  /** Origins, addresses or schemes, beside the domain's own, that a form's answer may lead to (CSP `form-action`). */
  readonly formTargets?: readonly string[];
  /** Addresses whose pages are shown inside (front-channel logout, CSP `frame-src`). */
  readonly frames?: readonly string[];
  /** Addresses of images, beside the domain's own (CSP `img-src`). */
  readonly images?: readonly string[];
  /** Texts of the page's own style sheets and scripts, letter by letter: allowed by their hashes. */
  readonly styles?: readonly string[];
  readonly scripts?: readonly string[];
  /** Whether the page's script asks the domain something (CSP `connect-src`). */
  readonly connects?: boolean;
}

/**
 * Headers of every page: nothing from elsewhere, no framing, no caching, no referrer.
 *
 * There is no Cross-Origin-Opener-Policy: `same-origin` would cut the tie to the window that opened a sign-in, and with it the
 * popup logins of browser libraries. Scripts and styles are allowed by hash, not by nonce: they are constants, so a page needs no
 * randomness, and markup that got in from elsewhere could not run even if it knew the page.
 */
export function pageHeaders(sources: PageSources): Readonly<Record<string, string>> {
  return {
    'content-security-policy': contentSecurityPolicy(sources),
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    // Addresses of these pages carry codes and request ids. Browsers then send `Origin: null` with the forms; nothing here reads it.
    'referrer-policy': 'no-referrer',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    'cache-control': 'no-store',
  };
}

function contentSecurityPolicy({ formTargets, frames, images, styles, scripts, connects }: PageSources): string {
  const directives: readonly (readonly [string, readonly string[]])[] = [
    ['default-src', ["'none'"]],
    ['style-src', (styles ?? []).map(hashSource)],
    ['script-src', (scripts ?? []).map(hashSource)],
    ['connect-src', connects === true ? ["'self'"] : []],
    ['img-src', ["'self'", 'data:', ...mapped(images, addressSource)]],
    ['frame-src', mapped(frames, originSource)],
    ['form-action', ["'self'", ...mapped(formTargets, formSource)]],
    ['frame-ancestors', ["'none'"]],
    ['base-uri', ["'none'"]],
  ];
  return directives
    .filter(([, list]) => list.length > 0)
    .map(([name, list]) => `${name} ${list.join(' ')}`)
    .join('; ');
}

/** The sources of a list, without those that are none and without repetition. */
function mapped(values: readonly string[] | undefined, source: (value: string) => string | null): string[] {
  return [...new Set((values ?? []).map(source).filter((each) => each !== null))];
}

/**
 * Where a form's answer may lead: the scheme alone, `https:` or `com.example.app:`. Chromium holds the whole chain of redirects
 * after a form to this list, and an app's callback is free to redirect to another origin of its own (a backend at one port, its
 * pages at another); only the app knows which.
 */
function formSource(value: string): string | null {
  const scheme = /^([a-z][a-z0-9+.-]*:)/i.exec(value)?.[1]?.toLowerCase();
  return scheme !== undefined && isHarmless(scheme) ? scheme : null;
}

/** `https://app.example.com` for an address. A source can't name an IPv6 address (CSP 3 §2.3.1): its scheme stands in. */
function originSource(value: string): string | null {
  if (!URL.canParse(value)) return null;
  const { protocol, host, hostname } = new URL(value);
  if (!/^https?:$/.test(protocol)) return null;
  if (hostname.startsWith('[')) return protocol;
  return isHost(host) ? `${protocol}//${host}` : null;
}

/** One image's address. CSP compares no query, and `;` and `,` would end the source. */
function addressSource(value: string): string | null {
  if (!URL.canParse(value)) return null;
  const { protocol, host, hostname, pathname } = new URL(value);
  if (!/^https?:$/.test(protocol)) return null;
  if (hostname.startsWith('[')) return protocol;
  const path = pathname.replace(/[;,'"\s]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  return isHost(host) ? `${protocol}//${host}${path}` : null;
}

function isHarmless(protocol: string): boolean {
  return !/^(?:javascript|data|vbscript|blob|file|filesystem|about):$/.test(protocol);
}

/** A host may hold `;`, `'` and `*` in a URL, but not in a source. */
function isHost(host: string): boolean {
  return /^[a-z0-9._-]+(?::\d+)?$/i.test(host);
}

const hashes = new Map<string, string>();

/** Styles and scripts are constants of the program, so few hashes are ever kept. */
function hashSource(text: string): string {
  let source = hashes.get(text);
  if (source === undefined) {
    source = `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    hashes.set(text, source);
  }
  return source;
}
