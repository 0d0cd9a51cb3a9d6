/**
 * A phone number as it is shown. IDCS: main-0297: its last three digits, after a country code that is shown apart; a number that
 * has it in itself keeps its first three, too (authn-0016).
 */
export function maskedNumber(digits: string, countryCode: string): string {
  const kept = countryCode === '' ? Math.min(3, Math.max(0, digits.length - 3)) : 0;
  return digits.slice(0, kept) + 'X'.repeat(Math.max(0, digits.length - 3 - kept)) + digits.slice(-3);
}

/** IDCS: main-0315: a mail address with the first three characters of its local part. */
export function maskedAddress(address: string): string {
  const at = address.lastIndexOf('@');
  const local = address.slice(0, at);
  return local.slice(0, 3) + 'X'.repeat(Math.max(0, local.length - 3)) + address.slice(at);
}
