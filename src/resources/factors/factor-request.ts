import { createHash } from 'node:crypto';
import { newUuid } from '../../ids.ts';
import { ScimError } from '../../scim/errors.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { StoreSession } from '../../store/store.ts';
import type { RequestContext } from '../request-context.ts';

/*
 * What was begun with a second factor: enrolling a device, or proving that one has it. Kept as a token row under the hash of its
 * requestId until it is proved or runs out.
 */

const KIND = 'factor-request';
/** Inferred: how long an enrollment can be finished; milliseconds. */
const LIFETIME_MS = 60 * 60_000;

export interface FactorRequest {
  readonly deviceId: string;
  readonly userId: string;
  readonly scenario: 'ENROLLMENT' | 'AUTHENTICATION';
  /** Wrong codes. */
  readonly attempts: number;
  /** Codes sent. */
  readonly sent: number;
  /** SHA-256 of code and requestId; null: none was sent. */
  readonly codeHash: string | null;
  /** Until when the code is good: milliseconds since the epoch. */
  readonly codeExpires: number;
}

/**
 * Begins a request.
 * @param dated IDCS: requests that send a code have the time in their id (main-0297), others are a plain UUID (main-0306)
 * @param lifetime milliseconds
 */
export async function beginRequest(
  { ids, clock, domain, caller }: RequestContext,
  session: StoreSession,
  about: Pick<FactorRequest, 'deviceId' | 'scenario'>,
  { dated, lifetime = LIFETIME_MS, requestId }: { dated: boolean; lifetime?: number; requestId?: string },
): Promise<string> {
  const now = clock.now();
  const id = requestId ?? newRequestId(ids, now, dated);
  const data: JsonObject = { ...about, userId: caller.id, attempts: 0, sent: 0, codeHash: null, codeExpires: 0 };
  await session.tokens.insert(domain.id, { hash: hashOf(id), kind: KIND, created: now, expires: now + lifetime, data });
  return id;
}

/** The id of a request. @param now milliseconds since the epoch */
export function newRequestId(ids: RequestContext['ids'], now: number, dated: boolean): string {
  return dated ? `${newUuid(ids)}o-o${Math.floor(now / 1000)}` : newUuid(ids);
}

/** The caller's request about a device, held until the transaction ends. @throws ScimError 404 as recorded */
export async function heldRequest(
  { clock, domain, caller }: RequestContext,
  session: StoreSession,
  requestId: string,
  deviceId: string,
): Promise<FactorRequest> {
  const row = await session.tokens.find(domain.id, KIND, hashOf(requestId), { lock: true });
  const request = row?.data as unknown as FactorRequest | undefined;
  if (row === null || request === undefined || row.expires <= clock.now()) throw statusNotFound();
  if (request.userId !== caller.id || request.deviceId !== deviceId) throw statusNotFound();
  return request;
}

export async function changeRequest(
  { domain }: RequestContext,
  session: StoreSession,
  requestId: string,
  request: FactorRequest,
): Promise<void> {
  await session.tokens.update(domain.id, KIND, hashOf(requestId), { data: { ...request } });
}

export async function endRequest({ domain }: RequestContext, session: StoreSession, requestId: string): Promise<void> {
  await session.tokens.delete(domain.id, KIND, hashOf(requestId));
}

/** What is kept of a code. */
export function codeHash(requestId: string, code: string): string {
  return hashOf(`${requestId}\n${code}`);
}

/** IDCS: main-0309, for a device that has not answered. */
export function statusNotFound(): ScimError {
  return new ScimError(404, 'The device status was not found. Contact your system administrator.', {
    messageId: 'error.ssocommon.ssoadmin.mfa.authenticationstatusnotfound',
  });
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
