import { badRequest } from '../../scim/errors.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { StoredResource, StoreSession } from '../../store/store.ts';
import type { ActionResult, Behaviour, Draft } from '../behaviour.ts';
import type { RequestContext } from '../request-context.ts';
import { requiredText } from '../required-value.ts';
import { factorsOf, ownDevice } from './device.ts';
import { newDigits } from './digits.ts';
import { beginRequest, changeRequest, codeHash, heldRequest } from './factor-request.ts';
import { type FactorSettings, factorSettings, requireFactor } from './factor-settings.ts';
import { callingUser, functionMeta } from './my-user.ts';

const TYPE = 'MyAuthenticationFactorInitiator';
const MINUTE = 60_000;

type Device = Awaited<ReturnType<typeof ownDevice>>;

/**
 * MyAuthenticationFactorInitiator: sends a code to a device, again as often as the settings allow. With the requestId of an
 * enrollment it is for that; without one it begins a request to prove an enrolled device.
 */
export const initiatorBehaviour: Behaviour = {
  type: TYPE,
  actions: { create: initiate },
};

async function initiate(context: RequestContext, draft: Draft): Promise<ActionResult> {
  const { store } = context;
  await callingUser(context, TYPE);
  const { data } = draft;
  const factor = requiredText(draft, 'authFactor');
  const settings = await factorSettings(context);
  requireFactor(settings, factor);
  const device = await ownDevice(context, store, requiredText(draft, 'deviceId'));
  if (!factorsOf(device).includes(factor)) throw badRequest(`${TYPE}.authFactor: the device has no ${factor} factor.`);
  const given = typeof data['requestId'] === 'string' ? data['requestId'] : null;
  if (given === null && device.data['status'] !== 'ENROLLED') {
    throw badRequest(`${TYPE}.requestId must be that of the device's enrollment.`);
  }
  const sends = factor === 'SMS' || factor === 'EMAIL';
  const { requestId, code } = await store.transaction(async (session) => {
    const about = { deviceId: device.id, scenario: 'AUTHENTICATION' as const };
    const id = given ?? (await beginRequest(context, session, about, { dated: sends }));
    return { requestId: id, code: sends ? await renewCode(context, session, settings, id, device, factor) : null };
  });
  if (code !== null) await sendCode(context, device, factor, code);
  else if (given !== null) await store.transaction((session) => heldRequest(context, session, given, device.id));
  // IDCS: main-0295: the answer has the mail address in full.
  const displayName = factor === 'EMAIL' ? addressOf(device) : device.data['displayName'];
  const answer: JsonObject = { ...data, requestId, displayName: displayName ?? null };
  return { status: 201, locationKey: null, data: { ...answer, meta: functionMeta(context, TYPE) } };
}

/** A new code for a request; the one before is good no more. @throws ScimError 400 when too many were sent */
async function renewCode(
  context: RequestContext,
  session: StoreSession,
  settings: FactorSettings,
  requestId: string,
  device: StoredResource,
  factor: string,
): Promise<string> {
  const request = await heldRequest(context, session, requestId, device.id);
  const most = settings.number(
    'endpointRestrictions',
    'maxMfaNotificationAttempts',
    settings.number('endpointRestrictions', 'maxIncorrectAttempts', 10),
  );
  if (request.sent >= most) throw badRequest(`No more codes are sent for this request: ${most} were.`);
  const kind = factor === 'SMS' ? 'sms' : 'email';
  const code = newDigits(context.ids, settings.number('totpSettings', `${kind}PasscodeLength`, 6));
  const minutes = settings.number('totpSettings', `${kind}OtpValidityDurationInMins`, 10);
  await changeRequest(context, session, requestId, {
    ...request,
    sent: request.sent + 1,
    codeHash: codeHash(requestId, code),
    codeExpires: context.clock.now() + minutes * MINUTE,
  });
  return code;
}

async function sendCode(
  { inbox, domain }: RequestContext,
  device: Device,
  factor: string,
  code: string,
): Promise<void> {
  const body = `Your one-time passcode is ${code}.`;
  const data = { body, code, event: 'passcode' };
  if (factor === 'EMAIL') {
    await inbox?.deliver(domain, { channel: 'email', to: addressOf(device), subject: 'Your one-time passcode', data });
    return;
  }
  const { countryCode, phoneNumber } = device.data;
  const to = `${String(countryCode ?? '')}${String(phoneNumber)}`;
  await inbox?.deliver(domain, { channel: 'sms', to, subject: null, data });
}

function addressOf({ secret }: Device): string {
  return String(secret?.['address']);
}
