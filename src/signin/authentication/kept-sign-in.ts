import { agentOfToken, issueTrustToken, renewToken } from '../../factors/trusted-agents.ts';
import { singletonData } from '../../resources/singleton.ts';
import { isObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import { refuse } from './authentication-error.ts';
import { type DomainOfMachine, type Machine, requestOf } from './authentication-services.ts';

/*
 * "Keep me signed in" (KMSI). IDCS: flows.md E and G8: a token that the device keeps stands for the password until it runs out or is
 * not used for too long; each use gives a new one; a change of KmsiSettings ends them all.
 */

const SETTINGS = 'KmsiSettings';
const DAY = 86_400_000;
const LONGEST_NAME = 100;

/** Whether the domain lets users stay signed in. */
export async function mayStaySignedIn({ services, context }: DomainOfMachine): Promise<boolean> {
  return (await singletonData(services.store, context.domain, SETTINGS))['kmsiFeatureEnabled'] === true;
}

/** Keeps the user signed in on a device. @returns the token that the device keeps; null where that is turned off */
export async function staySignedIn(machine: Machine, user: StoredResource, device: string): Promise<string | null> {
  const { services, context } = machine;
  const settings = await singletonData(services.store, context.domain, SETTINGS);
  if (settings['kmsiFeatureEnabled'] !== true) return null;
  return issueTrustToken(requestOf(machine, user), user, {
    kind: 'KMSI',
    name: device.slice(0, LONGEST_NAME),
    location: context.ip,
    factor: 'USERNAME_PASSWORD',
    days: Number(settings['tokenValidityInDays'] ?? 90),
    most: Number(settings['maxAllowedSessions'] ?? 5),
  });
}

/** Who a device's token keeps signed in, and the token that replaces it. */
export interface KeptSignIn {
  readonly userId: string;
  readonly kmsiToken: string;
}

/**
 * Uses a device's token in the place of a password.
 * @param app the application that is signed in to
 * @throws RequestRefused AUTH-3008 for a token that is no good (any more), also where staying signed in is turned off
 */
export async function useKeptSignIn(machine: Machine, app: StoredResource | null, token: string): Promise<KeptSignIn> {
  const { services, context } = machine;
  const { store, secrets, ids } = services;
  const { domain, clock } = context;
  const agents = { store, secrets, ids, domain, clock };
  const settings = await singletonData(store, domain, SETTINGS);
  if (settings['kmsiFeatureEnabled'] !== true || app?.data['disableKmsiTokenAuthentication'] === true) {
    throw refuse('AUTH-3008');
  }
  const row = await agentOfToken(agents, token, 'KMSI');
  if (row === null) throw refuse('AUTH-3008');
  const unused = clock.now() - Date.parse(String(row.data['lastUsedOn']));
  if (unused > Number(settings['lastUsedValidityInDays'] ?? 30) * DAY) throw refuse('AUTH-3009');
  const changed = await store.resources.read(domain.id, SETTINGS, SETTINGS);
  if (changed !== null && changed.lastModified > row.created) throw refuse('AUTH-3008');
  const kmsiToken = await renewToken(agents, token, 'KMSI');
  const { user } = row.data;
  if (kmsiToken === null || !isObject(user)) throw refuse('AUTH-3008');
  return { userId: String(user['value']), kmsiToken };
}
