import { addressOf, beginChallenge, requestOf, sendCode } from '../../factors/challenge.ts';
import { deviceOf, factorsOf, isEnrolled, nameOfDevice } from '../../factors/device.ts';
import { CODE_FACTORS } from '../../factors/factor.ts';
import { statusNotFound } from '../../factors/factor-error.ts';
import { factorSettings, requireFactor } from '../../factors/factor-settings.ts';
import { badRequest } from '../../scim/errors.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import type { ActionResult, Behaviour, Draft } from '../behaviour.ts';
import type { RequestContext } from '../request-context.ts';
import { requiredText } from '../required-value.ts';
import { administeredFactors, type FactorFunction, ownFactors } from './factor-owner.ts';
import { functionMeta } from './my-user.ts';

/*
 * AuthenticationFactorInitiator and MyAuthenticationFactorInitiator send a code to a device, again as often as the settings allow.
 * With the requestId of an enrollment it is for that; without one they begin a request to prove an enrolled device.
 */

/** MyAuthenticationFactorInitiator. */
export const myInitiatorBehaviour = initiator(ownFactors('MyAuthenticationFactorInitiator'));

/** AuthenticationFactorInitiator. */
export const initiatorBehaviour = initiator(administeredFactors('AuthenticationFactorInitiator'));

function initiator(of: FactorFunction): Behaviour {
  return { type: of.type, actions: { create: (context, draft) => initiate(context, draft, of) } };
}

async function initiate(context: RequestContext, draft: Draft, of: FactorFunction): Promise<ActionResult> {
  const user = await of.owner(context, draft);
  const { data } = draft;
  const factor = requiredText(draft, 'authFactor');
  requireFactor(await factorSettings(context), factor);
  if (factor === 'FIDO_AUTHENTICATOR') throw badRequest('Passkeys are proved on a page, not by this function.');
  const device = await deviceOf(context, context.store, user.id, requiredText(draft, 'deviceId'));
  if (!factorsOf(device).includes(factor))
    throw badRequest(`${of.type}.authFactor: the device has no ${factor} factor.`);
  const given = typeof data['requestId'] === 'string' ? data['requestId'] : null;
  if (given === null && !isEnrolled(device)) {
    throw badRequest(`${of.type}.requestId must be that of the device's enrollment.`);
  }
  const requestId = given ?? (await beginChallenge(context, user, { factor, deviceId: device.id })).requestId;
  if (given !== null) await again(context, user, factor, device, given);
  // IDCS: main-0295: the answer has the mail address in full.
  const answer: JsonObject = { ...data, requestId, displayName: addressOf(device) ?? nameOfDevice(device) };
  return { status: 201, locationKey: null, data: { ...answer, meta: functionMeta(context, of.type) } };
}

async function again(
  context: RequestContext,
  user: StoredResource,
  factor: string,
  device: StoredResource,
  requestId: string,
): Promise<void> {
  if ((await requestOf(context, user.id, requestId)).deviceId !== device.id) throw statusNotFound();
  if (CODE_FACTORS.has(factor)) await sendCode(context, user, requestId);
}
