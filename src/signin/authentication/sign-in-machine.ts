import { FactorError } from '../../factors/factor-error.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import { maySignIn } from '../sign-in-user.ts';
import { cause, refuse } from './authentication-error.ts';
import type { AuthenticationInput } from './authentication-input.ts';
import type { Machine } from './authentication-services.ts';
import type { AuthenticationState, Challenge, Enrollment } from './authentication-state.ts';
import { failed, offered, type Step } from './authentication-step.ts';
import { currentOffer as challengeAgain, challengeStep } from './challenge-step.ts';
import { currentOffer as enrollmentAgain, enrollmentStep } from './enrollment-step.ts';
import { identifyStep, namesUser, offerAgain } from './identify-step.ts';
import { goOn } from './next-step.ts';
import { answerTerms, termsOffer } from './terms-step.ts';

/*
 * A sign-in as a state machine: a state and what somebody sends make a step, which offers what comes next or ends the sign-in.
 * It knows nothing of HTTP; the state travels with the client (request-state.ts), so that any process makes the next step.
 */

/** What a sign-in begins with. */
export async function beginStep(machine: Machine, state: AuthenticationState): Promise<Step> {
  return offered(state, await offerAgain(machine, state));
}

/**
 * Makes one step.
 * @throws RequestRefused for what is no step at all: an operation or factor that is not offered, a credential that is missing
 */
export async function makeStep(
  machine: Machine,
  state: AuthenticationState,
  input: AuthenticationInput,
): Promise<Step> {
  if (input.op === 'createSession')
    throw refuse('AUTH-1119', 'createSession', AUTHENTICATE, '/sso/v1/sdk/secure/session');
  if (input.op === 'chooseIDP') throw refuse('AUTH-1119', 'chooseIDP', AUTHENTICATE, '/sso/v1/sdk/secure/idp');
  const { stage } = state;
  if (stage.kind === 'identify' || stage.kind === 'password') return firstStep(machine, state, input);
  if (stage.kind === 'challenge' && stage.as === 'first' && namesUser(input)) {
    return firstStep(machine, { ...state, userId: null, proved: [], stage: { kind: 'identify' } }, input);
  }
  const user = await whoSignsIn(machine, state);
  if (user === null) return failed(cause('AUTH-3002'), null);
  try {
    return await stageStep(machine, user, state, input);
  } catch (error) {
    if (!(error instanceof FactorError)) throw error;
    return failed({ code: error.code, message: error.text }, state, await currentOffer(machine, state));
  }
}

/** A factor that can't be asked for (too many codes were sent) ends what the password began. */
async function firstStep(machine: Machine, state: AuthenticationState, input: AuthenticationInput): Promise<Step> {
  try {
    return await identifyStep(machine, state, input);
  } catch (error) {
    if (!(error instanceof FactorError)) throw error;
    return failed({ code: error.code, message: error.text }, state, await offerAgain(machine, state));
  }
}

const AUTHENTICATE = '/sso/v1/sdk/authenticate';

function stageStep(
  machine: Machine,
  user: StoredResource,
  state: AuthenticationState,
  input: AuthenticationInput,
): Promise<Step> {
  const { stage } = state;
  if (stage.kind === 'challenge') return challengeStep(machine, user, { ...state, stage }, input);
  if (stage.kind === 'enrollment') return enrollmentStep(machine, user, { ...state, stage }, input);
  return termsStep(machine, user, state, input);
}

async function termsStep(
  machine: Machine,
  user: StoredResource,
  state: AuthenticationState,
  input: AuthenticationInput,
): Promise<Step> {
  if (input.op !== 'acceptTOU') throw refuse('AUTH-1116', 'acceptTOU');
  const refused = await answerTerms(machine, state, user.id, input);
  return refused ?? goOn(machine, user, state, input);
}

/** What the state's last answer offered, for a request that could not be read. */
export async function currentOffer(machine: Machine, state: AuthenticationState): Promise<JsonObject> {
  const { stage } = state;
  if (stage.kind === 'terms') return termsOffer(machine, stage.statementId, stage.locale);
  if (stage.kind === 'identify' || stage.kind === 'password') return offerAgain(machine, state);
  const user = await whoSignsIn(machine, state);
  if (user === null) return {};
  return stage.kind === 'challenge'
    ? challengeAgain(machine, user, state as AuthenticationState & { stage: Challenge })
    : enrollmentAgain(machine, user, state as AuthenticationState & { stage: Enrollment });
}

/** Null when the user was locked, deactivated or deleted since the last step. */
async function whoSignsIn(
  { services, context }: Machine,
  { userId }: AuthenticationState,
): Promise<StoredResource | null> {
  const user = userId === null ? null : await services.store.resources.read(context.domain.id, 'User', userId);
  return user !== null && (await maySignIn({ ...services, ...context }, user)) ? user : null;
}
