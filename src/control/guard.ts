import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP, isIPv4 } from 'node:net';
import { ControlError } from './errors.ts';

/** What decides who may drive the emulator. */
export interface GuardRules {
  /** IDCS_CONTROL_TOKEN; null: loopback callers only. */
  readonly controlToken: string | null;
  /** IDCS_TRUST_PROXY. */
  readonly trustProxy: boolean;
  /** IDCS_BASE_URL. */
  readonly baseUrl: string | null;
}

/** What the guard sees of a request. */
export interface GuardedRequest {
  readonly headers: IncomingHttpHeaders;
  /** Address of the other end of the socket. */
  readonly remoteAddress: string | undefined;
}

/**
 * Lets a request to the control plane pass, or throws (rulings: control plane safety). No web page can drive the emulator:
 * a name that was rebound to this machine is a foreign Host, a page of another site has a foreign Origin. No stranger on the
 * network can either: the caller is on loopback or holds the token.
 * @throws ControlError 403 for a foreign Host or Origin, 401 for a caller who may not
 */
export function guard(request: GuardedRequest, rules: GuardRules): void {
  checkHost(request.headers, rules);
  checkOrigin(request.headers, rules);
  if (isLoopbackCaller(request) || holdsToken(request.headers.authorization, rules.controlToken)) return;
  throw new ControlError(
    401,
    'unauthorized',
    rules.controlToken === null
      ? 'The control plane is open to loopback callers only. Set IDCS_CONTROL_TOKEN to open it to holders of that token.'
      : 'The control plane is open to loopback callers and to holders of IDCS_CONTROL_TOKEN (Authorization: Bearer <token>).',
  );
}

/** Host must be a loopback name or address, or the configured public one: DNS rebinding ends here. */
function checkHost(headers: IncomingHttpHeaders, rules: GuardRules): void {
  const hosts = hostsOf(headers, rules);
  if (hosts.length > 0 && hosts.every((host) => isOwnHost(host, rules))) return;
  throw new ControlError(
    403,
    'foreign_host',
    'The Host header is neither a loopback name nor the host of IDCS_BASE_URL. Ask by 127.0.0.1 or localhost, or set IDCS_BASE_URL.',
  );
}

/** A browser names the page's origin: it must be the address that is asked, port included. */
function checkOrigin(headers: IncomingHttpHeaders, rules: GuardRules): void {
  const origin = headers.origin;
  // Fetch Metadata: a request that another site's page causes without naming its origin, such as an image.
  const site = headers['sec-fetch-site'];
  const crossSite = site === 'cross-site' || site === 'same-site';
  if (origin === undefined && !crossSite) return;
  const own = [...hostsOf(headers, rules), ...baseHost(rules)].map((host) => host.toLowerCase());
  if (origin !== undefined && own.includes(authorityOf(origin) ?? '')) return;
  throw new ControlError(403, 'foreign_origin', 'A web page of another origin must not use the control plane.');
}

/** The host names, with ports, that a request was sent to: Host, and behind a trusted proxy what the client asked the proxy. */
function hostsOf(headers: IncomingHttpHeaders, rules: GuardRules): string[] {
  const hosts = headers.host ? [headers.host] : [];
  if (rules.trustProxy) hosts.push(...listOf(headers['x-forwarded-host']));
  return hosts;
}

function baseHost(rules: GuardRules): string[] {
  const host = rules.baseUrl === null ? undefined : authorityOf(rules.baseUrl);
  return host === undefined ? [] : [host];
}

function isOwnHost(host: string, rules: GuardRules): boolean {
  const name = hostName(host);
  if (name === undefined) return false;
  if (name === 'localhost' || name.endsWith('.localhost') || isLoopbackAddress(name)) return true;
  return rules.baseUrl !== null && name === new URL(rules.baseUrl).hostname.replace(/^\[|\]$/g, '');
}

/** A Host header's name, lower case, without port and brackets; undefined when it is no host. */
function hostName(host: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(host);
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}

function authorityOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}

/**
 * Whether the caller is on this machine: the socket's other end and every address that a proxy has named. A forwarded address
 * can only take rights away, so a made-up one opens nothing, and an untrusted proxy on this machine opens nothing either.
 */
function isLoopbackCaller(request: GuardedRequest): boolean {
  const { headers } = request;
  const named = ['x-forwarded-for', 'x-real-ip', 'x-client-ip', 'true-client-ip', 'cf-connecting-ip'];
  const forwarded = [...named.flatMap((name) => listOf(headers[name])), ...forwardedFor(headers.forwarded)];
  return [request.remoteAddress ?? '', ...forwarded].every(isLoopbackAddress);
}

/** The `for` parameters of RFC 7239. */
function forwardedFor(header: string | undefined): string[] {
  if (header === undefined) return [];
  return listOf(header).map((hop) => {
    const value = /(?:^|;)\s*for\s*=\s*"?([^";]*)"?/i.exec(hop)?.[1] ?? '';
    return hostName(value) ?? value;
  });
}

function isLoopbackAddress(address: string): boolean {
  const plain = address.replace(/^::ffff:/i, '');
  if (isIPv4(plain)) return plain.startsWith('127.');
  return isIP(plain) === 6 && new URL(`http://[${plain}]`).hostname === '[::1]';
}

function listOf(header: string | string[] | undefined): string[] {
  if (header === undefined) return [];
  return [header]
    .flat()
    .flatMap((line) => line.split(','))
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Compares digests, so that neither length nor content of the token shows in the time it takes. */
function holdsToken(authorization: string | undefined, token: string | null): boolean {
  if (token === null || authorization === undefined) return false;
  const given = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (given === undefined) return false;
  return timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
