import { createHash, randomBytes } from 'node:crypto';

/** Where ids, secrets and other random values come from: injected, so that a seeded run repeats itself. */
export interface IdSource {
  /** `length` bytes. */
  bytes(length: number): Buffer;
}

/** Random bytes from the operating system. */
export const randomIds: IdSource = { bytes: (length) => randomBytes(length) };

/**
 * A repeatable stream of bytes for `IDCS_ID_SEED`: SHA-256 over seed and counter. Not for production: whoever knows the
 * seed knows every secret.
 */
export function seededIds(seed: number): IdSource {
  let counter = 0;
  return {
    bytes(length) {
      const blocks: Buffer[] = [];
      for (let have = 0; have < length; have += 32) {
        blocks.push(createHash('sha256').update(`${seed}:${counter++}`).digest());
      }
      return Buffer.concat(blocks).subarray(0, length);
    },
  };
}

/**
 * A new resource id: a version-4 UUID in 32 lower-case hex digits without dashes.
 * IDCS: scim.md §1, the shape of every id that is not a shipped constant.
 */
export function newId(ids: IdSource): string {
  const bytes = ids.bytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex');
}

/** A new UUID with dashes, as client secrets and device codes are printed. */
export function newUuid(ids: IdSource): string {
  const hex = newId(ids);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A new random secret, URL-safe, of `bytes` bytes of entropy. */
export function newSecret(ids: IdSource, bytes = 32): string {
  return ids.bytes(bytes).toString('base64url');
}

/**
 * A new OCID: `ocid1.<kind>.oc1..` and 60 characters of base32, eight of them the leading `aaaaaaaa` that real ones show.
 * @param kind the OCID's resource kind, e.g. `user`, `group`, `domainapp`
 */
export function newOcid(ids: IdSource, kind: string): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  let text = '';
  for (const byte of ids.bytes(52)) text += alphabet[byte & 31];
  return `ocid1.${kind}.oc1..aaaaaaaa${text}`;
}

/** Whether a path segment or reference value is an OCID rather than an id. */
export function isOcid(value: string): boolean {
  return value.startsWith('ocid1.');
}
