import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { BoundedCache } from '../../bounded-cache.ts';
import { isObject, type JsonValue } from '../../scim/json.ts';
import { refusedAssertion } from './assertion-claims.ts';

/*
 * Key sets of issuers that an administrator named (IdentityPropagationTrust.publicKeyEndpoint): the one reason for which the
 * token endpoint calls out.
 */

const TIMEOUT_MS = 5000;
/** Bytes; real sets have a few thousand. */
const LARGEST = 200_000;
/** How long a set is good, and how soon it is asked for again when it lacks a key: an issuer may just have changed it. Milliseconds. */
const GOOD_FOR = 300_000;
const RETRY_AFTER = 10_000;

interface KeySet {
  readonly read: number;
  /** By `kid`. */
  readonly keys: ReadonlyMap<string, KeyObject>;
}

// What an address answers is the same for every domain and epoch; the machine's time, not a domain's, says how old it is.
const sets = new BoundedCache<string, KeySet>(100);

/**
 * The RSA key of a JSON Web Key Set that a token's header names.
 * @param kid undefined: the set must have one key
 * @throws OAuthError invalid_grant when the address doesn't answer with a key set, or it lacks the key
 */
export async function remoteKey(url: string, kid: string | undefined): Promise<KeyObject> {
  const known = sets.get(url);
  const age = known === undefined ? Number.POSITIVE_INFINITY : performance.now() - known.read;
  if (known !== undefined && age < GOOD_FOR) {
    const key = keyIn(known, kid);
    if (key !== null) return key;
    if (age < RETRY_AFTER) throw noKey();
  }
  const fresh = { read: performance.now(), keys: await fetchKeys(url) };
  sets.set(url, fresh);
  const key = keyIn(fresh, kid);
  if (key === null) throw noKey();
  return key;
}

function keyIn({ keys }: KeySet, kid: string | undefined): KeyObject | null {
  if (kid !== undefined) return keys.get(kid) ?? null;
  return keys.size === 1 ? [...keys.values()][0]! : null;
}

function noKey(): Error {
  return refusedAssertion('the publicKeyEndpoint of the trust has no RSA key of its kid');
}

async function fetchKeys(url: string): Promise<ReadonlyMap<string, KeyObject>> {
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/json' },
      // Where the administrator said, and nowhere else.
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const body = JSON.parse(await textOf(response)) as JsonValue;
    return keysOf(body);
  } catch {
    throw refusedAssertion('the publicKeyEndpoint of the trust did not answer with a JSON Web Key Set');
  }
}

async function textOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > LARGEST) throw new Error('too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function keysOf(body: JsonValue): ReadonlyMap<string, KeyObject> {
  const list = isObject(body) ? body['keys'] : undefined;
  if (!Array.isArray(list)) throw new Error('no key set');
  const keys = new Map<string, KeyObject>();
  for (const jwk of list) {
    if (!isObject(jwk) || jwk['kty'] !== 'RSA' || jwk['use'] === 'enc') continue;
    const { n, e, kid } = jwk;
    try {
      const key = createPublicKey({ key: { kty: 'RSA', n, e } as JsonWebKey, format: 'jwk' });
      keys.set(typeof kid === 'string' ? kid : '', key);
    } catch {
      // A key that can't be read can't be named.
    }
  }
  return keys;
}
