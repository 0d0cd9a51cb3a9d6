import { type IdSource, newSecret } from '../../ids.ts';
import type { SecretBox } from '../../resources/request-context.ts';
import { isObject, type JsonValue } from '../../scim/json.ts';
import type { Store } from '../../store/store.ts';
import { tokenHash } from '../../store/token-hash.ts';
import type { SignInContext } from '../sign-in-services.ts';
import { refuse } from './authentication-error.ts';
import type { AuthenticationState } from './authentication-state.ts';

/*
 * `requestState`: the whole state of a sign-in, sealed with the installation's key (AES-256-GCM), so that any process can go on and
 * nothing is kept between steps. What the store remembers is that a state was used: each is good for one step. IDCS: flows.md E:
 * every answer has a new requestState, opaque and encrypted; AUTH-1120 for one that is invalid or has expired.
 */

const PURPOSE = 'authentication';
const KIND = 'authentication-state';
/** IDCS: oauth.md §7.3: a request that waits for a sign-in is kept for 15 minutes; that each step gives 15 more is inferred. */
const LIFETIME_MS = 15 * 60_000;
/** IDCS: shapes.md §8: up to 4 KB. */
const LONGEST = 4096;
/** What SecretBox puts before a sealed text. It says nothing to clients. */
const SEAL = 'v1.';

interface Sealed {
  readonly purpose: string;
  /** Another domain of the installation has the same key. */
  readonly domain: number;
  readonly nonce: string;
  /** Milliseconds since the epoch, by the domain's clock. */
  readonly expires: number;
  readonly state: AuthenticationState;
}

/** A state that a client brought, not used yet. */
export interface OpenedState {
  readonly state: AuthenticationState;
  readonly nonce: string;
  readonly expires: number;
}

/** Seals a state for the client. */
export function sealState(
  { secrets, ids }: { readonly secrets: SecretBox; readonly ids: IdSource },
  { domain, clock }: Pick<SignInContext, 'domain' | 'clock'>,
  state: AuthenticationState,
): string {
  const sealed: Sealed = {
    purpose: PURPOSE,
    domain: domain.id,
    nonce: newSecret(ids, 16),
    expires: clock.now() + LIFETIME_MS,
    state,
  };
  return secrets.seal(JSON.stringify(sealed)).slice(SEAL.length);
}

/**
 * Opens the state that a client brought.
 * @param clientId App.id of the client that brings it
 * @throws RequestRefused AUTH-1120 for one that was altered, has expired, or is another client's or domain's
 */
export function openState(
  { secrets }: { readonly secrets: SecretBox },
  { domain, clock }: Pick<SignInContext, 'domain' | 'clock'>,
  clientId: string,
  text: string,
): OpenedState {
  const { purpose, domain: domainId, nonce, expires, state } = read(secrets, text);
  if (purpose !== PURPOSE || domainId !== domain.id || (state.clientId ?? clientId) !== clientId)
    throw refuse('AUTH-1120');
  if (expires <= clock.now()) throw refuse('AUTH-1120');
  return { state: { ...state, clientId }, nonce, expires };
}

function read(secrets: SecretBox, text: string): Sealed {
  if (text.length > LONGEST || !/^[A-Za-z0-9_-]+$/.test(text)) throw refuse('AUTH-1120');
  let value: JsonValue;
  try {
    value = JSON.parse(secrets.open(SEAL + text)) as JsonValue;
  } catch {
    throw refuse('AUTH-1120');
  }
  if (!isObject(value)) throw refuse('AUTH-1120');
  return value as unknown as Sealed;
}

/**
 * Uses a state up: of several requests that bring the same one, the first goes on.
 * @throws RequestRefused AUTH-1120 for the others
 */
export async function useState(
  { store }: { readonly store: Pick<Store, 'tokens'> },
  { domain }: Pick<SignInContext, 'domain'>,
  { nonce, expires }: OpenedState,
): Promise<void> {
  const isFirst = await store.tokens.remember(domain.id, KIND, tokenHash(nonce), expires);
  if (!isFirst) throw refuse('AUTH-1120');
}
