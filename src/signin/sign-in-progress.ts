import { newSecret } from '../ids.ts';
import type { JsonObject } from '../scim/json.ts';
import { tokenHash } from '../store/token-hash.ts';
import type { Cause } from './authentication/authentication-error.ts';
import type { AuthenticationState } from './authentication/authentication-state.ts';
import { SIGN_IN, SIGN_IN_LIFETIME_MS, type SignInRequest } from './sign-in-request.ts';
import type { SignInContext, SignInRouteServices } from './sign-in-services.ts';

/*
 * How far a sign-in on the pages has come, kept with it in the store, sealed: any process and any tab of the browser shows the same,
 * and goes on from there. Each offer has a name, and a form that belongs to an older one does nothing.
 */

/** What is shown beside what the machine offers. */
export type StepView =
  | { readonly kind: 'offer' }
  /** All the user's factors. */
  | { readonly kind: 'others' }
  /** A factor to enroll was chosen, and wants a number or an address. */
  | { readonly kind: 'target'; readonly factor: string; readonly value: string };

export interface SignInProgress {
  readonly state: AuthenticationState;
  /** What the machine offered last. */
  readonly offer: JsonObject;
  /** Why the last answer was no good; null: nothing was. */
  readonly failure: Cause | null;
  readonly view: StepView;
  /** What was typed, to be shown again; nothing secret. */
  readonly typed: Readonly<Record<string, string>>;
}

type Services = Pick<SignInRouteServices, 'store' | 'secrets' | 'ids'>;

/** How far a sign-in has come; null: nobody has proved anything yet. */
export function readProgress({ secrets }: Services, { progress }: SignInRequest): SignInProgress | null {
  return progress === undefined ? null : (JSON.parse(secrets.open(progress)) as SignInProgress);
}

/**
 * Makes the next step somebody's own: of several forms of one offer, one goes on.
 * @param step the name that the form has
 * @returns the name that the offer has meanwhile, should nobody come to keep another; null: the form is an older one's
 */
export async function claimStep(
  { store, ids }: Services,
  { domain }: SignInContext,
  { id }: SignInRequest,
  step: string,
): Promise<string | null> {
  return store.transaction(async ({ tokens }) => {
    const row = await tokens.find(domain.id, SIGN_IN, tokenHash(id), { lock: true });
    if (row === null || row.data['step'] !== step) return null;
    const claimed = newSecret(ids, 12);
    await tokens.update(domain.id, SIGN_IN, tokenHash(id), { data: { ...row.data, step: claimed } });
    return claimed;
  });
}

/**
 * Keeps what a step came to, unless another has overtaken it.
 * @param progress null: the sign-in is where it began
 * @param claimed the name that the step goes by; null: it is the first one
 */
export async function keepProgress(
  { store, secrets, ids }: Services,
  { domain, clock }: SignInContext,
  { id }: SignInRequest,
  progress: SignInProgress | null,
  claimed: string | null,
): Promise<void> {
  await store.transaction(async ({ tokens }) => {
    const row = await tokens.find(domain.id, SIGN_IN, tokenHash(id), { lock: true });
    if (row === null || (claimed !== null && row.data['step'] !== claimed)) return;
    const { step: _step, progress: _progress, ...purpose } = row.data;
    // Who begins anew proves all anew.
    const kept =
      progress === null
        ? { stepUp: false, mayStay: false }
        : { step: newSecret(ids, 12), progress: secrets.seal(JSON.stringify(progress)) };
    const expires = Math.max(row.expires, clock.now() + SIGN_IN_LIFETIME_MS);
    await tokens.update(domain.id, SIGN_IN, tokenHash(id), { data: { ...purpose, ...kept }, expires });
  });
}
