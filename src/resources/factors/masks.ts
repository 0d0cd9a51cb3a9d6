/** IDCS: main-0297: a phone number with its last three digits. */
export function maskedNumber(number: string): string {
  return 'X'.repeat(Math.max(0, number.length - 3)) + number.slice(-3);
}

/** IDCS: main-0315: a mail address with the first three characters of its local part. */
export function maskedAddress(address: string): string {
  const at = address.lastIndexOf('@');
  const local = address.slice(0, at);
  return local.slice(0, 3) + 'X'.repeat(Math.max(0, local.length - 3)) + address.slice(at);
}
