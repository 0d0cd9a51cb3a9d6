import { type IdSource, newUuid } from '../ids.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoreSession, TokenRow } from '../store/store.ts';
import { tokenHash } from '../store/token-hash.ts';
import type { Client } from './client.ts';
import { type KeptSubject, keptSubject, type Subject } from './token/subject.ts';
import type { OAuthContext, OAuthServices } from './token/token-request.ts';

/*
 * Device authorizations (RFC 8628): a row that the device asks for by its device code, and one that leads to it from the code that
 * the user types. Both codes are kept as hashes.
 */

const KIND = 'device-code';
const USER_CODE = 'user-code';
/** IDCS: oauth.md §2.7, §7.3: both codes live for 300 seconds. */
export const DEVICE_CODE_LIFETIME = 300;
/** Seconds that a device waits between two questions unless it is told otherwise (RFC 8628 §3.2); also what slow_down adds (§3.5). */
export const POLL_INTERVAL = 5;
/** How long a device is told that its code has expired, milliseconds; after that the code is unknown. */
const REMEMBERED_MS = 24 * 3600 * 1000;
/**
 * IDCS: oauth.md §2.7: the recorded user code is 8 upper-case letters, all consonants. RFC 8628 §6.1 has the same idea: no words, and
 * nothing that looks like a digit.
 */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';
const USER_CODE_LENGTH = 8;

/** A device that waits for a user. */
export interface DeviceAuthorization {
  /** App.id. */
  readonly clientId: string;
  /** App.name. */
  readonly clientName: string;
  /** The scope parameter of the request. */
  readonly scope: string;
  readonly state: 'pending' | 'allowed' | 'denied';
  /** Milliseconds since the Unix epoch. */
  readonly ends: number;
  /** Seconds between two questions of the device. */
  readonly interval: number;
  /** When the device asked last; milliseconds since the Unix epoch. */
  readonly polled: number | null;
  /** Who has allowed it. */
  readonly subject: KeptSubject | null;
}

/** The codes of a new authorization: the device's and the user's. */
export interface DeviceCodes {
  readonly deviceCode: string;
  readonly userCode: string;
}

/** Begins an authorization. */
export async function beginDeviceAuthorization(
  { store, ids }: OAuthServices,
  { domain, clock }: OAuthContext,
  client: Client,
  scope: string,
): Promise<DeviceCodes> {
  const deviceCode = newUuid(ids);
  const hash = tokenHash(deviceCode);
  const created = clock.now();
  const ends = created + DEVICE_CODE_LIFETIME * 1000;
  const authorization: DeviceAuthorization = {
    clientId: client.id,
    clientName: client.name,
    scope,
    state: 'pending',
    ends,
    interval: POLL_INTERVAL,
    polled: null,
    subject: null,
  };
  const userCode = await store.transaction(async ({ tokens }) => {
    const expires = ends + REMEMBERED_MS;
    await tokens.insert(domain.id, { hash, kind: KIND, created, expires, data: dataOf(authorization) });
    for (;;) {
      const code = newUserCode(ids);
      // Somebody else's code would lead the user to the wrong device.
      if (!(await tokens.remember(domain.id, USER_CODE, tokenHash(code), expires))) continue;
      await tokens.update(domain.id, USER_CODE, tokenHash(code), { data: { device: hash } });
      return code;
    }
  });
  return { deviceCode, userCode };
}

/** What became of a device's question. */
export type Poll = 'unknown' | 'expired' | 'pending' | 'slow_down' | 'denied' | DeviceAuthorization;

/**
 * Answers a device. An authorization that was allowed is handed out once, of several that ask at the same time to one.
 * @param clientId App.id of who asks
 */
export async function pollDeviceAuthorization(
  { store }: OAuthServices,
  { domain, clock }: OAuthContext,
  deviceCode: string,
  clientId: string,
): Promise<Poll> {
  const hash = tokenHash(deviceCode);
  return await store.transaction(async ({ tokens }): Promise<Poll> => {
    const row = await tokens.find(domain.id, KIND, hash, { lock: true });
    const now = clock.now();
    if (row === null || row.expires <= now) return 'unknown';
    const authorization = authorizationOf(row);
    if (authorization.clientId !== clientId) return 'unknown';
    if (authorization.ends <= now) return 'expired';
    if (authorization.state === 'denied') return 'denied';
    if (authorization.state === 'allowed') {
      await tokens.delete(domain.id, KIND, hash);
      return authorization;
    }
    const { polled, interval } = authorization;
    const tooFast = polled !== null && now - polled < interval * 1000;
    const next = { ...authorization, polled: now, interval: interval + (tooFast ? POLL_INTERVAL : 0) };
    await tokens.update(domain.id, KIND, hash, { data: dataOf(next) });
    return tooFast ? 'slow_down' : 'pending';
  });
}

/** The authorization that a user's code leads to, if it still waits. */
export async function findByUserCode(
  { store }: Pick<OAuthServices, 'store'>,
  context: OAuthContext,
  userCode: string,
): Promise<DeviceAuthorization | 'unknown' | 'expired'> {
  const found = await waiting(store, context, userCode, false);
  return typeof found === 'string' ? found : found.authorization;
}

/**
 * Settles an authorization, once. @param subject null: the user denied it
 * @returns false when it does not wait any more
 */
export async function settleDeviceAuthorization(
  { store }: Pick<OAuthServices, 'store'>,
  context: OAuthContext,
  userCode: string,
  subject: Subject | null,
): Promise<boolean> {
  return await store.transaction(async (session) => {
    const found = await waiting(session, context, userCode, true);
    if (typeof found === 'string') return false;
    const { tokens } = session;
    const settled: DeviceAuthorization = {
      ...found.authorization,
      state: subject === null ? 'denied' : 'allowed',
      subject: subject === null ? null : keptSubject(subject),
    };
    await tokens.update(context.domain.id, KIND, found.hash, { data: dataOf(settled) });
    await tokens.delete(context.domain.id, USER_CODE, tokenHash(userCode));
    return true;
  });
}

/** What a person typed, as a code is: letters alone, in upper case. */
export function readUserCode(typed: string): string {
  return typed
    .toUpperCase()
    .replace(/[^A-Z]/g, '')
    .slice(0, 64);
}

async function waiting(
  { tokens }: Pick<StoreSession, 'tokens'>,
  { domain, clock }: OAuthContext,
  userCode: string,
  lock: boolean,
): Promise<{ hash: string; authorization: DeviceAuthorization } | 'unknown' | 'expired'> {
  const pointer = await tokens.find(domain.id, USER_CODE, tokenHash(userCode));
  const hash = pointer?.data['device'];
  if (typeof hash !== 'string') return 'unknown';
  const row = await tokens.find(domain.id, KIND, hash, { lock });
  if (row === null) return 'unknown';
  const authorization = authorizationOf(row);
  if (authorization.state !== 'pending') return 'unknown';
  return authorization.ends <= clock.now() ? 'expired' : { hash, authorization };
}

function newUserCode(ids: IdSource): string {
  let code = '';
  while (code.length < USER_CODE_LENGTH) {
    const byte = ids.bytes(1)[0]!;
    // 240 is the last multiple of 20 in a byte: no letter is likelier than another.
    if (byte < 240) code += LETTERS[byte % LETTERS.length];
  }
  return code;
}

function dataOf(authorization: DeviceAuthorization): JsonObject {
  return { ...authorization } as unknown as JsonObject;
}

function authorizationOf(row: TokenRow): DeviceAuthorization {
  return row.data as unknown as DeviceAuthorization;
}
