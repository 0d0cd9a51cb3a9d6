import type { RequestContext } from '../resources/request-context.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { enrolledDevices, factorsOf, nameOfDevice } from './device.ts';
import { FACTORS, type Factor } from './factor.ts';
import { enabledFactors, factorSettings, partOf } from './factor-settings.ts';
import { hasSecurityQuestions, MFA_URN } from './mfa-state.ts';

/** A factor that a user can be asked for: one for every factor of every device. */
export interface EnrolledFactor {
  readonly factor: Factor;
  /** Null for security questions and bypass codes. */
  readonly deviceId: string | null;
  /** What the device is called: a mask, where nobody gave it a name. Null: no device. */
  readonly displayName: string | null;
  readonly preferred: boolean;
}

/**
 * What a user can be asked for, in the order in which the service lists it (shapes.md §8): factors that the domain has turned on,
 * devices of one factor oldest first. A bypass code can always be asked for.
 */
export async function enrolledFactors(
  context: Pick<RequestContext, 'store' | 'domain'>,
  user: StoredResource,
): Promise<readonly EnrolledFactor[]> {
  const [settings, devices] = await Promise.all([
    factorSettings(context),
    enrolledDevices(context.store, context.domain.id, user.id),
  ]);
  const enabled = new Set(enabledFactors(settings));
  const preferred = preferenceOf(user.data);
  const listed: EnrolledFactor[] = [];
  for (const factor of FACTORS) {
    if (!enabled.has(factor)) continue;
    if (factor === 'BYPASSCODE' || (factor === 'SECURITY_QUESTIONS' && hasSecurityQuestions(user.data))) {
      listed.push({ factor, deviceId: null, displayName: null, preferred: preferred.factor === factor });
    }
    for (const device of devices.filter((one) => factorsOf(one).includes(factor))) {
      const isPreferred = preferred.factor === factor && preferred.deviceId === device.id;
      listed.push({ factor, deviceId: device.id, displayName: nameOfDevice(device), preferred: isPreferred });
    }
  }
  return listed;
}

/** The factor to ask for first: the preferred one, or else the first that is of use. Null: the user has enrolled none. */
export function firstFactor(factors: readonly EnrolledFactor[]): EnrolledFactor | null {
  const real = factors.filter(({ factor }) => factor !== 'BYPASSCODE');
  return real.find(({ preferred }) => preferred) ?? real[0] ?? null;
}

/** The preferred factor of a user, and its device. */
export function preferenceOf(data: JsonObject): { readonly factor: string | null; readonly deviceId: string | null } {
  const { preferredAuthenticationFactor: factor, preferredDevice: device } = partOf(data, MFA_URN);
  return {
    factor: typeof factor === 'string' ? factor : null,
    deviceId: isObject(device) && typeof device['value'] === 'string' ? device['value'] : null,
  };
}
