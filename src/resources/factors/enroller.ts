import { type BegunEnrollment, beginEnrollment } from '../../factors/enrollment.ts';
import type { Factor } from '../../factors/factor.ts';
import { factorSettings, requireEnrollable, requireFactor } from '../../factors/factor-settings.ts';
import { badRequest } from '../../scim/errors.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { ActionResult, Behaviour, Draft } from '../behaviour.ts';
import type { RequestContext } from '../request-context.ts';
import { administeredFactors, type FactorFunction, ownFactors } from './factor-owner.ts';
import { functionMeta, userReference } from './my-user.ts';

/*
 * AuthenticationFactorEnroller and MyAuthenticationFactorEnroller begin the enrollment of a device; the validator of the same kind
 * ends it.
 */

/** MyAuthenticationFactorEnroller. */
export const myEnrollerBehaviour = enroller(ownFactors('MyAuthenticationFactorEnroller'));

/** AuthenticationFactorEnroller. */
export const enrollerBehaviour = enroller(administeredFactors('AuthenticationFactorEnroller'));

function enroller(of: FactorFunction): Behaviour {
  return { type: of.type, actions: { create: (context, draft) => enroll(context, draft, of) } };
}

async function enroll(context: RequestContext, draft: Draft, of: FactorFunction): Promise<ActionResult> {
  const user = await of.owner(context, draft);
  const { data } = draft;
  const factor = soleFactor(of.type, data['authnFactors']);
  const settings = await factorSettings(context);
  requireFactor(settings, factor);
  requireEnrollable(settings, factor, data['isDeviceOffline'] === true);
  if (factor === 'FIDO_AUTHENTICATOR') throw badRequest('Passkeys are registered on a page, not by this function.');
  const begun = await beginEnrollment(context, user, wishOf(factor, data));
  return {
    status: 201,
    locationKey: null,
    data: {
      ...data,
      user: userReference(context, of.type, user),
      ...shown(factor, data, begun),
      meta: functionMeta(context, of.type),
      deviceId: begun.deviceId,
      requestId: begun.requestId,
    },
  };
}

function soleFactor(typeName: string, factors: unknown): string {
  const names = Array.isArray(factors) ? factors.map(String) : [];
  // IDCS: main-0308: a phone app is enrolled for PUSH and TOTP at once.
  if (names.includes('PUSH') && names.every((name) => name === 'PUSH' || name === 'TOTP')) return 'PUSH';
  if (names.length === 1) return names[0]!;
  throw badRequest(`${typeName}.authnFactors must have one factor.`);
}

function wishOf(factor: Factor, data: JsonObject) {
  const text = (name: string) => {
    const value = data[name];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    factor,
    displayName: text('displayName'),
    phoneNumber: text('phoneNumber'),
    countryCode: text('countryCode'),
    offline: data['isDeviceOffline'] === true,
  };
}

/** What the answer has beside the request (shapes.md §6). */
function shown(
  factor: Factor,
  data: JsonObject,
  { displayName, maskedNumber, qrCode, factors }: BegunEnrollment,
): JsonObject {
  const values: JsonObject = { displayName };
  if (maskedNumber !== null) values['phoneNumber'] = maskedNumber;
  if (qrCode === null) return values;
  // IDCS: main-0306: base64 of the address, and base64 of the base64 of a PNG.
  values['qrCodeContent'] = Buffer.from(qrCode.content).toString('base64');
  values['qrCodeImgContent'] = Buffer.from(qrCode.image.toString('base64')).toString('base64');
  values['qrCodeImgType'] = 'PNG';
  const offline = factor === 'TOTP' && data['isDeviceOffline'] === true;
  return offline ? values : { ...values, authnFactors: [...factors], isDeviceOffline: false };
}
