import { agentOfToken, issueTrustToken, renewToken } from '../../factors/trusted-agents.ts';
import { singletonData } from '../../resources/singleton.ts';
import { ownerOf } from '../../resources/user-credential.ts';
import { readUserSecret } from '../../resources/user-secret.ts';
import type { StoredResource } from '../../store/store.ts';
import { tokenHash } from '../../store/token-hash.ts';
import { refuse } from './authentication-error.ts';
import { type DomainOfMachine, type Machine, requestOf } from './authentication-services.ts';

/*
 * "Keep me signed in" (KMSI). IDCS: flows.md E and G8: a token that the device keeps stands for the password until it runs out or is
 * not used for too long; each use gives a new one; a change of KmsiSettings ends them all. That a new password ends the user's is inferred:
 * they stand for the password.
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
    boundTo: await bindingOf(machine, user.id),
  });
}

/** What ends a token when it changes, whatever the clock says: the user's password and the settings. */
async function bindingOf({ services, context }: DomainOfMachine, userId: string): Promise<string> {
  const { resources } = services.store;
  const user = await resources.readWithSecret(context.domain.id, 'User', userId);
  const settings = await resources.read(context.domain.id, SETTINGS, SETTINGS);
  return tokenHash(`${settings?.version ?? ''}\n${readUserSecret(user?.secret ?? null).password ?? ''}`);
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
  const userId = ownerOf(row.data);
  if (row.secret?.['boundTo'] !== (await bindingOf(machine, userId))) throw refuse('AUTH-3008');
  const kmsiToken = await renewToken(agents, token, 'KMSI');
  if (kmsiToken === null) throw refuse('AUTH-3008');
  return { userId, kmsiToken };
}
