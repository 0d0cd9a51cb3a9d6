import { enrolledDevices, factorsOf } from '../../factors/device.ts';
import { enabledFactors, enrollableFactors, factorSettings, partOf } from '../../factors/factor-settings.ts';
import { hasSecurityQuestions, MFA_URN } from '../../factors/mfa-state.ts';
import { isObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import type { AuthenticationContext, DomainOfMachine, Machine } from './authentication-services.ts';
import type { Challenge } from './authentication-state.ts';
import type { SignOnTerms } from './sign-on-terms.ts';

/** A factor of a user, with the device that proves it; null: it needs none. */
export interface UsersFactor {
  readonly factor: string;
  readonly device: StoredResource | null;
}

/** The factors that a user can prove in this sign-in. */
export interface UserFactors {
  /** In the order in which they are listed (shapes.md §8), each device of a factor once. No bypass code. */
  readonly enrolled: readonly UsersFactor[];
  /** Whether a bypass code will do. IDCS: shapes.md §8: it is listed whether the user has one or not. */
  readonly bypassCode: boolean;
  /** The factor that the user prefers, of those that are enrolled. */
  readonly preferred: UsersFactor | null;
  /** Whether the user has a passkey that would do, and this is not a page, where alone it can be shown. */
  readonly onlyOnPages: boolean;
}

/** What the API has no recorded form for; such factors are proved on pages. */
const PASSKEY = 'FIDO_AUTHENTICATOR';

/** What decides which factors count. */
type FactorContext = Pick<AuthenticationContext, 'domain' | 'byPage'>;

/** Reads a user's factors: those that are enrolled, turned on in the domain and good enough for the policy. */
export async function userFactors(
  { services, context }: Pick<DomainOfMachine, 'services'> & { readonly context: FactorContext },
  user: StoredResource,
  terms: SignOnTerms,
): Promise<UserFactors> {
  const { store } = services;
  const { domain } = context;
  const settings = await factorSettings({ store, domain });
  const devices = await enrolledDevices(store, domain.id, user.id);
  const good = enabledFactors(settings).filter((factor) => allows(terms, factor));
  const usable = good.filter((factor) => factor !== PASSKEY || context.byPage === true);
  const enrolled = usable.flatMap((factor): UsersFactor[] => {
    if (factor === 'BYPASSCODE') return [];
    if (factor === 'SECURITY_QUESTIONS') return hasSecurityQuestions(user.data) ? [{ factor, device: null }] : [];
    const ofFactor = devices.filter((device) => factorsOf(device).includes(factor));
    // Any passkey will do: the browser knows which it has.
    if (factor === PASSKEY) return ofFactor.length > 0 ? [{ factor, device: null }] : [];
    return ofFactor.map((device) => ({ factor, device }));
  });
  const onlyOnPages = good.length > usable.length && devices.some((device) => factorsOf(device).includes(PASSKEY));
  return { enrolled, bypassCode: usable.includes('BYPASSCODE'), preferred: preferredOf(user, enrolled), onlyOnPages };
}

/**
 * The factors that a stage can be passed with. In the place of a password neither a bypass code nor security questions will do, unless
 * they are what was asked for (inferred: they are no factors to begin with); what was proved so is not proved again as the second.
 */
export async function factorsOfStage(
  machine: Machine,
  user: StoredResource,
  { stage, proved }: { readonly stage: Challenge; readonly proved: readonly string[] },
  terms: SignOnTerms,
): Promise<UserFactors> {
  if (stage.as === 'second') {
    const all = await userFactors(machine, user, terms);
    return { ...all, enrolled: all.enrolled.filter(({ factor }) => !proved.includes(factor)) };
  }
  // What the policy has about second factors doesn't count for the first.
  const all = await userFactors(machine, user, { ...terms, factors: null });
  const enrolled = all.enrolled.filter(({ factor }) => factor !== 'SECURITY_QUESTIONS' || factor === stage.factor);
  return { ...all, enrolled, bypassCode: false };
}

/** The factors that a user may enroll to sign in with, in the order in which they are first offered (authn-0004). */
export async function factorsToEnroll({ services, context }: Machine, terms: SignOnTerms): Promise<readonly string[]> {
  const settings = await factorSettings({ store: services.store, domain: context.domain });
  const possible: readonly string[] = enrollableFactors(settings);
  const order = context.byPage === true ? [...ENROLLMENT_ORDER, PASSKEY] : ENROLLMENT_ORDER;
  return order.filter((factor) => possible.includes(factor) && allows(terms, factor));
}

const ENROLLMENT_ORDER = ['PUSH', 'TOTP', 'SMS', 'PHONE_CALL', 'EMAIL', 'SECURITY_QUESTIONS'];

/** Whether a factor is good enough for the policy. */
export function allows({ factors }: Pick<SignOnTerms, 'factors'>, factor: string): boolean {
  return factors === null || factors.has(factor);
}

function preferredOf(user: StoredResource, enrolled: readonly UsersFactor[]): UsersFactor | null {
  const { preferredAuthenticationFactor: factor, preferredDevice: device } = partOf(user.data, MFA_URN);
  const ofFactor = enrolled.filter((one) => one.factor === factor);
  const id = isObject(device) ? device['value'] : null;
  return ofFactor.find((one) => one.device?.id === id) ?? ofFactor[0] ?? enrolled[0] ?? null;
}
