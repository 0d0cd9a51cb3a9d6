import type { Domain } from '../../domains/domain.ts';
import { isObject, type JsonObject, type JsonValue } from '../../scim/json.ts';
import type { Client } from '../client.ts';

/*
 * Trust scopes: how far a client's trust reaches beyond the resource applications that it names one by one.
 * IDCS: Scopes.md, "Using Trust Scopes"; oauth.md §4.2.
 */

export type Trust = 'Explicit' | 'Account' | 'Tags';

/** `{key, value}` of App.tags and App.allowedTags. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

const CONSUMER = 'urn:opc:resource:consumer';
/** Everything that a trust scope can give. */
export const CONSUMER_ALL = `${CONSUMER}::all`;
/** IDCS: Scopes.md: the audience of a token for everything in the domain. */
const ACCOUNT_AUDIENCE = 'urn:opc:resource:scope:account';
const TAG_AUDIENCE = 'urn:opc:resource:scope:tag=';

/**
 * How far a client is trusted. IDCS: only confidential and trusted clients have the choice; Settings.accountAlwaysTrustScope
 * overrules it ("Allow all resources"); `Default` is what Settings.defaultTrustScope says.
 */
export function trustOf({ type, data }: Pick<Client, 'type' | 'data'>, { settings }: Pick<Domain, 'settings'>): Trust {
  if (type === 'public') return 'Explicit';
  if (settings['accountAlwaysTrustScope'] === true) return 'Account';
  const own = data['trustScope'];
  const trust = own === 'Default' ? settings['defaultTrustScope'] : own;
  return trust === 'Account' || trust === 'Tags' ? trust : 'Explicit';
}

/**
 * The trust scopes that a client may ask for: those among its allowedScopes.
 * IDCS: the steps of Scopes.md set nothing but trustScope, and say that the request must match the allowed scopes: a client that
 * lists no trust scope therefore has `consumer::all` (inferred).
 */
export function allowedConsumerScopes(client: Pick<Client, 'allowedScopes'>): readonly string[] {
  const listed = [...client.allowedScopes].filter((scope) => scope.startsWith(`${CONSUMER}:`));
  return listed.length === 0 ? [CONSUMER_ALL] : listed;
}

/**
 * Whether an allowed trust scope covers a requested one.
 * IDCS: oauth.md §4: `paas::read` covers `paas::read` and `paas:analytics::read`, not `paas:analytics::write`. That `all` covers
 * every action is inferred from its name.
 */
export function covers(allowed: string, requested: string): boolean {
  const [have, want] = [split(allowed), split(requested)];
  if (have === null || want === null) return false;
  const within = want.path === have.path || want.path.startsWith(`${have.path}:`);
  return within && (have.action === 'all' || have.action === want.action);
}

function split(scope: string): { path: string; action: string } | null {
  const at = scope.lastIndexOf('::');
  if (at < CONSUMER.length || at + 2 === scope.length) return null;
  return { path: scope.slice(0, at), action: scope.slice(at + 2) };
}

/**
 * The audience of a trust-scope token.
 * IDCS: Scopes.md prints that of tags as a list of one, Base64 of `{"tags":[{"key","value"},…]}`.
 */
export function trustAudience(trust: Trust, tags: readonly Tag[]): string | readonly string[] {
  if (trust === 'Account') return ACCOUNT_AUDIENCE;
  return [TAG_AUDIENCE + Buffer.from(JSON.stringify({ tags })).toString('base64')];
}

/** App.tags or App.allowedTags. */
export function tagsOf(value: JsonValue | undefined): readonly Tag[] {
  const list = Array.isArray(value) ? value.filter(isObject) : [];
  return list.flatMap(({ key, value }: JsonObject) =>
    typeof key === 'string' && typeof value === 'string' ? [{ key, value }] : [],
  );
}

/** Whether two lists share a tag; neither keys nor values are caseExact. */
export function shareTag(left: readonly Tag[], right: readonly Tag[]): boolean {
  const fold = ({ key, value }: Tag) => JSON.stringify([key.toLowerCase(), value.toLowerCase()]);
  const known = new Set(left.map(fold));
  return right.some((tag) => known.has(fold(tag)));
}
