import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz-';

/** Names of one request that answers carry and support asks for. */
export interface RequestNames {
  /** `X-ORACLE-DMS-ECID`: `0000M31FtLAFo2H6yvR_6G1QJ7Wl0000K` (scim.md §2). */
  readonly ecid: string;
  /** `opc-request-id`: 32 hex digits, a slash and an id, as the OCI SDKs print it (scim.md §2). */
  readonly opcRequestId: string;
}

/**
 * Makes the names of a request. Not from the id source: they are no secret and no resource's id, and a seeded run must not
 * depend on how many requests came before.
 */
export function newRequestNames(): RequestNames {
  const bytes = randomBytes(48);
  let middle = '';
  for (let at = 0; at < 25; at++) middle += ALPHABET[bytes[at]! & 63];
  const ecid = `0000${middle}0000`;
  return { ecid, opcRequestId: `${bytes.toString('hex', 32).toUpperCase()}/${middle.slice(0, 12)}00000000` };
}
