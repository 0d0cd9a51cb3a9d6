import { newSecret } from '../ids.ts';
import type { RequestContext } from '../resources/request-context.ts';
import type { StoredResource } from '../store/store.ts';
import type { EnrollmentNames, EnrollmentWish, PlannedEnrollment } from './enrollment.ts';
import { enrollmentRefused } from './factor-error.ts';
import { type FactorSettings, partOf } from './factor-settings.ts';
import { base32, pngOf, type TotpRules, totpRules } from './totp.ts';

/*
 * Authenticator apps. An offline one reads a secret from a QR code; an online one (Oracle's) fetches it from the service: the
 * simulated phone (simulated-phone.ts) plays that.
 */

const SECRET_BYTES = 20;
/** Inferred: of secrets that apps bring; RFC 4226 wants 128 bits, recordings show fewer (enroll-18: six characters). */
const SHARED_SECRET = /^[A-Z2-7]{6,128}$/;

/** IDCS: main-0306: any authenticator app. */
export async function totpEnrollment(
  context: RequestContext,
  settings: FactorSettings,
  user: StoredResource,
  wish: EnrollmentWish,
  names: EnrollmentNames,
): Promise<PlannedEnrollment> {
  const { secrets, domain } = context;
  const rules = totpRules(settings);
  const secret = wish.sharedSecret ?? (await newSeed(context));
  if (!SHARED_SECRET.test(secret)) throw enrollmentRefused('sharedSecret must be base32 of 6 to 128 characters.');
  const content = addressOf('otpauth', user, [
    ['issuer', domain.name],
    ...appParameters(settings, rules, names),
    ['secret', secret],
    ['ServiceType', 'TOTP'],
    ...keyParameters(settings),
  ]);
  const displayName = nameOf(user, wish);
  return {
    device: {
      factors: ['TOTP'],
      data: { displayName },
      secret: { seed: secrets.seal(secret), rules: { ...rules }, lastStep: -1 },
    },
    shown: {
      displayName,
      maskedNumber: null,
      address: null,
      qrCode: { content, image: await pngOf(content) },
      sharedSecret: secret,
    },
  };
}

/** IDCS: main-0308: Oracle's app, for PUSH and TOTP, or for TOTP alone. */
export async function phoneAppEnrollment(
  context: RequestContext,
  settings: FactorSettings,
  user: StoredResource,
  wish: EnrollmentWish,
  names: EnrollmentNames,
  factors: readonly string[],
): Promise<PlannedEnrollment> {
  const { ids, baseUrl, secrets } = context;
  const rules = totpRules(settings);
  const content = addressOf('oraclemobileauthenticator', user, [
    ['issuer', context.domain.name],
    ...appParameters(settings, rules, names),
    ['LoginURL', `${baseUrl}/sso/v1/`],
    // The real one is a JWT that the app redeems; the simulated phone needs none.
    ['OTP', newSecret(ids)],
    ['ServiceType', [...factors].reverse().join('+')],
    ...keyParameters(settings),
  ]);
  const displayName = nameOf(user, wish);
  const seed = secrets.seal(await newSeed(context));
  return {
    device: {
      factors,
      data: { displayName },
      secret: { seed, rules: { ...rules }, lastStep: -1, online: true, requestId: names.requestId },
    },
    shown: {
      displayName,
      maskedNumber: null,
      address: null,
      qrCode: { content, image: await pngOf(content) },
      sharedSecret: null,
    },
    lifetime: settings.number('totpSettings', 'jwtValidityDurationInSecs', 300) * 1000,
  };
}

function newSeed({ ids }: Pick<RequestContext, 'ids'>): Promise<string> {
  return base32(ids.bytes(SECRET_BYTES));
}

type Parameters = readonly (readonly [string, string])[];

/** IDCS: shapes.md §9, "QR content": these parameters in this order. */
function appParameters(
  settings: FactorSettings,
  rules: TotpRules,
  { deviceId, requestId }: EnrollmentNames,
): Parameters {
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

/** IDCS: main-0306: what a phone is called when nobody says. */
function nameOf(user: StoredResource, { displayName }: EnrollmentWish): string {
  if (displayName !== undefined && displayName !== '') return displayName;
  const given = partOf(user.data, 'name')['givenName'];
  return `${typeof given === 'string' && given !== '' ? given : String(user.data['userName'])}'s Phone`;
}
