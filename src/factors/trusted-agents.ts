import { newId, newUuid } from '../ids.ts';
import { authorOf } from '../resources/pipeline/author.ts';
import type { RequestContext } from '../resources/request-context.ts';
import { credentialsOf, ownerOf } from '../resources/user-credential.ts';
import { resourceType } from '../schemas/registry.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { referenceTo } from './device.ts';
import { sameCode } from './digits.ts';
import { FactorError } from './factor-error.ts';
import { factorSettings } from './factor-settings.ts';

/*
 * Browsers and programs that a user trusts: what proved a second factor once need not do so again until `expiryTime`. What the row
 * keeps is shown to its owner (main-0320), so it is sealed and not hashed. The token that a program keeps is sealed itself: it names
 * the row, so that one read finds it.
 */

export const TRUSTED_AGENT = 'MyTrustedUserAgent';

const DAY = 24 * 60 * 60_000;

/** What is to be trusted. */
export interface NewAgent {
  /** `Chrome on Windows 10`. */
  readonly name?: string | undefined;
  readonly platform?: string | undefined;
  /** The client's address. */
  readonly location?: string | undefined;
  /** The factor that was proved. */
  readonly factor: string;
  /** TRUSTED: no second factor; KMSI: kept signed in. */
  readonly kind?: 'TRUSTED' | 'KMSI';
  /** How long, in days; left out: as the settings say. */
  readonly days?: number;
  /** How many a user may have; left out: as the settings say. */
  readonly most?: number;
  /** What the agent's row keeps, and never shows, for whoever asks for it. */
  readonly boundTo?: string;
}

/** An agent with what is never shown of it. */
export type SecretAgent = StoredResource & { readonly secret: JsonObject | null };

/** @throws FactorError where trusted agents are turned off */
export async function requireTrust(context: Pick<RequestContext, 'store' | 'domain'>): Promise<void> {
  const settings = await factorSettings(context);
  if (settings.flag('endpointRestrictions', 'trustedEndpointsEnabled')) return;
  throw new FactorError('AUTH-1034', 'You are not authorized to perform this action.', {
    detail:
      'Trusted agents are disabled. AuthenticationFactorSettings.endpointRestrictions.trustedEndpointsEnabled turns them on.',
  });
}

/** For how many days an agent is trusted; 0: the domain has turned that off. */
export async function trustDurationInDays(context: Pick<RequestContext, 'store' | 'domain'>): Promise<number> {
  const settings = await factorSettings(context);
  if (!settings.flag('endpointRestrictions', 'trustedEndpointsEnabled')) return 0;
  return settings.number('endpointRestrictions', 'maxEndpointTrustDurationInDays', 15);
}

/**
 * Trusts an agent. The oldest go when there are too many, and those that have run out.
 * @returns the token by which it is known again
 */
export async function issueTrustToken(context: RequestContext, user: StoredResource, agent: NewAgent): Promise<string> {
  const { store, domain, ids, clock, secrets } = context;
  const settings = await factorSettings(context);
  const kind = agent.kind ?? 'TRUSTED';
  const most = agent.most ?? settings.number('endpointRestrictions', 'maxTrustedEndpoints', 5);
  const days = agent.days ?? settings.number('endpointRestrictions', 'maxEndpointTrustDurationInDays', 15);
  const now = clock.now();
  const author = authorOf(context);
  const data: JsonObject = {
    idcsCreatedBy: author,
    idcsLastModifiedBy: { ...author },
    expiryTime: new Date(now + days * DAY).toISOString(),
    lastUsedOn: new Date(now).toISOString(),
    tokenType: kind,
    trustedFactors: [{ type: agent.factor, category: 'LOCAL', creationTime: new Date(now).toISOString() }],
    user: referenceTo(user),
  };
  for (const name of ['name', 'platform', 'location'] as const) {
    const value = agent[name];
    if (value !== undefined) data[name] = value;
  }
  const id = newId(ids);
  const token = newUuid(ids);
  await store.transaction(async (session) => {
    await session.resources.readWithSecret(domain.id, 'User', user.id, { lock: true });
    const agents = (await credentialsOf(session, domain.id, TRUSTED_AGENT, user.id)).filter(isOfKind(kind));
    const current = agents.filter((one) => !hasRunOut(one, now));
    const kept = new Set(current.slice(Math.max(0, current.length - most + 1)).map((one) => one.id));
    for (const one of agents) {
      if (!kept.has(one.id)) await session.resources.delete(domain.id, TRUSTED_AGENT, one.id, null);
    }
    const bound = agent.boundTo === undefined ? {} : { boundTo: agent.boundTo };
    const secret = { token: secrets.seal(token), ...bound };
    const write = { id, ocid: null, version: newId(ids), lastModified: now, data, secret };
    await session.resources.insert(domain.id, { type: resourceType(TRUSTED_AGENT), ...write }, now);
  });
  return secrets.seal(JSON.stringify({ agent: id, token }));
}

