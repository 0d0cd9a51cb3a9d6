import type { FactorSettings } from './factor-settings.ts';

/*
 * One-time passwords of the time (RFC 6238) and the QR codes that carry their secret. Both libraries are loaded when first used.
 */

/** How the domain's one-time passwords are made. */
export interface TotpRules {
  readonly algorithm: string;
  readonly digits: number;
  /** Seconds. */
  readonly period: number;
  /** Steps before and after the present one that are accepted. */
  readonly tolerance: number;
}

/** The rules of AuthenticationFactorSettings.totpSettings. A device keeps those under which it was enrolled. */
export function totpRules(settings: FactorSettings): TotpRules {
  return {
    algorithm: settings.text('totpSettings', 'hashingAlgorithm', 'SHA1'),
    digits: settings.number('totpSettings', 'passcodeLength', 6),
    period: settings.number('totpSettings', 'timeStepInSecs', 30),
    tolerance: settings.number('totpSettings', 'timeStepTolerance', 3),
  };
}

/** A secret as authenticator apps read it: base32 without padding. */
export async function base32(secret: Buffer): Promise<string> {
  const { Secret } = await import('otpauth');
  return new Secret({ buffer: new Uint8Array(secret).buffer as ArrayBuffer }).base32;
}

/**
 * The step whose password this is.
 * @param after passwords of this step and earlier ones were used
 * @param now milliseconds since the epoch
 * @returns null when it is wrong or used
 */
export async function totpStep(
  secret: string,
  { algorithm, digits, period, tolerance }: TotpRules,
  code: string,
  after: number,
  now: number,
): Promise<number | null> {
  if (code.length !== digits || !/^[0-9]+$/.test(code)) return null;
  const { Secret, TOTP } = await import('otpauth');
  const totp = new TOTP({ secret: Secret.fromBase32(secret), algorithm, digits, period });
  const delta = totp.validate({ token: code, timestamp: now, window: tolerance });
  if (delta === null) return null;
  const step = Math.floor(now / 1000 / period) + delta;
  return step > after ? step : null;
}

/** The password of the present step. @param now milliseconds since the epoch */
export async function totpNow(
  secret: string,
  { algorithm, digits, period }: TotpRules,
  now: number,
): Promise<{ readonly code: string; readonly validUntil: number }> {
  const { Secret, TOTP } = await import('otpauth');
  const totp = new TOTP({ secret: Secret.fromBase32(secret), algorithm, digits, period });
  const step = period * 1000;
  return { code: totp.generate({ timestamp: now }), validUntil: (Math.floor(now / step) + 1) * step };
}

/** A QR code as a PNG. */
export async function pngOf(content: string): Promise<Buffer> {
  const { toBuffer } = (await import('qrcode')).default;
  return toBuffer(content, { type: 'png', errorCorrectionLevel: 'M' });
}
