import { newSecret } from '../../ids.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import type { RequestContext } from '../request-context.ts';
import type { Begun, Enrollment } from './enrollment.ts';
import { type FactorSettings, partOf } from './factor-settings.ts';
import { base32, qrCode, type TotpRules, totpRules } from './totp.ts';

/*
 * Authenticator apps. An offline one reads a secret from a QR code; an online one (Oracle's) would fetch it from the service, which
 * it can't reach here: its enrollment stays pending until it runs out.
 */

const SECRET_BYTES = 20;

/** IDCS: main-0306: any authenticator app. */
export async function totpEnrollment(
  context: RequestContext,
  settings: FactorSettings,
  user: StoredResource,
  data: JsonObject,
  begun: Begun,
): Promise<Enrollment> {
  const { ids, secrets, domain } = context;
  const rules = totpRules(settings);
  const secret = await base32(ids.bytes(SECRET_BYTES));
  const address = addressOf('otpauth', user, [
    ['issuer', domain.name],
    ...appParameters(settings, rules, begun),
    ['secret', secret],
    ['ServiceType', 'TOTP'],
    ...keyParameters(settings),
  ]);
  const displayName = nameOf(user, data);
  return {
    factors: ['TOTP'],
    data: { displayName },
    secret: { seed: secrets.seal(secret), rules: { ...rules }, lastStep: -1 },
    shown: await withCode({ displayName }, address),
  };
}

/** IDCS: main-0308: Oracle's app, for PUSH and TOTP, or for TOTP alone. */
export async function phoneAppEnrollment(
  context: RequestContext,
  settings: FactorSettings,
  user: StoredResource,
  data: JsonObject,
  begun: Begun,
  factors: readonly string[],
): Promise<Enrollment> {
  const { ids, baseUrl } = context;
  const address = addressOf('oraclemobileauthenticator', user, [
    ...appParameters(settings, totpRules(settings), begun),
    ['LoginURL', `${baseUrl}/sso/v1/`],
    // The real one is a JWT that the app redeems; nothing redeems this one.
    ['OTP', newSecret(ids)],
    ['ServiceType', [...factors].reverse().join('+')],
    ...keyParameters(settings),
  ]);
  const displayName = nameOf(user, data);
  return {
    factors,
    data: { displayName },
    secret: null,
    shown: await withCode({ displayName, authnFactors: [...factors], isDeviceOffline: false }, address),
    lifetime: settings.number('totpSettings', 'jwtValidityDurationInSecs', 300) * 1000,
  };
}

type Parameters = readonly (readonly [string, string])[];

/** IDCS: shapes.md §9, "QR content": these parameters in this order. */
function appParameters(settings: FactorSettings, rules: TotpRules, { deviceId, requestId }: Begun): Parameters {
  return [
    ['period', String(rules.period)],
    ['algorithm', rules.algorithm],
    ['digits', String(rules.digits)],
    ['RSA', settings.text('clientAppSettings', 'requestSigningAlgo', 'SHA256withRSA')],
    ['Deviceid', deviceId],
    ['RequestId', requestId],
  ];
}

function keyParameters(settings: FactorSettings): Parameters {
  return [
    ['KeyPairLength', String(settings.number('clientAppSettings', 'keyPairLength', 2048))],
    ['SSE', settings.text('clientAppSettings', 'sharedSecretEncoding', 'Base32')],
  ];
}

function addressOf(scheme: string, user: StoredResource, parameters: Parameters): string {
  const query = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return `${scheme}://totp/${encodeURIComponent(String(user.data['userName']))}?${query}`;
}

async function withCode(shown: JsonObject, address: string): Promise<JsonObject> {
  const { content, image } = await qrCode(address);
  return { ...shown, qrCodeImgContent: image, qrCodeContent: content, qrCodeImgType: 'PNG' };
}

/** IDCS: main-0306: what a phone is called when nobody says. */
function nameOf(user: StoredResource, { displayName }: JsonObject): string {
  if (typeof displayName === 'string' && displayName !== '') return displayName;
  const given = partOf(user.data, 'name')['givenName'];
  return `${typeof given === 'string' && given !== '' ? given : String(user.data['userName'])}'s Phone`;
}
