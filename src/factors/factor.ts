/** The factors that this build can do something with, in the order in which the service lists them (shapes.md §8, getBackupFactors). */
export const FACTORS = [
  'PUSH',
  'TOTP',
  'SMS',
  'PHONE_CALL',
  'EMAIL',
  'FIDO_AUTHENTICATOR',
  'BYPASSCODE',
  'SECURITY_QUESTIONS',
] as const;

/** A second factor, named as the service names it. */
export type Factor = (typeof FACTORS)[number];

/** The factors that are proved with a code which we send. */
export const CODE_FACTORS: ReadonlySet<string> = new Set(['SMS', 'PHONE_CALL', 'EMAIL']);

/** The factors that need no device. */
export const DEVICELESS: ReadonlySet<string> = new Set(['BYPASSCODE', 'SECURITY_QUESTIONS']);

export function isFactor(name: string): name is Factor {
  return (FACTORS as readonly string[]).includes(name);
}
