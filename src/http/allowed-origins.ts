import { isLoopback } from '../config.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';

/** How pages of one origin may call a domain. */
export interface OriginGrant {
  /** Whether cookies go with a call. */
  readonly credentials: boolean;
  /** Headers that pages may read beside those that every page may; null: the usual ones of the service. */
  readonly exposedHeaders: readonly string[] | null;
  /** Seconds that a browser may remember a preflight; 0: not said. */
  readonly maxAge: number;
}

/** Decides by an Origin header; null: no. */
type OriginRule = (origin: string) => OriginGrant | null;

/** Origins that a domain's Settings let in. */
export interface AllowedOrigins {
  /** Whether any origin may come at all: then answers differ by origin, and caches must know (`Vary`). */
  readonly any: boolean;
  readonly grantOf: OriginRule;
}

const PLAIN: OriginGrant = { credentials: false, exposedHeaders: null, maxAge: 600 };

/** Settings are replaced, never changed: their rules are compiled once an epoch. */
const compiled = new WeakMap<JsonObject, AllowedOrigins>();

/** The origins that a domain's Settings let in. */
export function allowedOrigins(settings: JsonObject): AllowedOrigins {
  const known = compiled.get(settings);
  if (known !== undefined) return known;
  const rules = [...cloudGateRules(settings['cloudGateCorsSettings']), ...domainNameRules(settings['allowedDomains'])];
  const made: AllowedOrigins = {
    any: rules.length > 0,
    grantOf: (origin) => {
      for (const rule of rules) {
        const grant = rule(origin);
        if (grant !== null) return grant;
      }
      return null;
    },
  };
  compiled.set(settings, made);
  return made;
}

/** Strict OpenID mode lets in pages under development. */
export function loopbackGrant(origin: string): OriginGrant | null {
  if (!URL.canParse(origin)) return null;
  const { protocol, hostname } = new URL(origin);
  const loopback = isLoopback(hostname) || hostname.endsWith('.localhost');
  return /^https?:$/.test(protocol) && loopback ? PLAIN : null;
}

/**
 * The console's "Allowed CORS Domain Names". No source names its REST attribute; Settings.allowedDomains stands in for it (inferred).
 * IDCS: Oracle's tutorials enter `localhost`, `localhost:3000`, `https://app.example.com`, and `example.com` for a page of
 * `http://demo.example.com:9095`: a name covers its subdomains, and all schemes and ports unless it has its own.
 */
function domainNameRules(value: JsonValue | undefined): OriginRule[] {
  return texts(value).flatMap((entry) => {
    const match = /^(?:(https?):\/\/)?(\*\.)?([a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?\/?$/i.exec(entry.trim());
    if (match === null) return [];
    const [, scheme, wildcard, name, port] = match;
    const host = name!.toLowerCase();
    const rule: OriginRule = (origin) => {
      if (!URL.canParse(origin)) return null;
      const url = new URL(origin);
      const isHost = (wildcard === undefined && url.hostname === host) || url.hostname.endsWith(`.${host}`);
      const isScheme =
        scheme === undefined ? /^https?:$/.test(url.protocol) : url.protocol === `${scheme.toLowerCase()}:`;
      const isPort = port === undefined || portOf(url) === Number(port);
      return isHost && isScheme && isPort ? PLAIN : null;
    };
    return [rule];
  });
}

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

/**
 * Settings.cloudGateCorsSettings, for the gateway in front of the service.
 * IDCS: oauth.md §10: patterns are `*` or `scheme://host[:port]`; scheme, whole labels and port may be `*`; a pattern without a
 * port means origins without one; `null` origins have a switch of their own; an allowed origin may send cookies.
 */
function cloudGateRules(value: JsonValue | undefined): OriginRule[] {
  if (value === undefined || !isObject(value) || value['cloudGateCorsEnabled'] !== true) return [];
  const grant: OriginGrant = {
    credentials: true,
    exposedHeaders: texts(value['cloudGateCorsExposedHeaders']).filter((name) => /^[\w!#$%&'*+.^`|~-]+$/.test(name)),
    maxAge: Math.max(0, Math.trunc(Number(value['cloudGateCorsMaxAge'] ?? 0))) || 0,
  };
  // A page of anybody's must not act with a user's cookies: what names no host gets none (departure, for safety).
  const anonymous = { ...grant, credentials: false };
  const rules: OriginRule[] = [];
  if (value['cloudGateCorsAllowNullOrigin'] === true) rules.push((origin) => (origin === 'null' ? anonymous : null));
  for (const pattern of texts(value['cloudGateCorsAllowedOrigins'])) {
    const form = patternForm(pattern.trim().toLowerCase());
    if (form === null) continue;
    const found = /^[*:/.]+(?:\d+)?$/.test(pattern.trim().replace(/^https?/i, '')) ? anonymous : grant;
    rules.push((origin) => (form.test(origin.toLowerCase()) ? found : null));
  }
  return rules;
}

/** A pattern as an expression over whole Origin headers; null when it is none. Each part matches without going back. */
function patternForm(pattern: string): RegExp | null {
  if (pattern === '*') return /^https?:\/\/[^/]+$/;
  const match = /^(\*|https?):\/\/([a-z0-9_*-]+(?:\.[a-z0-9_*-]+)*|\[[0-9a-f:.]+\])(?::(\*|\d{1,5}))?$/.exec(pattern);
  if (match === null) return null;
  const [, scheme, host, port] = match;
  const labels = host!.split('.').map((label) => (label === '*' ? '[^.:/]+' : escaped(label)));
  const name = host === '*' ? '(?:\\[[^\\]/]+\\]|[^:/]+)' : labels.join('\\.');
  const end = port === undefined ? '' : port === '*' ? '(?::\\d+)?' : `:${port}`;
  return new RegExp(`^${scheme === '*' ? 'https?' : scheme}://${name}${end}$`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function texts(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
