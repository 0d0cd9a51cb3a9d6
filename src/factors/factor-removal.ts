import { newId } from '../ids.ts';
import { authorOf } from '../resources/pipeline/author.ts';
import type { RequestContext } from '../resources/request-context.ts';
import { credentialsOf } from '../resources/user-credential.ts';
import { readUserSecret, writeUserSecret } from '../resources/user-secret.ts';
import { resourceType } from '../schemas/registry.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { DEVICE, deviceOf, enrolledDevices, factorsOf, updateDevice } from './device.ts';
import { challengeRefused } from './factor-error.ts';
import { hasSecurityQuestions, type Preference, SECURITY_QUESTIONS_URN, settleMfa } from './mfa-state.ts';
import { TRUSTED_AGENT } from './trusted-agents.ts';

/** What is taken away from a user. */
export interface Removal {
  readonly devices?: true;
  readonly codes?: true;
  readonly answers?: true;
  /** Devices stay, but are for account recovery no more. */
  readonly recovery?: true;
  /** Kinds of trusted agents. */
  readonly agents?: readonly string[];
}

/** Everything of a user's second factors. */
export const ALL_OF_MFA: Removal = { devices: true, codes: true, answers: true, agents: ['TRUSTED'] };

/** Takes second factors away from a user. */
export async function removeFactors(context: RequestContext, userId: string, taken: Removal): Promise<void> {
  const { store, domain } = context;
  await store.transaction(async (session) => {
    await session.resources.readWithSecret(domain.id, 'User', userId, { lock: true });
    if (taken.devices) await removeRows(session, domain.id, DEVICE, userId);
    if (taken.codes) await removeRows(session, domain.id, 'BypassCode', userId);
    if (taken.agents) await removeAgents(session, domain.id, userId, taken.agents);
    if (taken.recovery) await endRecovery(context, session, userId);
    if (taken.answers) await removeAnswers(context, session, userId);
    await settleMfa(context, session, userId);
  });
}

/** Takes one device away, whatever its state. @throws FactorError when the user has no such device */
export async function removeDevice(context: RequestContext, userId: string, deviceId: string): Promise<void> {
  const { store, domain } = context;
  await store.transaction(async (session) => {
    await session.resources.readWithSecret(domain.id, 'User', userId, { lock: true });
    await deviceOf(context, session, userId, deviceId);
    await session.resources.delete(domain.id, DEVICE, deviceId, null);
    await settleMfa(context, session, userId);
  });
}

/** Makes a factor that is enrolled the preferred one. @throws FactorError when it is not enrolled */
export async function preferFactor(
  context: RequestContext,
  user: StoredResource,
  { factor, deviceId }: Preference,
): Promise<void> {
  const { store, domain } = context;
  await store.transaction(async (session) => {
    const owner = await session.resources.readWithSecret(domain.id, 'User', user.id, { lock: true });
    const devices = await enrolledDevices(session, domain.id, user.id);
    const isThere =
      factor === 'SECURITY_QUESTIONS'
        ? owner !== null && hasSecurityQuestions(owner.data)
        : devices.some((device) => device.id === deviceId && factorsOf(device).includes(factor));
    if (!isThere) throw challengeRefused(`the ${factor} factor of that device is not enrolled.`);
    const wished = { factor, deviceId: factor === 'SECURITY_QUESTIONS' ? null : deviceId };
    await settleMfa(context, session, user.id, { prefer: wished });
  });
}

async function removeRows(session: StoreSession, domainId: number, type: string, userId: string): Promise<void> {
  for (const { id } of await credentialsOf(session, domainId, type, userId)) {
    await session.resources.delete(domainId, type, id, null);
  }
}

async function removeAgents(
  session: StoreSession,
  domainId: number,
  userId: string,
  kinds: readonly string[],
): Promise<void> {
  for (const { id, data } of await credentialsOf(session, domainId, TRUSTED_AGENT, userId)) {
    if (kinds.includes(String(data['tokenType']))) await session.resources.delete(domainId, TRUSTED_AGENT, id, null);
  }
}

async function endRecovery(context: RequestContext, session: StoreSession, userId: string): Promise<void> {
  for (const device of await credentialsOf(session, context.domain.id, DEVICE, userId)) {
    if (device.data['isAccRecEnabled'] === true) {
      await updateDevice(context, session, device, { isAccRecEnabled: false });
    }
  }
}

async function removeAnswers(context: RequestContext, session: StoreSession, userId: string): Promise<void> {
  const { domain, ids, clock } = context;
  const user = await session.resources.readWithSecret(domain.id, 'User', userId, { lock: true });
  if (user === null || user.data[SECURITY_QUESTIONS_URN] === undefined) return;
  const { [SECURITY_QUESTIONS_URN]: _, ...rest } = user.data;
  const data = { ...rest, idcsLastModifiedBy: authorOf(context) };
  const secret = writeUserSecret({ ...readUserSecret(user.secret), securityAnswers: {} });
  const write = { id: user.id, ocid: user.ocid, version: newId(ids), lastModified: clock.now(), data, secret };
  await session.resources.update(domain.id, { type: resourceType('User'), ...write }, null);
}
