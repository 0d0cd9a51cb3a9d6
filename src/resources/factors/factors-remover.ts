import { newId } from '../../ids.ts';
import { resourceType } from '../../schemas/registry.ts';
import type { StoredResource, StoreSession } from '../../store/store.ts';
import type { ActionResult, Behaviour, Draft } from '../behaviour.ts';
import { authorOf } from '../pipeline/author.ts';
import type { RequestContext } from '../request-context.ts';
import { refuseStrongerUser } from '../stronger-principals.ts';
import { credentialsOf } from '../user-credential.ts';
import { readUserSecret, writeUserSecret } from '../user-secret.ts';
import { DEVICE, updateDevice } from './device.ts';
import { SECURITY_QUESTIONS_URN, settleMfa } from './mfa-state.ts';
import { functionMeta, namedCaller, namedUser, userReference } from './my-user.ts';
import { TRUSTED_AGENT } from './trusted-user-agent.ts';

/*
 * Takes a user's second factors away: devices, bypass codes, answers. An administrator for who has lost the phone, users for
 * themselves.
 */

/** AuthenticationFactorsRemover. */
export const factorsRemoverBehaviour: Behaviour = {
  type: 'AuthenticationFactorsRemover',
  actions: {
    async create(context, draft) {
      const user = await namedUser(context, 'AuthenticationFactorsRemover', draft.data['user']);
      await refuseStrongerUser(context, user.id);
      return remove(context, draft, user, 'AuthenticationFactorsRemover');
    },
  },
};

/** MyAuthenticationFactorsRemover. */
export const myFactorsRemoverBehaviour: Behaviour = {
  type: 'MyAuthenticationFactorsRemover',
  actions: {
    async create(context, draft) {
      const user = await namedCaller(context, 'MyAuthenticationFactorsRemover', draft.data['user']);
      return remove(context, draft, user, 'MyAuthenticationFactorsRemover');
    },
  },
};

/** What each `type` takes away. Inferred from the names; without one everything goes (flows.md C4). */
const TAKEN: {
  readonly [type: string]: {
    devices?: true;
    codes?: true;
    answers?: true;
    recovery?: true;
    agents?: readonly string[];
  };
} = {
  MFA: { devices: true, codes: true, answers: true, agents: ['TRUSTED'] },
  ACCOUNTRECOVERY: { answers: true, recovery: true },
  KMSI: { agents: ['KMSI'] },
  ALL: { devices: true, codes: true, answers: true, agents: ['TRUSTED', 'KMSI'] },
};

async function remove(
  context: RequestContext,
  draft: Draft,
  user: StoredResource,
  typeName: string,
): Promise<ActionResult> {
  const { store, domain } = context;
  const type = typeof draft.data['type'] === 'string' ? draft.data['type'] : 'ALL';
  const taken = TAKEN[type] ?? TAKEN['ALL']!;
  await store.transaction(async (session) => {
    await session.resources.readWithSecret(domain.id, 'User', user.id, { lock: true });
    if (taken.devices) await removeRows(session, domain.id, DEVICE, user.id);
    if (taken.codes) await removeRows(session, domain.id, 'BypassCode', user.id);
    if (taken.agents) await removeAgents(session, domain.id, user.id, taken.agents);
    if (taken.recovery) await endRecovery(context, session, user.id);
    if (taken.answers) await removeAnswers(context, session, user.id);
    await settleMfa(context, session, user.id);
  });
  const { token: _, ...shown } = draft.data;
  const answer = { ...shown, user: userReference(context, user), meta: functionMeta(context, typeName) };
  return { status: 201, locationKey: null, data: answer };
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
    if (device.data['isAccRecEnabled'] === true)
      await updateDevice(context, session, device, { isAccRecEnabled: false });
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
