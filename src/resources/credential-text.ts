import { createHash } from 'node:crypto';
import type { IdSource } from '../ids.ts';

/*
 * The form of generated secrets. IDCS: seen in the world, not documented: an auth token has 20 characters of all kinds, an access key
 * 40 hex digits, a secret key 32 bytes in base64.
 */

const LETTERS_AND_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** Signs that need no quotes in a shell's double-quoted string. */
const SIGNS = '#%&()*+,-./:;<=>?@[]^_{}~';

/** A password of 20 characters (about 128 bits) with a sign among them. */
export function generatedPassword(ids: IdSource): string {
  const alphabet = LETTERS_AND_DIGITS + SIGNS;
  for (;;) {
    const text = pick(ids, alphabet, 20);
    if ([/[A-Z]/, /[a-z]/, /\d/, /[^A-Za-z\d]/].every((kind) => kind.test(text))) return text;
  }
}

/** Lower-case letters. */
export function generatedLetters(ids: IdSource, length: number): string {
  return pick(ids, 'abcdefghijklmnopqrstuvwxyz', length);
}

/** SHA-256 of a secret of high entropy, hex: what a row keeps of it. */
export function secretDigest(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Characters of an alphabet, each as likely as any other: bytes past its last multiple are thrown away. */
function pick(ids: IdSource, alphabet: string, length: number): string {
  const limit = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    for (const byte of ids.bytes(length)) {
      if (byte < limit && text.length < length) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
}
