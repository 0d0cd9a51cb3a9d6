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

/** What an enrollment shows of a QR code. IDCS: main-0306: base64 of the address, and base64 of the base64 of a PNG. */
export async function qrCode(address: string): Promise<{ content: string; image: string }> {
  const { toBuffer } = (await import('qrcode')).default;
  const png = await toBuffer(address, { type: 'png', errorCorrectionLevel: 'M' });
  return {
    content: Buffer.from(address).toString('base64'),
    image: Buffer.from(png.toString('base64')).toString('base64'),
  };
}
