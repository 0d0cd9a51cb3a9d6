import { devicesOf, factorsOf, isRecoveryDevice } from '../../factors/device.ts';
import { singletonData } from '../../resources/singleton.ts';
import { isObject, type JsonObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import type { Machine } from './authentication-services.ts';

/** AccountRecoverySettings.factors, as the API calls them. */
const NAMES: Readonly<Record<string, string>> = { sms: 'SMS', secquestions: 'SECURITY_QUESTIONS', email: 'EMAIL' };

/** The factors that the domain has for account recovery, and that are enrolled in a sign-in. */
export async function recoveryFactors({ services, context }: Machine): Promise<readonly string[]> {
  const { factors } = await singletonData(services.store, context.domain, 'AccountRecoverySettings');
  const names = new Set((Array.isArray(factors) ? factors : []).map((name) => NAMES[String(name)]));
  return ['SMS', 'SECURITY_QUESTIONS', 'EMAIL'].filter((factor) => names.has(factor));
}

/** The devices that a user has for account recovery. */
export async function recoveryDevices(
  { services, context }: Machine,
  user: StoredResource,
): Promise<readonly StoredResource[]> {
  return (await devicesOf(services.store, context.domain.id, user.id)).filter(isRecoveryDevice);
}

/**
 * IDCS: authn-0153: what was enrolled for account recovery, and can be used as a second factor, too. Capital E. The mail address is
 * there though nothing was enrolled: a verified one will do.
 */
export async function enrolledForRecovery(machine: Machine, user: StoredResource): Promise<JsonObject> {
  const phones = (await recoveryDevices(machine, user)).filter((device) => factorsOf(device).includes('SMS'));
  const address = recoveryAddress(user);
  const credentials = ['accountRecoveryFactor'];
  const details: JsonObject = {};
  if (phones.length > 0) {
    const enrolledDevices = phones.map(({ id, data }) => ({ deviceId: id, displayName: data['displayName'] ?? null }));
    details['SMS'] = { credentials: [...credentials], enrolledDevices };
  }
  if (address !== null)
    details['EMAIL'] = { credentials: [...credentials], enrolledDevices: [{ displayName: address }] };
  const list = Object.keys(details);
  return { EnrolledAccountRecoveryFactorsDetails: { ...details, enrolledAccRecFactorsList: list } };
}

/** The verified address at which a user recovers the account; null: none. */
export function recoveryAddress({ data }: StoredResource): string | null {
  const emails = (Array.isArray(data['emails']) ? data['emails'] : []).filter(isObject);
  const verified = emails.filter((email) => email['verified'] === true);
  const email = verified.find((one) => one['type'] === 'recovery') ?? verified.find((one) => one['primary'] === true);
  return email === undefined ? null : String(email['value']);
}
