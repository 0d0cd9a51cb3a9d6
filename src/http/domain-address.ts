import type { IncomingMessage } from 'node:http';

/** Which domain a request is for, and under which public address. */
export interface DomainAddress {
  /** null: the default domain. */
  readonly name: string | null;
  /** Path prefix that the address carries: `/_domains/alpha`, or empty. */
  readonly prefix: string;
  /** The name came from the host name: `alpha.localhost`. */
  readonly byHost: boolean;
}

const PREFIX = /^\/_domains\/([^/?#]*)(?=[/?#]|$)/;
/** RFC 8414 §3.1: the well-known name goes between the host and the path of an issuer that has one. */
const WELL_KNOWN =
  /^(\/\.well-known\/(?:oauth-authorization-server|openid-configuration))(\/_domains\/[^/?#]*)(?=[?#]|$)/;
const HOST = /^([a-z0-9][a-z0-9-]{0,62})\.localhost(?::\d+)?$/i;
const DEFAULT: DomainAddress = { name: null, prefix: '', byHost: false };

/**
 * Reads the domain from path prefix, host name or header, in this order (rulings: other domains' addresses).
 * The default domain answers on every other host name.
 */
export function domainAddress(request: Pick<IncomingMessage, 'url' | 'headers'>): DomainAddress {
  const url = prefixFirst(request.url ?? '/');
  if (url.startsWith('/_domains/')) {
    const name = PREFIX.exec(url)?.[1];
    if (name) return { name: decode(name), prefix: `/_domains/${name}`, byHost: false };
  }
  const host = request.headers.host;
  if (host?.includes('.localhost')) {
    const name = HOST.exec(host)?.[1];
    if (name !== undefined) return { name, prefix: '', byHost: true };
  }
  const header = request.headers['x-resource-identity-domain-name'];
  if (typeof header === 'string' && header !== '') return { name: header, prefix: '', byHost: false };
  return DEFAULT;
}

/** The request's path without the domain's prefix: what routing sees. */
export function routedUrl(request: Pick<IncomingMessage, 'url'>): string {
  const url = prefixFirst(request.url ?? '/');
  if (!url.startsWith('/_domains/')) return url;
  const rest = url.replace(PREFIX, '');
  return rest.startsWith('/') ? rest : `/${rest}`;
}

function prefixFirst(url: string): string {
  return url.startsWith('/.well-known/') ? url.replace(WELL_KNOWN, '$2$1') : url;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
