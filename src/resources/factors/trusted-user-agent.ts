import { newId, newUuid } from '../../ids.ts';
import { resourceType } from '../../schemas/registry.ts';
import { badRequest } from '../../scim/errors.ts';
import type { JsonObject, JsonValue } from '../../scim/json.ts';
import type { Behaviour, Draft } from '../behaviour.ts';
import { authorOf } from '../pipeline/author.ts';
import type { RequestContext } from '../request-context.ts';
import { requiredText } from '../required-value.ts';
import { credentialsOf } from '../user-credential.ts';
import { factorSettings } from './factor-settings.ts';

/*
 * Browsers and programs that a user trusts: what proved a second factor once need not do so again until `expiryTime`. The token is
 * shown to its owner (main-0320), so it is sealed and not hashed.
 */

export const TRUSTED_AGENT = 'MyTrustedUserAgent';

const DAY = 24 * 60 * 60_000;

export const myTrustedUserAgentBehaviour: Behaviour = {
  type: TRUSTED_AGENT,
  computed: {
    trustToken: {
      async load({ domain, secrets }, session, resources) {
        const ids = resources.map(({ id }) => id);
        const stored = await session.resources.readSecrets(domain.id, TRUSTED_AGENT, ids);
        const tokens = new Map<string, JsonValue>();
        for (const id of ids) {
          const sealed = stored.get(id)?.['token'];
          if (typeof sealed === 'string') tokens.set(id, secrets.open(sealed));
        }
        return tokens;
      },
    },
  },
};

/** @throws ScimError 400 for a request to trust an agent where that is turned off, or that has no name */
export async function checkTrust(context: RequestContext, draft: Draft): Promise<boolean> {
  if (draft.transient.get('createTrustedAgent') !== true) return false;
  const settings = await factorSettings(context);
  if (!settings.flag('endpointRestrictions', 'trustedEndpointsEnabled')) {
    throw badRequest(
      'Trusted agents are disabled. AuthenticationFactorSettings.endpointRestrictions.trustedEndpointsEnabled turns them on.',
    );
  }
  requiredText(draft, 'name');
  return true;
}

/** Trusts the agent that a proof describes. The oldest go when there are too many, and those that have run out. */
export async function trustAgent(context: RequestContext, { transient }: Draft, factor: string): Promise<void> {
  const { store, domain, ids, clock, secrets, caller } = context;
  const settings = await factorSettings(context);
  const most = settings.number('endpointRestrictions', 'maxTrustedEndpoints', 5);
  const days = settings.number('endpointRestrictions', 'maxEndpointTrustDurationInDays', 15);
  const now = clock.now();
  const author = authorOf(context);
  const data: JsonObject = {
    idcsCreatedBy: author,
    idcsLastModifiedBy: { ...author },
    expiryTime: new Date(now + days * DAY).toISOString(),
    tokenType: 'TRUSTED',
    trustedFactors: [{ type: factor, category: 'LOCAL', creationTime: new Date(now).toISOString() }],
    user: { value: caller.id, display: caller.display, ...(caller.ocid === null ? {} : { ocid: caller.ocid }) },
  };
  for (const name of ['name', 'platform', 'location']) {
    const value = transient.get(name);
    if (value !== undefined) data[name] = value;
  }
  await store.transaction(async (session) => {
    await session.resources.readWithSecret(domain.id, 'User', caller.id, { lock: true });
    const agents = await credentialsOf(session, domain.id, TRUSTED_AGENT, caller.id);
    const current = agents.filter(({ data: { expiryTime } }) => Date.parse(String(expiryTime)) > now);
    const kept = new Set(current.slice(Math.max(0, current.length - most + 1)).map(({ id }) => id));
    for (const { id } of agents) if (!kept.has(id)) await session.resources.delete(domain.id, TRUSTED_AGENT, id, null);
    const secret = { token: secrets.seal(newUuid(ids)) };
    const write = { id: newId(ids), ocid: null, version: newId(ids), lastModified: now, data, secret };
    await session.resources.insert(domain.id, { type: resourceType(TRUSTED_AGENT), ...write }, now);
  });
}