/** What finding an agent needs. */
type AgentContext = Pick<RequestContext, 'store' | 'domain' | 'clock' | 'secrets'>;

/**
 * The agent that a token belongs to, when the user trusts it still.
 * @returns null for a token that is not ours, has run out, was taken back or is another user's or kind's
 */
export async function checkTrustToken(
  context: AgentContext,
  userId: string,
  token: string,
  kind: 'TRUSTED' | 'KMSI' = 'TRUSTED',
): Promise<StoredResource | null> {
  const agent = await agentOfToken(context, token, kind);
  return agent !== null && ownerOf(agent.data) === userId ? agent : null;
}

/** As `checkTrustToken`, whosever it is. */
export async function agentOfToken(
  context: AgentContext,
  token: string,
  kind: 'TRUSTED' | 'KMSI',
): Promise<SecretAgent | null> {
  const named = openToken(context.secrets, token);
  if (named === null) return null;
  const row = await context.store.resources.readWithSecret(context.domain.id, TRUSTED_AGENT, named.agent);
  return row !== null && isGood(context, row, kind, named.token) ? row : null;
}

/**
 * Replaces a token that was used: of several that bring it at once, one gets the new one.
 * @returns null for the others
 */
export async function renewToken(
  context: AgentContext & Pick<RequestContext, 'ids'>,
  token: string,
  kind: 'TRUSTED' | 'KMSI',
): Promise<string | null> {
  const { store, domain, clock, secrets, ids } = context;
  const named = openToken(secrets, token);
  if (named === null) return null;
  const renewed = newUuid(ids);
  const isFirst = await store.transaction(async (session) => {
    const row = await session.resources.readWithSecret(domain.id, TRUSTED_AGENT, named.agent, { lock: true });
    if (row === null || !isGood(context, row, kind, named.token)) return false;
    const now = clock.now();
    const data = { ...row.data, lastUsedOn: new Date(now).toISOString() };
    const secret = { ...row.secret, token: secrets.seal(renewed) };
    const write = { id: row.id, ocid: null, version: newId(ids), lastModified: now, data, secret };
    return session.resources.update(domain.id, { type: resourceType(TRUSTED_AGENT), ...write }, null);
  });
  return isFirst ? secrets.seal(JSON.stringify({ agent: named.agent, token: renewed })) : null;
}

function isGood({ secrets, clock }: AgentContext, row: SecretAgent, kind: string, token: string): boolean {
  const sealed = row.secret?.['token'];
  if (typeof sealed !== 'string' || !isOfKind(kind)(row) || hasRunOut(row, clock.now())) return false;
  return sameCode(secrets.open(sealed), token);
}

function openToken(
  secrets: RequestContext['secrets'],
  token: string,
): { readonly agent: string; readonly token: string } | null {
  try {
    const named = JSON.parse(secrets.open(token)) as JsonValue;
    if (!isObject(named) || typeof named['agent'] !== 'string' || typeof named['token'] !== 'string') return null;
    return { agent: named['agent'], token: named['token'] };
  } catch {
    return null;
  }
}

function isOfKind(kind: string): (agent: StoredResource) => boolean {
  return ({ data }) => (data['tokenType'] ?? 'TRUSTED') === kind;
}

function hasRunOut({ data }: StoredResource, now: number): boolean {
  return !(Date.parse(String(data['expiryTime'])) > now);
}
