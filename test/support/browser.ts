/*
 * A browser as far as tests need one: a cookie jar that keeps to paths, and the forms of a page. Redirects are not followed by
 * themselves: each step is there to be looked at.
 */

/** A form of a page, with what it would send unchanged. Buttons are no part of `fields`. */
export interface Form {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** What came back. */
export interface Visited {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Absolute address of a redirect; null: no redirect. */
  readonly location: string | null;
  readonly forms: readonly Form[];
}

export interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  /** The header as it was sent. */
  readonly header: string;
}

export interface Browser {
  /** @param path below the base URL, or a whole address */
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Visited>;
  post(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Visited>;
  /** Sends a page's form (its first one, or of this number) with these fields over its own. */
  submit(page: Visited, fields: Readonly<Record<string, string>>, form?: number): Promise<Visited>;
  /** Follows redirects until there is none, or one that leads away from the base URL; that is returned as it came. */
  follow(page: Visited): Promise<Visited>;
  /** Cookies as they stand. */
  cookies(): readonly Cookie[];
}

const MOST_REDIRECTS = 10;

/**
 * A browser without any cookies.
 * @param baseUrl a domain's address, without a trailing slash
 * @param twin the same domain on another process: requests go to the two in turn, whichever a page named, as behind a balancer
 */
export function newBrowser(baseUrl: string, twin?: string): Browser {
  const jar = new Map<string, Cookie>();
  const origins = [baseUrl, ...(twin === undefined ? [] : [twin])].map((each) => new URL(each).origin);
  let visits = 0;

  async function visit(method: string, path: string, body: string | null, headers: Readonly<Record<string, string>>) {
    const url = new URL(path.startsWith('/') ? `${baseUrl}${path}` : path);
    if (!origins.includes(url.origin)) throw new Error(`not an address of this server: ${url}`);
    url.host = new URL(origins[visits++ % origins.length]!).host;
    const sent = [...jar.values()].filter((cookie) => isBelow(url.pathname, cookie.path));
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        accept: 'text/html,application/xhtml+xml',
        ...(sent.length === 0 ? {} : { cookie: sent.map(({ name, value }) => `${name}=${value}`).join('; ') }),
        ...(body === null ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        ...headers,
      },
      body,
    });
    for (const header of response.headers.getSetCookie()) keep(jar, header, url.pathname);
    const text = await response.text();
    const to = response.headers.get('location');
    return {
      url: url.href,
      status: response.status,
      headers: response.headers,
      text,
      location: to === null ? null : new URL(to, url).href,
      forms: formsOf(text, url.href),
    };
  }

  const post: Browser['post'] = (path, fields, headers = {}) =>
    visit('POST', path, new URLSearchParams(fields).toString(), headers);
  return {
    get: (path, headers = {}) => visit('GET', path, null, headers),
    post,
    submit(page, fields, form = 0) {
      const chosen = page.forms[form];
      if (chosen === undefined) throw new Error(`no form ${form} at ${page.url}: ${page.status} ${page.text}`);
      return post(chosen.action, { ...chosen.fields, ...fields });
    },
    async follow(page) {
      let at = page;
      const isOurs = (to: string | null) => [baseUrl, twin].some((base) => base && to?.startsWith(`${base}/`));
      for (let left = MOST_REDIRECTS; isOurs(at.location); left--) {
        if (left === 0) throw new Error(`too many redirects, the last to ${at.location}`);
        at = await visit('GET', at.location!, null, {});
      }
      return at;
    },
    cookies: () => [...jar.values()],
  };
}

function keep(jar: Map<string, Cookie>, header: string, pathname: string): void {
  const [pair = '', ...attributes] = header.split(';').map((part) => part.trim());
  const at = pair.indexOf('=');
  const named = (name: string) =>
    attributes.find((attribute) => attribute.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
  const path = named('path') ?? (pathname.replace(/\/[^/]*$/, '') || '/');
  const cookie = { name: pair.slice(0, at), value: pair.slice(at + 1), path, header };
  const key = `${cookie.name} ${path}`;
  const expires = named('expires');
  const gone = named('max-age') === '0' || (expires !== undefined && Date.parse(expires) <= 0);
  if (gone) jar.delete(key);
  else jar.set(key, cookie);
}

/** RFC 6265 §5.1.4. */
function isBelow(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
}

function formsOf(html: string, url: string): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, attributes = '', content = '']) => {
    const fields: Record<string, string> = {};
    for (const [, input = ''] of content.matchAll(/<input\b([^>]*)>/g)) {
      const name = attributeOf(input, 'name');
      const type = attributeOf(input, 'type') ?? 'text';
      if (name !== null && !['submit', 'button', 'image'].includes(type))
        fields[name] = attributeOf(input, 'value') ?? '';
    }
    return { action: new URL(attributeOf(attributes, 'action') ?? '', url).href, fields };
  });
}

function attributeOf(tag: string, name: string): string | null {
  const value = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(tag);
  return value === null ? null : unescaped(value[1] ?? value[2] ?? '');
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text
    .replace(/&#x([0-9a-f]+);/gi, (_, hex) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replace(/&#(\d+);/g, (_, decimal) => String.fromCodePoint(Number(decimal)))
    .replace(/&(amp|lt|gt|quot|apos);/g, (_, name) => ENTITIES[name]!);
}
