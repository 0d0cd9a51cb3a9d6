import type { AppWithPolicies } from '../../policies/decide.ts';
import { awaitsConfirmation } from '../../resources/account-activation.ts';
import { checkPassword, type PasswordCheck } from '../../resources/password-check.ts';
import { isObject, type JsonObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import { maySignIn } from '../sign-in-user.ts';
import { ask, stageFor } from './ask-factor.ts';
import { type AuthenticationCode, cause, RequestRefused, refuse } from './authentication-error.ts';
import { type AuthenticationInput, textOf } from './authentication-input.ts';
import type { Machine } from './authentication-services.ts';
import type { AuthenticationState } from './authentication-state.ts';
import { failed, type Offered, offered, type Step } from './authentication-step.ts';
import { mayStaySignedIn, useKeptSignIn } from './kept-sign-in.ts';
import { goOn } from './next-step.ts';
import { type OfferingMachine, offeredProviders } from './offered-providers.ts';
import { recordFailure } from './sign-in-events.ts';
import { signOnTerms } from './sign-on-terms.ts';
import { targetApp } from './target-app.ts';
import { userFactors } from './user-factors.ts';

/*
 * Who signs in: user name and password, the name alone, or a device that keeps the user signed in.
 */

const PASSWORDLESS_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:passwordless:User';

/**
 * What a sign-in begins with. IDCS: authn-0001, authn-0020.
 * @param app the application that is signed in to; null: the domain itself
 */
export async function identifyOffer(machine: OfferingMachine, app: AppWithPolicies | null): Promise<JsonObject> {
  const { password, others } = await offeredProviders(machine, app);
  const offer: JsonObject = {
    nextOp: [...(password ? ['credSubmit'] : []), ...(others.length > 0 ? ['chooseIDP'] : [])],
    nextAuthFactors: [...(password ? ['USERNAME_PASSWORD'] : []), ...(others.length > 0 ? ['IDP'] : [])],
  };
  if (password) offer['USERNAME_PASSWORD'] = { credentials: ['username', 'password'] };
  if (others.length > 0) offer['IDP'] = { configuredIDPs: [...others], credentials: ['idpId', 'idpType'] };
  // IDCS: flows.md E: there where the domain lets users stay signed in.
  if (await mayStaySignedIn(machine)) offer['keepMeSignedInEnabled'] = true;
  return offer;
}

/** The same for a sign-in that goes on. */
export async function offerAgain(machine: Machine, state: AuthenticationState): Promise<JsonObject> {
  return identifyOffer(machine, await targetApp(machine, state));
}

/** A step while it is not known who signs in. */
export async function identifyStep(
  machine: Machine,
  state: AuthenticationState,
  input: AuthenticationInput,
): Promise<Step> {
  if (input.op !== 'credSubmit') throw refuse('AUTH-1116', (await operations(machine, state)).join(', '));
  if (input.authFactor === 'KMSI') return stayIn(machine, state, input);
  if (input.authFactor !== null && input.authFactor !== 'USERNAME_PASSWORD') {
    throw refuse('AUTH-1115', 'USERNAME_PASSWORD');
  }
  const { password: offersPassword } = await offeredProviders(machine, await targetApp(machine, state));
  if (!offersPassword) throw refuse('AUTH-1115', 'IDP');
  const { stage } = state;
  const userName = textOf(input.credentials, 'username') ?? (stage.kind === 'password' ? stage.userName : null);
  if (userName === null) throw new RequestRefused(400, cause('AUTH-1001', 'username'));
  const kept = input.keepMeSignedIn
    ? { ...state, staySignedIn: { device: input.kmsiDeviceDisplayName ?? 'Device' } }
    : state;
  const password = textOf(input.credentials, 'password');
  if (password !== null) return byPassword(machine, kept, input, userName, password);
  if (stage.kind === 'password') throw new RequestRefused(400, cause('AUTH-1001', 'password'));
  return byName(machine, kept, input, userName);
}

async function operations(machine: Machine, state: AuthenticationState): Promise<readonly string[]> {
  const { nextOp } = await offerAgain(machine, state);
  return (nextOp as string[]).map(String);
}

async function byPassword(
  machine: Machine,
  state: AuthenticationState,
  input: AuthenticationInput,
  userName: string,
  password: string,
): Promise<Step> {
  const { services, context } = machine;
  const check = await checkPassword({ ...services, ...context }, userName, password, { client: context.client.name });
  const reason = check.ok
    ? (await maySignIn({ ...services, ...context }, check.user))
      ? null
      : 'wrong'
    : check.reason;
  if (check.ok && reason === null) {
    const proved = [...state.proved, 'USERNAME_PASSWORD'];
    return goOn(machine, check.user, { ...state, userId: check.user.id, proved }, input);
  }
  // Only who gave the right password is told that the account is not in use.
  const waits = !check.ok && reason === 'inactive' && check.user !== undefined && awaitsConfirmation(check.user.data);
  const why = cause(waits ? 'AUTH-3025' : CODES[reason!]);
  // The check of the password records its own failures.
  if (check.ok) await recordFailure(machine, check.user, { message: why.message, factor: 'USERNAME_PASSWORD' });
  const next: AuthenticationState = { ...state, userId: null, proved: [], stage: { kind: 'identify' } };
  // IDCS: errors.tsv AUTH-3005: who gave the right password is told whose it is, to change it (MePasswordMustChanger).
  const userId = reason === 'mustChange' || reason === 'expired' ? { userId: check.user?.id ?? null } : {};
  return failed(why, next, { ...(await offerAgain(machine, state)), ...userId });
}

const CODES: Readonly<Record<Exclude<PasswordCheck, { ok: true }>['reason'], AuthenticationCode>> = {
  unknown: 'AUTH-3001',
  wrong: 'AUTH-3001',
  locked: 'AUTH-3002',
  inactive: 'AUTH-3003',
  expired: 'AUTH-3004',
  mustChange: 'AUTH-3005',
};

/**
 * The user name first. Whom the domain lets in without a password is asked for that factor (User's passwordless:User), everybody
 * else, there or not, for the password. IDCS: shapes.md §8, username first: only the requests are recorded.
 */
async function byName(
  machine: Machine,
  state: AuthenticationState,
  input: AuthenticationInput,
  userName: string,
): Promise<Step> {
  const user = await machine.services.store.resources.readByName(machine.context.domain.id, 'User', userName);
  return (user === null ? null : await instead(machine, state, input, user)) ?? askPassword(state, userName);
}

function askPassword(state: AuthenticationState, userName: string): Offered {
  return offered(
    { ...state, stage: { kind: 'password', userName } },
    {
      nextOp: ['credSubmit'],
      nextAuthFactors: ['USERNAME_PASSWORD'],
      USERNAME_PASSWORD: { credentials: ['username', 'password'] },
    },
  );
}

/** Asks for the factor that stands for a user's password; null: none does. */
async function instead(
  machine: Machine,
  state: AuthenticationState,
  input: AuthenticationInput,
  user: StoredResource,
): Promise<Step | null> {
  const passwordless = user.data[PASSWORDLESS_URN];
  if (!isObject(passwordless)) return null;
  if (!(await maySignIn({ ...machine.services, ...machine.context }, user))) return null;
  const named = String(passwordless['factorType']);
  const factor = named === 'OFFLINETOTP' ? 'TOTP' : named;
  const { factorIdentifier: identifier } = passwordless;
  const deviceId = isObject(identifier) ? identifier['value'] : null;
  const terms = await signOnTerms(machine, state, user);
  // What the policy has about second factors doesn't count for the first.
  const factors = await userFactors(machine, user, { ...terms, factors: null });
  const ofFactor = factors.enrolled.filter((one) => one.factor === factor);
  const chosen = ofFactor.find((one) => one.device?.id === deviceId) ?? ofFactor[0];
  if (chosen === undefined) return null;
  const next = { ...state, userId: user.id, stage: stageFor('first', chosen) };
  return ask(machine, user, next, { terms, factors, external: input.externalClient, first: true });
}

async function stayIn(machine: Machine, state: AuthenticationState, input: AuthenticationInput): Promise<Step> {
  if (input.kmsiToken === null) throw new RequestRefused(400, cause('AUTH-1001', 'kmsiToken'));
  const kept = await useKeptSignIn(machine, await targetApp(machine, state), input.kmsiToken);
  const user = await machine.services.store.resources.read(machine.context.domain.id, 'User', kept.userId);
  const mayStay = user !== null && (await maySignIn({ ...machine.services, ...machine.context }, user));
  if (user === null || !mayStay) throw refuse('AUTH-3008');
  const step = await goOn(machine, user, { ...state, userId: user.id, proved: [...state.proved, 'KMSI'] }, input);
  return { ...step, kmsiToken: kept.kmsiToken };
}

/** What a user who names themself again, with a password, does in the middle of another factor. */
export function namesUser({ credentials, op, authFactor }: AuthenticationInput): boolean {
  return (
    op === 'credSubmit' && (authFactor === null || authFactor === 'USERNAME_PASSWORD') && 'password' in credentials
  );
}
