import type { JsonObject } from '../../scim/json.ts';
import type { Cause } from './authentication-error.ts';
import type { AuthenticationState } from './authentication-state.ts';

/** What a step came to. */
export type Step = Offered | SignedIn;

/** The sign-in is not over: what can be done next. */
export interface Offered {
  readonly kind: 'offered';
  /** `failed`: what was sent is no good. `pending`: a phone has not answered yet. */
  readonly status: 'success' | 'pending' | 'failed';
  /** Null: the sign-in has failed for good. */
  readonly next: AuthenticationState | null;
  /** nextOp, nextAuthFactors, an object for each factor ... */
  readonly offer: JsonObject;
  readonly cause?: Cause;
  /** What keeps the user signed in, renewed: the device has to keep it in the place of the one that it sent. */
  readonly kmsiToken?: string;
}

/** The user has proved all that is asked. */
export interface SignedIn {
  readonly kind: 'signed-in';
  readonly state: AuthenticationState;
  readonly userId: string;
  readonly kmsiToken?: string;
}

/** The next step is offered. */
export function offered(next: AuthenticationState, offer: JsonObject): Offered {
  return { kind: 'offered', status: 'success', next, offer };
}

/** What was sent is no good; `next` null: and there is no other try. */
export function failed(why: Cause, next: AuthenticationState | null, offer: JsonObject = {}): Offered {
  return { kind: 'offered', status: 'failed', next, offer, cause: why };
}

/** A phone has not answered. */
export function pending(why: Cause, next: AuthenticationState, offer: JsonObject): Offered {
  return { kind: 'offered', status: 'pending', next, offer, cause: why };
}
