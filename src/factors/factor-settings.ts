import type { RequestContext } from '../resources/request-context.ts';
import { singletonData } from '../resources/singleton.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import { FACTORS, type Factor } from './factor.ts';
import { enrollmentClosed, factorDisabled, factorUnknown } from './factor-error.ts';

/** What AuthenticationFactorSettings say, part by part. A part that is missing has its default. */
export interface FactorSettings {
  /** @param name a boolean of the settings themselves: `smsEnabled` */
  isOn(name: string): boolean;
  /** @param part `totpSettings`, `bypassCodeSettings` ... */
  number(part: string, name: string, otherwise: number): number;
  flag(part: string, name: string): boolean;
  text(part: string, name: string, otherwise: string): string;
  texts(part: string | null, name: string): readonly string[];
}

/** The domain's settings of second factors. */
export async function factorSettings({
  store,
  domain,
}: Pick<RequestContext, 'store' | 'domain'>): Promise<FactorSettings> {
  const data = await singletonData(store, domain, 'AuthenticationFactorSettings');
  const value = (part: string | null, name: string) => {
    const settings = part === null ? data : data[part];
    return isObject(settings) ? settings[name] : undefined;
  };
  return {
    isOn: (name) => data[name] === true,
    number(part, name, otherwise) {
      const number = value(part, name);
      return typeof number === 'number' ? number : otherwise;
    },
    flag: (part, name) => value(part, name) === true,
    text(part, name, otherwise) {
      const text = value(part, name);
      return typeof text === 'string' ? text : otherwise;
    },
    texts(part, name) {
      const list = value(part, name);
      return Array.isArray(list) ? list.map(String) : [];
    },
  };
}

/** The setting that turns a factor on. */
const SWITCHES: Readonly<Record<Factor, string>> = {
  SMS: 'smsEnabled',
  PHONE_CALL: 'phoneCallEnabled',
  EMAIL: 'emailEnabled',
  TOTP: 'totpEnabled',
  PUSH: 'pushEnabled',
  FIDO_AUTHENTICATOR: 'fidoAuthenticatorEnabled',
  SECURITY_QUESTIONS: 'securityQuestionsEnabled',
  BYPASSCODE: 'bypassCodeEnabled',
};

/** @throws FactorError for a factor that the domain has turned off, or that needs somebody whom an emulator can't ask */
export function requireFactor(settings: FactorSettings, factor: string): asserts factor is Factor {
  const name = (SWITCHES as Readonly<Record<string, string>>)[factor];
  if (name === undefined || !Object.hasOwn(SWITCHES, factor)) throw factorUnknown(factor);
  if (!settings.isOn(name)) throw factorDisabled(factor, name);
}

/** The factors that the domain has turned on, in the order in which they are listed. */
export function enabledFactors(settings: FactorSettings): readonly Factor[] {
  return FACTORS.filter((factor) => settings.isOn(SWITCHES[factor]));
}

/**
 * The factors that users may enroll by themselves. IDCS: shapes.md §8: a bypass code is never one of them. That
 * `userEnrollmentDisabledFactors` takes others away follows from its name.
 */
export function enrollableFactors(settings: FactorSettings): readonly Factor[] {
  const closed = closedFactors(settings);
  return enabledFactors(settings).filter((factor) => factor !== 'BYPASSCODE' && !closed.has(factor));
}

/**
 * @param offline TOTP: of any authenticator app
 * @throws FactorError for a factor that users may not enroll by themselves
 */
export function requireEnrollable(settings: FactorSettings, factor: string, offline: boolean): void {
  const closed = closedFactors(settings);
  if (closed.has(factor) || (factor === 'TOTP' && offline && closed.has('OFFLINETOTP'))) throw enrollmentClosed(factor);
}

/** Names that the setting has for factors which have another one everywhere else. */
const OTHER_NAMES: Readonly<Record<string, string>> = { VOICE: 'PHONE_CALL' };

/** OFFLINETOTP stays by itself: it closes one of two ways. */
function closedFactors(settings: FactorSettings): ReadonlySet<string> {
  return new Set(settings.texts(null, 'userEnrollmentDisabledFactors').map((name) => OTHER_NAMES[name] ?? name));
}

/** How many wrong answers in a row lock an account. IDCS: flows.md E4: maxIncorrectAttempts where the MFA limits are not set. */
export function mostWrongAnswers(settings: FactorSettings): number {
  const otherwise = settings.number('endpointRestrictions', 'maxIncorrectAttempts', 10);
  return settings.number('endpointRestrictions', 'maxMfaIncorrectValidationAttempts', otherwise);
}

/** How many notifications there are for one request. IDCS: as `mostWrongAnswers`. */
export function mostNotifications(settings: FactorSettings): number {
  const otherwise = settings.number('endpointRestrictions', 'maxIncorrectAttempts', 10);
  return settings.number('endpointRestrictions', 'maxMfaNotificationAttempts', otherwise);
}

/** The part of a resource's data under a URN or name, as an object. */
export function partOf(data: JsonObject, name: string): JsonObject {
  const part = data[name];
  return isObject(part) ? part : {};
}
