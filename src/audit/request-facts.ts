/** What audit events tell of the HTTP request that they belong to. */
export interface RequestFacts {
  /** X-ORACLE-DMS-ECID of the answer. */
  readonly ecid: string;
  /** X-ORACLE-DMS-RID of the answer. */
  readonly rid: string;
  /** Address of the client; behind a proxy that is trusted (IDCS_TRUST_PROXY), the forwarded one. */
  readonly clientIp: string;
  /** Our own address on the connection. */
  readonly localIp: string | null;
  /** The User-Agent header. */
  readonly userAgent: string | null;
  /** The Host header: `idcs.example.com:8443`. */
  readonly host: string | null;
}
