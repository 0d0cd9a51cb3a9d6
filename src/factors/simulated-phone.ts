import { newUuid } from '../ids.ts';
import type { RequestContext } from '../resources/request-context.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { tokenHash } from '../store/token-hash.ts';
import { DEVICE, factorsOf, isEnrolled, nameOfDevice, proved, updateDevice } from './device.ts';
import { changeRequest, FACTOR_REQUEST, type FactorRequest } from './factor-request.ts';
import { settleMfa } from './mfa-state.ts';
import { type TotpRules, totpNow } from './totp.ts';

/*
 * What a user does on a phone: scans the QR code of an enrollment, allows or refuses a push, reads a passcode. The control plane
 * drives it (docs/control-plane.md).
 */

/** The phone's answer to a push. */
export type PushAnswer = 'approve' | 'deny';

/**
 * Answers a push.
 * @returns false when there is none that waits under this requestId
 */
export async function answerPush(
  context: Pick<RequestContext, 'domain' | 'clock' | 'store'>,
  requestId: string,
  answer: PushAnswer,
): Promise<boolean> {
  return context.store.transaction(async (session) => {
    const request = await waitingRequest(context, session, requestId);
    if (request === null || request.scenario !== 'AUTHENTICATION') return false;
    const approval = answer === 'approve' ? 'approved' : 'denied';
    await changeRequest(context, session, requestId, { ...request, approval });
    return true;
  });
}

/** What a phone says of itself when it scans a QR code. */
export interface PhoneFacts {
  readonly displayName?: string | undefined;
  readonly platform?: 'IOS' | 'ANDROID' | 'WINDOWS' | undefined;
}

/**
 * Scans the QR code of an online enrollment: the phone has its secret now, and the enrollment is done.
 * @param requestId that of the QR code
 * @returns the device's id; null when no enrollment waits under this id
 */
export async function scanQrCode(
  context: RequestContext,
  requestId: string,
  { displayName, platform = 'IOS' }: PhoneFacts = {},
): Promise<string | null> {
  const { store, domain, clock, ids } = context;
  return store.transaction(async (session) => {
    const before = await session.tokens.find(domain.id, FACTOR_REQUEST, tokenHash(requestId));
    const userId = before?.data['userId'];
    if (typeof userId !== 'string') return null;
    // Rows are always held in this order: the user's, then the request's.
    await session.resources.readWithSecret(domain.id, 'User', userId, { lock: true });
    const request = await waitingRequest(context, session, requestId);
    if (request === null || request.scenario !== 'ENROLLMENT' || request.deviceId === null) return null;
    const device = await session.resources.readWithSecret(domain.id, DEVICE, request.deviceId);
    if (device === null || device.secret?.['online'] !== true) return null;
    await changeRequest(context, session, requestId, { ...request, approval: 'approved' });
    const { lastValidatedTime: _, ...seen } = proved(device, clock.now());
    const facts: JsonObject = {
      ...seen,
      platform,
      deviceType: platform === 'IOS' ? 'iPhone' : 'Phone',
      deviceUUID: newUuid(ids).toUpperCase(),
      ...(displayName === undefined ? {} : { displayName }),
    };
    await updateDevice(context, session, device, facts);
    await settleMfa(context, session, userId);
    return device.id;
  });
}

/** A passcode as an authenticator app shows it. */
export interface ShownPasscode {
  readonly deviceId: string;
  readonly displayName: string | null;
  readonly code: string;
  /** Milliseconds since the epoch. */
  readonly validUntil: number;
}

/** The passcodes that a user's authenticator apps show now, oldest device first; of enrollments that wait for one, too. */
export async function shownPasscodes(
  { store, domain, clock, secrets }: Pick<RequestContext, 'store' | 'domain' | 'clock' | 'secrets'>,
  devices: readonly StoredResource[],
): Promise<readonly ShownPasscode[]> {
  const apps = devices.filter((device) => factorsOf(device).includes('TOTP'));
  const kept = await store.resources.readSecrets(
    domain.id,
    DEVICE,
    apps.map(({ id }) => id),
  );
  const shown: ShownPasscode[] = [];
  for (const device of apps) {
    const secret = kept.get(device.id);
    const seed = secret?.['seed'];
    const rules = secret?.['rules'];
    // An online app has its secret only after it has scanned the code.
    if (typeof seed !== 'string' || !isObject(rules) || (secret?.['online'] === true && !isEnrolled(device))) continue;
    const code = await totpNow(secrets.open(seed), rules as unknown as TotpRules, clock.now());
    shown.push({ deviceId: device.id, displayName: nameOfDevice(device), ...code });
  }
  return shown;
}

async function waitingRequest(
  { domain, clock }: Pick<RequestContext, 'domain' | 'clock'>,
  session: StoreSession,
  requestId: string,
): Promise<FactorRequest | null> {
  const row = await session.tokens.find(domain.id, FACTOR_REQUEST, tokenHash(requestId), { lock: true });
  if (row === null || row.expires <= clock.now()) return null;
  const request = row.data as unknown as FactorRequest;
  return request.approval === 'pending' ? request : null;
}
