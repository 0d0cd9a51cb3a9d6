import { checkTrustToken, issueTrustToken } from '../../factors/trusted-agents.ts';
import { singletonData } from '../../resources/singleton.ts';
import { isObject, type JsonObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import { type Machine, requestOf } from './authentication-services.ts';
import type { SignOnTerms } from './sign-on-terms.ts';

/** IDCS: shapes.md §8: 15 days. */
const DEFAULT_DAYS = 15;
const LONGEST_NAME = 100;

/**
 * What answers say about trusting the device.
 * IDCS: flows.md E: absent where the domain has turned it off, 0 days where the rule's frequency is "every time".
 * @returns null: nothing
 */
export async function trustedDeviceSettings(machine: Machine, terms: SignOnTerms): Promise<JsonObject | null> {
  const restrictions = await endpointRestrictions(machine);
  if (restrictions['trustedEndpointsEnabled'] === false) return null;
  return { trustDurationInDays: terms.everyTime ? 0 : daysOf(restrictions, terms.trustDays) };
}

/** Whether the sign-in comes from a device that the user trusts. @param trustToken what the device brought; null: nothing */
export async function isTrusted(
  machine: Machine,
  terms: SignOnTerms,
  userId: string,
  trustToken: string | null,
): Promise<boolean> {
  if (trustToken === null || terms.everyTime) return false;
  if ((await trustedDeviceSettings(machine, terms)) === null) return false;
  const { store, secrets } = machine.services;
  const { domain, clock } = machine.context;
  return (await checkTrustToken({ store, secrets, domain, clock }, userId, trustToken)) !== null;
}

/**
 * Trusts the device from now on.
 * @returns the token that the device keeps; null where trusting is turned off, and where the rule asks every time: for 0 days
 */
export async function trustDevice(
  machine: Machine,
  user: StoredResource,
  name: string,
  factors: readonly string[],
  { everyTime, trustDays }: Pick<SignOnTerms, 'everyTime' | 'trustDays'>,
): Promise<string | null> {
  const restrictions = await endpointRestrictions(machine);
  if (everyTime || restrictions['trustedEndpointsEnabled'] === false) return null;
  return issueTrustToken(requestOf(machine, user), user, {
    name: name.slice(0, LONGEST_NAME),
    location: machine.context.ip,
    factor: factors.at(-1) ?? 'USERNAME_PASSWORD',
    days: daysOf(restrictions, trustDays),
  });
}

async function endpointRestrictions({ services, context }: Machine): Promise<JsonObject> {
  const settings = await singletonData(services.store, context.domain, 'AuthenticationFactorSettings');
  const { endpointRestrictions: restrictions } = settings;
  return isObject(restrictions) ? restrictions : {};
}

/** The rule's days, as many as the domain allows: its setting is called the maximum. */
function daysOf(restrictions: JsonObject, ofRule: number | null): number {
  const most = numberOf(restrictions['maxEndpointTrustDurationInDays'], DEFAULT_DAYS);
  return ofRule === null ? most : Math.min(ofRule, most);
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
