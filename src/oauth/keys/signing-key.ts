import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { SecretBox } from '../../resources/request-context.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { SigningKeyRow } from '../../store/store.ts';

/** The key that signs a domain's tokens. */
export interface Signer {
  readonly kid: string;
  /**
   * A copy of the private key, another one each time: Node locks a key while a worker signs with it, and would make the event loop
   * wait for the lock.
   */
  privateKey(): KeyObject;
  /** The JOSE header of every token, already base64url: it is the same for all of them. */
  readonly encodedHeader: string;
}

/** A domain's keys, opened. */
export interface DomainKeys {
  readonly signer: Signer;
  /** Public keys by kid: the signer's and those that only verify. */
  readonly verifiers: ReadonlyMap<string, KeyObject>;
  /** The key set as `/admin/v1/SigningCert/jwk` answers it. */
  readonly jwks: JsonObject;
}

/**
 * Opens a domain's key rows: the newest active one signs, all verify.
 * @param rows not empty
 * @throws Error when the installation's secret key can't open the signing key
 */
export function openKeys(rows: readonly SigningKeyRow[], secrets: SecretBox): DomainKeys {
  const newestFirst = [...rows].sort((a, b) => b.created - a.created);
  const signing = newestFirst.find((row) => row.active) ?? newestFirst[0]!;
  return {
    signer: openSigner(signing, secrets),
    verifiers: new Map(newestFirst.map((row) => [row.kid, publicKey(row)])),
    jwks: { keys: newestFirst.map((row) => row.publicJwk) },
  };
}

function openSigner(row: SigningKeyRow, secrets: SecretBox): Signer {
  // IDCS: oauth.md §7: the header has exactly these members, in this order, and no `typ`.
  const header = { 'x5t#S256': row.publicJwk['x5t#S256'], x5t: row.publicJwk['x5t'], kid: row.kid, alg: 'RS256' };
  return {
    kid: row.kid,
    privateKey: copiesOf(secrets.open(row.privateKey)),
    encodedHeader: Buffer.from(JSON.stringify(header)).toString('base64url'),
  };
}

/** As many as libuv has workers. */
const COPIES = 4;

function copiesOf(pem: string): () => KeyObject {
  const copies = [createPrivateKey(pem)];
  let turn = 0;
  return () => {
    copies[turn] ??= createPrivateKey(pem);
    const copy = copies[turn]!;
    turn = (turn + 1) % COPIES;
    return copy;
  };
}

function publicKey(row: SigningKeyRow): KeyObject {
  const { kty, n, e } = row.publicJwk as JsonWebKey;
  return createPublicKey({ key: { kty, n, e } as JsonWebKey, format: 'jwk' });
}
