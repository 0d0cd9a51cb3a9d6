import type { RequestContext } from '../resources/request-context.ts';
import { isObject, type JsonValue } from '../scim/json.ts';
import { badRequestState } from './mfa-error.ts';

/*
 * The requestState of /mfa/v1: which request an answer is for, sealed, and of use to the client alone that it was given to. What
 * counts attempts and ends a request is the store, so that an old one gives nobody a second chance.
 */

export interface RequestState {
  readonly requestId: string;
  readonly userId: string;
  /** The device; null: the factor needs none. */
  readonly factorId: string | null;
}

/** A new requestState: never the same text twice. */
export function sealState({ secrets, caller, ids }: RequestContext, state: RequestState): string {
  return secrets.seal(JSON.stringify({ ...state, client: caller.id, salt: ids.bytes(6).toString('hex') }));
}

/** @throws ScimError AUTH-1120 for what is no requestState of this client's */
export function openState({ secrets, caller }: RequestContext, text: JsonValue | undefined): RequestState {
  if (typeof text !== 'string' || text === '') throw badRequestState();
  let state: JsonValue;
  try {
    state = JSON.parse(secrets.open(text)) as JsonValue;
  } catch {
    throw badRequestState();
  }
  if (!isObject(state) || state['client'] !== caller.id) throw badRequestState();
  const { requestId, userId, factorId } = state;
  if (typeof requestId !== 'string' || typeof userId !== 'string') throw badRequestState();
  return { requestId, userId, factorId: typeof factorId === 'string' ? factorId : null };
}
