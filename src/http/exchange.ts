import type { X509Certificate } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RequestFacts } from '../audit/request-facts.ts';
import type { Clock } from '../clock.ts';
import type { Domain } from '../domains/domain.ts';
import type { DomainRegistry } from '../domains/registry.ts';
import type { Log } from '../resources/request-context.ts';
import { badRequest, ScimError } from '../scim/errors.ts';
import { shownCertificate } from './client-certificate.ts';
import { type DomainAddress, domainAddress } from './domain-address.ts';
import { newRequestNames, type RequestNames } from './ecid.ts';

/** What every request has before its route runs. */
export interface Exchange {
  readonly names: RequestNames;
  /** process.hrtime in milliseconds, for the log line. */
  readonly startedMs: number;
  readonly log: Log;
  /** What audit events tell of the request. */
  readonly request: RequestFacts;
  /** The domain that was asked for. */
  domain: Domain;
  /** That domain's clock. */
  clock: Clock;
  /** Public address of the domain, without a trailing slash. */
  baseUrl: string;
  /** The client certificate of the connection, on the port for those; null: none. */
  clientCertificate: X509Certificate | null;
}

declare module 'fastify' {
  interface FastifyRequest {
    exchange: Exchange;
  }
}

/** What `installExchange` needs. */
export interface ExchangeServices {
  readonly registry: DomainRegistry;
  /** Name of the domain that answers on every host. */
  readonly defaultDomain: string;
  /** IDCS_BASE_URL. */
  readonly baseUrl: string | null;
  /** Base URL of the port that is not for client certificates, for requests to the one that is. */
  readonly mainUrl: () => string | null;
  readonly log: Log;
}

const HOST = /^[A-Za-z0-9._~:[\]-]{1,255}$/;

/**
 * Resolves domain, clock and public address of every request, and sets the headers that every answer has.
 * Health, info and the CA certificate belong to no domain and skip the look-up.
 */
export function installExchange(app: FastifyInstance, services: ExchangeServices): void {
  app.decorateRequest('exchange', null as unknown as Exchange);
  app.addHook('onRequest', async (request, reply) => {
    const names = newRequestNames();
    reply.header('x-oracle-dms-ecid', names.ecid);
    reply.header('x-oracle-dms-rid', RID);
    reply.header('opc-request-id', names.opcRequestId);
    const facts = factsOf(request, names);
    const exchange = { names, startedMs: performance.now(), log: services.log, request: facts } as Exchange;
    request.exchange = exchange;
    // The URL as it was asked for; routing has already seen it without the domain's prefix.
    const address = domainAddress({ url: request.originalUrl, headers: request.headers });
    exchange.baseUrl = publicAddress(request, services) + prefixOf(address, services.baseUrl);
    exchange.clientCertificate = acceptedCertificate(request);
    if (request.url.startsWith('/_emulator/') && isDomainless(request.url)) return;
    const name = address.name ?? services.defaultDomain;
    const domain = await services.registry.resolve(name);
    if (!domain) throw new ScimError(404, `There is no identity domain named ${name}.`);
    exchange.domain = domain;
    exchange.clock = services.registry.clockOf(domain);
  });
}

const RID = '0';

function factsOf(request: FastifyRequest, { ecid }: RequestNames): RequestFacts {
  return {
    ecid,
    rid: RID,
    clientIp: request.ip,
    localIp: request.socket.localAddress ?? null,
    userAgent: request.headers['user-agent']?.slice(0, MAX_HEADER) ?? null,
    host: request.headers.host?.slice(0, MAX_HEADER) ?? null,
  };
}

/** What a client says of itself is kept so far. */
const MAX_HEADER = 1000;

function isDomainless(url: string): boolean {
  return url === '/_emulator/health' || url === '/_emulator/ca.pem';
}

/** @throws ScimError 401 for a certificate that does not chain to IDCS_MTLS_CLIENT_CA */
function acceptedCertificate(request: FastifyRequest): X509Certificate | null {
  const shown = shownCertificate(request.raw.socket);
  if (shown === undefined) return null;
  if (shown.refusal === null) return shown.certificate;
  throw new ScimError(401, `The client certificate does not chain to IDCS_MTLS_CLIENT_CA (${shown.refusal}).`);
}

/** A domain that was asked by its own host name has no name in IDCS_BASE_URL: its addresses need the prefix there. */
function prefixOf({ name, prefix, byHost }: DomainAddress, configured: string | null): string {
  return configured !== null && byHost ? `/_domains/${name}` : prefix;
}

function publicAddress(request: FastifyRequest, { baseUrl, mainUrl }: ExchangeServices): string {
  if (baseUrl !== null) return baseUrl;
  const host = request.host;
  if (!HOST.test(host)) throw badRequest('The Host header is missing or is not a host name.');
  const main = shownCertificate(request.raw.socket) === undefined ? null : mainUrl();
  return main === null ? `${request.protocol}://${host}` : addressOf(main, request.hostname);
}

/**
 * The domain's address for a request to the port for client certificates: a domain is one issuer and one audience, whichever
 * port its clients ask. The host is the one that was asked for, the rest that of the other port.
 */
function addressOf(mainUrl: string, hostname: string): string {
  const { protocol, port } = new URL(mainUrl);
  return `${protocol}//${hostname}${port === '' ? '' : `:${port}`}`;
}
