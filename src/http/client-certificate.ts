import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** What the other end of a connection on the port for client certificates has shown. */
export interface ShownCertificate {
  /** null: none. */
  readonly certificate: X509Certificate | null;
  /** Why IDCS_MTLS_CLIENT_CA does not let the certificate pass; null: it passes. */
  readonly refusal: string | null;
}

/** By connection. Only those of the port for client certificates are here: no header and no other port can bring a certificate. */
const shown = new WeakMap<object, ShownCertificate>();

/**
 * Remembers a new connection's certificate; its owner has proved to hold the private key in the handshake.
 * @param chained certificates must chain to a CA that was given (IDCS_MTLS_CLIENT_CA)
 */
export function rememberCertificate(socket: TLSSocket, chained: boolean): void {
  const certificate = socket.getPeerX509Certificate() ?? null;
  const refused = chained && certificate !== null && !socket.authorized;
  shown.set(socket, { certificate, refusal: refused ? String(socket.authorizationError) : null });
}

/** The certificate of a request's connection; undefined on other ports. */
export function shownCertificate(socket: object): ShownCertificate | undefined {
  return shown.get(socket);
}
