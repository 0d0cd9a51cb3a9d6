import { timingSafeEqual } from 'node:crypto';
import type { IdSource } from '../ids.ts';

/** Random decimal digits, each as likely as the others. */
export function newDigits(ids: IdSource, length: number): string {
  let digits = '';
  while (digits.length < length) {
    // 250 is the last multiple of ten that a byte holds.
    for (const byte of ids.bytes(length * 2)) if (byte < 250 && digits.length < length) digits += String(byte % 10);
  }
  return digits;
}

/** Compares two codes in a time that tells nothing but their lengths. */
export function sameCode(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
