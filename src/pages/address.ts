/** Schemes whose addresses are programs or whole pages, not places to go to. */
const REFUSED = /^(?:javascript|data|vbscript|blob|file|filesystem|about|view-source):$/;

/** An absolute address that a page may lead to: http, https, or an app's own scheme; null for all others. */
export function pageAddress(value: string): string | null {
  const url = parsed(value);
  return url === null || REFUSED.test(url.protocol) ? null : url.href;
}

/** An http or https address; null for all others. */
export function webAddress(value: unknown): string | null {
  const url = typeof value === 'string' ? parsed(value) : null;
  return url !== null && /^https?:$/.test(url.protocol) ? url.href : null;
}

/** The address of an image: http, https, or the image itself as `data:image/…`; null for all others. */
export function imageAddress(value: unknown): string | null {
  if (typeof value === 'string' && /^data:image\/[a-z0-9.+-]+[;,]/i.test(value)) return value;
  return webAddress(value);
}

function parsed(value: string): URL | null {
  return URL.canParse(value) ? new URL(value) : null;
}
