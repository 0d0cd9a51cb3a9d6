import { beginChallenge } from '../../factors/challenge.ts';
import { CODE_FACTORS } from '../../factors/factor.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import { cause } from './authentication-error.ts';
import type { AuthenticationInput } from './authentication-input.ts';
import { type Machine, requestOf } from './authentication-services.ts';
import type { AuthenticationState, Challenge } from './authentication-state.ts';
import { offered, pending, type Step } from './authentication-step.ts';
import { challengeOffer } from './challenge-offer.ts';
import { codeForClient } from './client-passcode.ts';
import type { SignOnTerms } from './sign-on-terms.ts';
import type { UserFactors, UsersFactor } from './user-factors.ts';

/** Asks for the preferred of the factors that were not proved yet. */
export function beginChallengeStep(
  machine: Machine,
  user: StoredResource,
  state: AuthenticationState,
  terms: SignOnTerms,
  factors: UserFactors,
  external: AuthenticationInput['externalClient'],
): Promise<Step> {
  const { preferred, enrolled } = factors;
  const first =
    enrolled.find((one) => one.factor === preferred?.factor && one.device?.id === preferred.device?.id) ?? enrolled[0]!;
  return ask(machine, user, { ...state, stage: stageFor('second', first) }, { terms, factors, external, first: true });
}

/** A stage that asks for a factor, before anything was sent. */
export function stageFor(as: Challenge['as'], { factor, device }: UsersFactor): Challenge {
  return {
    kind: 'challenge',
    as,
    factor,
    deviceId: device?.id ?? null,
    requestId: null,
    questions: [],
    listed: false,
    prefer: false,
  };
}

/** Asks for the factor of the stage: sends the code, the push, or chooses the questions. */
export async function ask(
  machine: Machine,
  user: StoredResource,
  state: AuthenticationState & { readonly stage: Challenge },
  how: {
    readonly terms: SignOnTerms;
    readonly factors: UserFactors;
    readonly external: AuthenticationInput['externalClient'];
    /** Whether the service, and not the user, has chosen the factor. */
    readonly first: boolean;
  },
): Promise<Step> {
  const { stage } = state;
  const request = requestOf(machine, user);
  const isForClient = how.external !== null && CODE_FACTORS.has(stage.factor!);
  const begun = await beginChallenge(request, user, {
    factor: stage.factor!,
    deviceId: stage.deviceId,
    silent: isForClient,
  });
  const questions = begun.questions.map(({ id }) => id);
  const next = { ...state, stage: { ...stage, requestId: begun.requestId, deviceId: begun.deviceId, questions } };
  const asked = { machine, user, state: next, terms: how.terms, factors: how.factors };
  const offer: JsonObject = await challengeOffer(asked, how.first ? 'first' : 'chosen');
  // What the browser is asked for a passkey.
  if (begun.passkey !== null) offer[stage.factor!] = { credentials: ['credential'], options: begun.passkey };
  if (isForClient) offer['otp'] = await codeForClient(machine, user, begun.requestId, how.external!);
  return stage.factor === 'PUSH' ? pending(cause('AUTH-1108'), next, offer) : offered(next, offer);
}
