import { enrolledDevices } from '../../factors/device.ts';
import { CODE_FACTORS } from '../../factors/factor.ts';
import { hasSecurityQuestions } from '../../factors/mfa-state.ts';
import { singletonData } from '../../resources/singleton.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import { type AuthenticationCode, cause } from './authentication-error.ts';
import type { DomainOfMachine, Machine } from './authentication-services.ts';
import type { AuthenticationState, Enrollment } from './authentication-state.ts';
import { failed, offered, type Step } from './authentication-step.ts';
import { enrolledForRecovery, recoveryFactors } from './recovery-factors.ts';
import type { SignOnTerms } from './sign-on-terms.ts';
import { factorsToEnroll } from './user-factors.ts';

/*
 * What is offered for enrolling. IDCS: shapes.md §8. The recordings are of two releases: answers of a sign-in that asks for account
 * recovery, the newer ones, name the country code and say mfaSettings each time (authn-0140 to 0159); the others say them until the
 * first factor is enrolled.
 */

/** A sign-in while factors are offered. */
export type EnrollingState = AuthenticationState & { readonly stage: Enrollment };

/**
 * Offers factors to a user who has none and needs one.
 * @returns null when the domain has none to offer and lets users go on without
 */
export async function offerEnrollment(
  machine: Machine,
  user: StoredResource,
  state: AuthenticationState,
  terms: SignOnTerms,
): Promise<Step | null> {
  const required = await isRequired(machine, terms);
  const factors = await factorsToEnroll(machine, terms);
  if (factors.length === 0) return required ? failed(cause(await nothingLeft(machine, user)), null) : null;
  const stage: Enrollment = { kind: 'enrollment', purpose: 'mfa', required, done: [], pending: null };
  const next = { ...state, stage };
  const recovered = state.asksRecovery ? await enrolledForRecovery(machine, user) : null;
  const ops = recovered === null && !required ? ['createToken', 'createSession', 'enrollment'] : ['enrollment'];
  const offer: JsonObject = {
    nextAuthFactors: recovered === null ? [...factors] : inOrder(AFTER_RECOVERY, factors),
    ...(recovered === null ? credentialsFor(next, factors) : recovered),
    nextOp: required ? ['enrollment'] : ops.length === 1 ? ['createToken', 'createSession', 'enrollment'] : ops,
    mfaSettings: { enrollmentRequired: required },
  };
  return offered(next, offer);
}

/** Inferred from the texts: what the user has is good no more, or nobody can have anything. */
async function nothingLeft({ services, context }: Machine, user: StoredResource): Promise<AuthenticationCode> {
  const devices = await enrolledDevices(services.store, context.domain.id, user.id);
  return devices.length > 0 || hasSecurityQuestions(user.data) ? 'AUTH-1017' : 'AUTH-1011';
}

/** IDCS: authn-0153 lists the factors in this order. */
const AFTER_RECOVERY = ['TOTP', 'SECURITY_QUESTIONS', 'SMS', 'PHONE_CALL', 'EMAIL', 'PUSH', 'FIDO_AUTHENTICATOR'];
/** IDCS: authn-0046, authn-0155: in this order when the user asks what else there is. */
const ON_REQUEST = ['PUSH', 'TOTP', 'SECURITY_QUESTIONS', 'SMS', 'PHONE_CALL', 'EMAIL', 'FIDO_AUTHENTICATOR'];

function inOrder(order: readonly string[], factors: readonly string[]): string[] {
  return order.filter((factor) => factors.includes(factor));
}

/** Whether there is no token without a second factor. The rule says; where it doesn't, AuthenticationFactorSettings do. */
export async function isRequired(
  { services, context }: DomainOfMachine,
  terms: Pick<SignOnTerms, 'maySkipEnrollment'>,
): Promise<boolean> {
  if (terms.maySkipEnrollment !== null) return !terms.maySkipEnrollment;
  const settings = await singletonData(services.store, context.domain, 'AuthenticationFactorSettings');
  return settings['mfaEnrollmentType'] !== 'Optional';
}

