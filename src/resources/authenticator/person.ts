import type { Domain } from '../../domains/domain.ts';
import { hasSecurityQuestions, MFA_URN } from '../../factors/mfa-state.ts';
import { allowedValues } from '../../schemas/allowed-values.ts';
import { isObject, type JsonObject, type JsonValue } from '../../scim/json.ts';
import { USER_URN } from '../user-urns.ts';
import type { AuthenticatorSubject } from './subject.ts';

const SFF_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:sff:User';

/** Where and in which language a person is at home, the domain's settings where the user says nothing. */
export function languageFacts(domain: Domain, user: JsonObject): JsonObject {
  const { settings } = domain;
  return {
    locale: nearestLocale([user['locale'], settings['locale']]),
    preferredLanguage: nearestLocale([user['preferredLanguage'], settings['preferredLanguage']]),
    timezone: text(user['timezone']) ?? text(settings['timezone']) ?? 'UTC',
  };
}

/**
 * IDCS: `locale` and `preferredLanguage` are "closest IDCS supported", the user's own stand in userLocale. Closest is taken to be the
 * tag itself, or its language and script, or its language.
 */
function nearestLocale(wishes: readonly (JsonValue | undefined)[]): string {
  const supported = allowedValues('supportedLocales') ?? [];
  for (const wish of wishes) {
    for (const tag of typeof wish === 'string' ? tagsOf(wish) : []) {
      const found = supported.find(({ value }) => value.toLowerCase() === tag.toLowerCase());
      if (found !== undefined) return found.value;
    }
  }
  return 'en';
}

function tagsOf(wish: string): string[] {
  try {
    const { baseName, language, script } = new Intl.Locale(wish.replaceAll('_', '-')).maximize();
    return [wish, baseName, `${language}-${script}`, language];
  } catch {
    return [wish];
  }
}

/** All that an authenticator may show of a user, memberships aside. What the user doesn't have is left out. */
export function personFacts(domain: Domain, { row }: AuthenticatorSubject): JsonObject {
  const { data } = row;
  const email = primary(data['emails']);
  const address = primary(data['addresses']);
  const extension = part(data, USER_URN);
  return defined({
    id: row.id,
    userEmail: email?.['value'],
    userDisplayName: data['displayName'],
    ...languageFacts(domain, data),
    csr: false,
    tenantName: domain.tenant,
    type: 'User',
    userName: data['userName'],
    userLocale: data['locale'],
    userPreferredLanguage: data['preferredLanguage'],
    city: address?.['locality'],
    state: address?.['region'],
    postalCode: address?.['postalCode'],
    country: address?.['country'],
    primaryEmailVerified: email === undefined ? undefined : email['verified'] === true,
    securityQuestionsPresent: hasSecurityQuestions(data),
    accountRecoveryRequired: extension['accountRecoveryRequired'],
    sffAuthKeys: part(data, SFF_URN)['sffAuthKeys'],
    ...mfaFacts(data),
  });
}

/** IDCS: includeMfaAttributes: "MFA attributes will be included in the response". */
export const MFA_ATTRIBUTES = [
  'mfaStatus',
  'mfaPreferredAuthenticationFactor',
  'mfaPreferredDevice',
  'mfaPreferredThirdPartyVendor',
  'mfaIgnoredApps',
] as const;

function mfaFacts(data: JsonObject): { readonly [name in (typeof MFA_ATTRIBUTES)[number]]: JsonValue | undefined } {
  const mfa = part(data, MFA_URN);
  const device = mfa['preferredDevice'];
  return {
    mfaStatus: mfa['mfaStatus'] ?? 'UN_ENROLLED',
    mfaPreferredAuthenticationFactor: mfa['preferredAuthenticationFactor'],
    mfaPreferredDevice: isObject(device) ? (device['display'] ?? device['value']) : undefined,
    mfaPreferredThirdPartyVendor: mfa['preferredThirdPartyVendor'],
    mfaIgnoredApps: mfa['mfaIgnoredApps'],
  };
}

/** What an authenticator shows of an App. */
export function appFacts(domain: Domain, { row }: AuthenticatorSubject): JsonObject {
  return { id: row.id, tenantName: domain.tenant, type: 'App' };
}

function primary(values: JsonValue | undefined): JsonObject | undefined {
  if (!Array.isArray(values)) return undefined;
  const all = values.filter(isObject);
  return all.find((one) => one['primary'] === true) ?? all[0];
}

function part(data: JsonObject, urn: string): JsonObject {
  const extension = data[urn];
  return isObject(extension) ? extension : {};
}

function defined(values: { readonly [name: string]: JsonValue | undefined }): JsonObject {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
  );
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
