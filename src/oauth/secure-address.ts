/**
 * A domain's address on the port for client certificates (`secure_*` of discovery): the same host and path.
 * @param baseUrl the domain's address, without a trailing slash
 * @param port null: there is no such port
 */
export function secureAddress(baseUrl: string, port: number | null): string | null {
  if (port === null) return null;
  const url = new URL(baseUrl);
  return `https://${url.hostname}:${port}${url.pathname.replace(/\/$/, '')}`;
}