/** The factors that can still be enrolled: all but those that were, of which SMS stays (several phones). */
export async function remainingFactors(
  machine: Machine,
  state: EnrollingState,
  terms: SignOnTerms,
): Promise<readonly string[]> {
  const { purpose, done } = state.stage;
  const all = purpose === 'mfa' ? await factorsToEnroll(machine, terms) : await recoveryFactors(machine);
  const several = purpose === 'mfa' ? ['SMS', 'PHONE_CALL'] : [];
  return all.filter((factor) => !done.includes(factor) || several.includes(factor));
}

/** The list of what else can be enrolled: `enrollment` without a factor. */
export async function listOffer(
  machine: Machine,
  user: StoredResource,
  state: EnrollingState,
  terms: SignOnTerms,
): Promise<JsonObject> {
  const remaining = await remainingFactors(machine, state, terms);
  const order = state.stage.purpose === 'mfa' ? ON_REQUEST : RECOVERY_ORDER;
  return {
    ...(state.stage.purpose === 'mfa' ? credentialsFor(state, remaining) : recoveryCredentials(user, remaining)),
    nextOp:
      mayEnd(state) || state.stage.purpose === 'recovery'
        ? ['createToken', 'createSession', 'enrollment']
        : ['enrollment'],
    ...settingsOf(state),
    nextAuthFactors: inOrder(order, remaining),
  };
}

/** IDCS: authn-0140, authn-0144. */
export const RECOVERY_ORDER = ['SMS', 'SECURITY_QUESTIONS', 'EMAIL'];

/** Whether there may be a token now. */
export function mayEnd({ stage }: EnrollingState): boolean {
  return stage.purpose === 'recovery' ? stage.done.length > 0 : stage.done.length > 0 || !stage.required;
}

/** What has to be sent to enroll a factor. IDCS: authn-0004: the others have no object. */
function credentialsFor({ asksRecovery }: AuthenticationState, factors: readonly string[]): JsonObject {
  const number = asksRecovery ? ['phoneNumber', 'countryCode'] : ['phoneNumber'];
  const credentials: Readonly<Record<string, string[]>> = { TOTP: ['offlineTotp'], SMS: number, PHONE_CALL: number };
  const shown = ['TOTP', 'SMS', 'PHONE_CALL'].filter((factor) => factors.includes(factor));
  return Object.fromEntries(shown.map((factor) => [factor, { credentials: credentials[factor]! }]));
}

/** IDCS: authn-0140: booleans are texts here. */
export function recoveryCredentials(user: StoredResource, factors: readonly string[]): JsonObject {
  const primary = primaryMail(user);
  return {
    ...(factors.includes('SMS') ? { SMS: { credentials: ['phoneNumber', 'countryCode'] } } : {}),
    ...(factors.includes('EMAIL')
      ? {
          EMAIL: {
            userAllowedToSetRecoveryEmail: 'true',
            primaryEmailVerified: String(primary?.verified ?? false),
            ...(primary === null ? {} : { primaryEmail: primary.value }),
            credentials: ['recoveryEmail'],
          },
        }
      : {}),
  };
}

function primaryMail({ data }: StoredResource): { readonly value: string; readonly verified: boolean } | null {
  const emails = Array.isArray(data['emails']) ? (data['emails'] as JsonObject[]) : [];
  const primary = emails.find((email) => email['primary'] === true);
  return primary === undefined ? null : { value: String(primary['value']), verified: primary['verified'] === true };
}

/** mfaSettings, where they are said. */
export function settingsOf(state: EnrollingState): JsonObject {
  const { purpose, done, required } = state.stage;
  if (purpose === 'recovery') return {};
  if (state.asksRecovery) return { mfaSettings: { enrollmentRequired: required && done.length === 0 } };
  return done.length > 0 ? {} : { mfaSettings: { enrollmentRequired: required } };
}

/** nextOp while an enrollment is under way. */
export function pendingOperations(state: EnrollingState, factor: string): string[] {
  const end = mayEnd(state) ? ['createToken', 'createSession'] : [];
  const resend = CODE_FACTORS.has(factor) ? ['resendCode'] : [];
  return ['credSubmit', ...end, ...resend, 'enrollment'];
}

/** nextOp when a factor was enrolled. */
export const ENROLLED_OPERATIONS: readonly string[] = ['createToken', 'createSession', 'enrollment'];
