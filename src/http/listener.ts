import { constants } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { ScimError } from '../scim/errors.ts';
import { rememberCertificate } from './client-certificate.ts';
import { scimErrorBody } from './scim-errors.ts';

/** Answers one request; Fastify's routing has this form. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A header block may have 64 KiB: OCIDs, URNs and tokens are long (rulings: long paths). */
const MAX_HEADER_BYTES = 64 * 1024;

/** What makes a port one for HTTPS. */
export interface TlsPort {
  /** PEM. */
  readonly key: string;
  /** PEM, leaf first. */
  readonly cert: string;
  /** Ask clients for certificates; `authorities` (PEM) must have issued them, null: whoever did. */
  readonly clients?: { readonly authorities: readonly string[] | null };
}

/**
 * The sockets: HTTP from the first moment, so that health can say "not yet", HTTPS once its certificate is there. Until
 * `serve` is called every request gets 503.
 */
export class Listener {
  #servers: Server[] = [];
  #handler: Handler = notReady;
  readonly #host: string;
  /** Connections as TCP knows them: one that never says a word, or hangs in its TLS handshake, is no HTTP connection yet. */
  readonly #sockets = new Set<Socket>();

  constructor(host: string) {
    this.#host = host;
  }

  /** Opens a port. @returns the base URL @throws Error of node:net, e.g. EADDRINUSE */
  async open(port: number, tls?: TlsPort): Promise<string> {
    const options = { maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: 72_000, requestTimeout: 120_000 };
    const handle: Handler = (request, response) => this.#handler(request, response);
    const server = tls ? createTlsServer({ ...options, ...tlsOptions(tls) }, handle) : createServer(options, handle);
    const { clients } = tls ?? {};
    if (clients) {
      server.on('secureConnection', (socket: TLSSocket) => rememberCertificate(socket, clients.authorities !== null));
    }
    server.on('clientError', answerUnparsable);
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, this.#host, () => {
        server.off('error', reject);
        resolve();
      });
    });
    this.#servers.push(server);
    const address = server.address() as AddressInfo;
    return `${tls ? 'https' : 'http'}://${printableHost(this.#host, address)}:${address.port}`;
  }

  /** Hands all further requests to `handler`. */
  serve(handler: Handler): void {
    this.#handler = handler;
  }

  /**
   * Stops accepting, lets running requests finish and closes idle connections. Again: nothing to do.
   * @param graceMs milliseconds after which what still runs is cut off
   */
  async close(graceMs: number): Promise<void> {
    const servers = this.#servers;
    this.#servers = [];
    const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    // Again and again: a connection that is kept alive becomes idle when its last request has been answered.
    const closeIdle = () => {
      for (const server of servers) server.closeIdleConnections();
    };
    closeIdle();
    for (const socket of this.#sockets) if (socket.bytesRead === 0) socket.destroy();
    const idle = setInterval(closeIdle, 50);
    const cut = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, graceMs);
    await Promise.all(closed);
    clearInterval(idle);
    clearTimeout(cut);
  }
}

function tlsOptions({ key, cert, clients }: TlsPort): ServerOptions {
  if (clients === undefined) return { key, cert };
  return {
    key,
    cert,
    requestCert: true,
    // Who shows a certificate that does not pass gets an answer that says so, not a broken handshake.
    rejectUnauthorized: false,
    ...(clients.authorities === null ? {} : { ca: [...clients.authorities] }),
    // No resumed sessions: every connection proves anew that it holds its certificate's private key.
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}

function printableHost(host: string, address: AddressInfo): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return address.family === 'IPv6' ? `[${address.address}]` : host;
}

const notReady: Handler = (request, response) => {
  request.resume();
  const health = request.url === '/_emulator/health';
  const body = health
    ? { status: 'starting' }
    : scimErrorBody(
        new ScimError(503, 'The emulator is starting: ask again in a moment, or wait for /_emulator/health.'),
      );
  const text = JSON.stringify(body);
  response.writeHead(503, {
    'content-type': 'application/json',
    'retry-after': '1',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
};

/** What Node's HTTP parser refuses never reaches routing; it is answered here, in SCIM form all the same. */
function answerUnparsable(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const refusal =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new ScimError(431, `The request's header block is larger than ${MAX_HEADER_BYTES} bytes.`)
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? new ScimError(408, 'The request took too long to arrive.')
        : new ScimError(400, 'The request is not valid HTTP.');
  const body = JSON.stringify(scimErrorBody(refusal));
  socket.end(
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
