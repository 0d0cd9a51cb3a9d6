import { newUuid } from '../ids.ts';
import type { RequestContext } from '../resources/request-context.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoreSession } from '../store/store.ts';
import { tokenHash } from '../store/token-hash.ts';
import type { Factor } from './factor.ts';

/*
 * What was begun with a second factor: enrolling a device, or proving that one has it. Kept as a token row under the hash of its
 * requestId until it is proved or runs out.
 */

export const FACTOR_REQUEST = 'factor-request';
/** Inferred: how long an enrollment or a proof can be finished; milliseconds. */
const LIFETIME_MS = 60 * 60_000;

export interface FactorRequest {
  /** Null for a factor that needs no device. */
  readonly deviceId: string | null;
  readonly userId: string;
  readonly factor: Factor;
  readonly scenario: 'ENROLLMENT' | 'AUTHENTICATION';
  /** Wrong codes. */
  readonly attempts: number;
  /** Codes sent. */
  readonly sent: number;
  /** SHA-256 of code and requestId; null: none was sent. */
  readonly codeHash: string | null;
  /** Until when the code is good: milliseconds since the epoch. */
  readonly codeExpires: number;
  /** What the phone has answered. */
  readonly approval: 'pending' | 'approved' | 'denied';
  /** Ids of the security questions that are asked. */
  readonly questions: readonly string[];
  /** What a passkey has to sign; null for other factors. */
  readonly challenge: string | null;
}

/** The parts of a new request that differ. */
export type NewFactorRequest = Pick<FactorRequest, 'deviceId' | 'userId' | 'factor' | 'scenario'> &
  Partial<Pick<FactorRequest, 'questions' | 'challenge' | 'approval'>>;

/**
 * Begins a request.
 * @param lifetime milliseconds
 */
export async function beginRequest(
  { clock, domain }: RequestContext,
  session: StoreSession,
  requestId: string,
  about: NewFactorRequest,
  lifetime: number = LIFETIME_MS,
): Promise<void> {
  const now = clock.now();
  const request: FactorRequest = {
    attempts: 0,
    sent: 0,
    codeHash: null,
    codeExpires: 0,
    approval: 'pending',
    questions: [],
    challenge: null,
    ...about,
  };
  await session.tokens.insert(domain.id, {
    hash: tokenHash(requestId),
    kind: FACTOR_REQUEST,
    created: now,
    expires: now + lifetime,
    data: { ...request, questions: [...request.questions] },
  });
}

/**
 * The id of a request.
 * @param dated IDCS: requests that send a code have the time in their id (main-0297), others are a plain UUID (main-0306)
 * @param now milliseconds since the epoch
 */
export function newRequestId(ids: RequestContext['ids'], now: number, dated: boolean): string {
  return dated ? `${newUuid(ids)}o-o${Math.floor(now / 1000)}` : newUuid(ids);
}

/** A user's request, held until the transaction ends; null: there is none, or it has run out. */
export async function heldRequest(
  { clock, domain }: RequestContext,
  session: StoreSession,
  requestId: string,
  userId: string,
): Promise<FactorRequest | null> {
  const row = await session.tokens.find(domain.id, FACTOR_REQUEST, tokenHash(requestId), { lock: true });
  const request = row?.data as unknown as FactorRequest | undefined;
  if (row === null || request === undefined || row.expires <= clock.now() || request.userId !== userId) return null;
  return request;
}

/** A request as it stands, whosever it is; null: there is none, or it has run out. */
export async function readRequest(
  { clock, domain, store }: Pick<RequestContext, 'clock' | 'domain' | 'store'>,
  requestId: string,
): Promise<FactorRequest | null> {
  const row = await store.tokens.find(domain.id, FACTOR_REQUEST, tokenHash(requestId));
  return row === null || row.expires <= clock.now() ? null : (row.data as unknown as FactorRequest);
}

export async function changeRequest(
  { domain }: Pick<RequestContext, 'domain'>,
  session: Pick<StoreSession, 'tokens'>,
  requestId: string,
  request: FactorRequest,
): Promise<void> {
  const data: JsonObject = { ...request, questions: [...request.questions] };
  await session.tokens.update(domain.id, FACTOR_REQUEST, tokenHash(requestId), { data });
}

export async function endRequest({ domain }: RequestContext, session: StoreSession, requestId: string): Promise<void> {
  await session.tokens.delete(domain.id, FACTOR_REQUEST, tokenHash(requestId));
}

/** What is kept of a code. */
export function codeHash(requestId: string, code: string): string {
  return tokenHash(`${requestId}\n${code}`);
}
