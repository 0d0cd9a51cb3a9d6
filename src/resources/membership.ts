import { BoundedCache } from '../bounded-cache.ts';
import { EpochCache } from '../domains/epoch-cache.ts';
import { resourceType } from '../schemas/registry.ts';
import { ScimError } from '../scim/errors.ts';
import type { ResourceType } from '../scim/schema.ts';
import type { RuledSource, StoredResource, StoreSession } from '../store/store.ts';
import { equals } from './app-parts.ts';
import { userTypeWithin } from './discovery/custom-attributes.ts';
import { DYNAMIC_GROUP_URN, ofRule, parseMembershipRule, ruleOf } from './membership-rule.ts';
import type { RequestContext } from './request-context.ts';
import { givesRights, refuseAdministratorGroup } from './stronger-principals.ts';

/*
 * Who is in which dynamic group. A rule that is set or changed settles its group's members at once; a user that is written follows
 * the domain's rules in the same transaction. Both hold the rules meanwhile, so that no user is missed by a rule that changes.
 */

type Context = Pick<RequestContext, 'domain' | 'store' | 'clock'> & { readonly caller?: RequestContext['caller'] };

/** The rules of a domain, and users as they see them. */
interface Rules {
  readonly type: ResourceType;
  readonly rules: readonly RuledSource[];
}

/**
 * How often rules of a domain were written here: part of the key, since a Bulk request or a seed goes on at the epoch that it began
 * with.
 */
const written = new BoundedCache<number, number>(1000);
const ofDomains = new EpochCache<Rules>(1000);
/** Dynamic groups of a domain that are read at once. */
const BATCH = 1000;

/**
 * Whether the domain has dynamic groups: what a write of a user asks first. No statement, but for the first time in an epoch.
 * @param session the open transaction, where there is one
 */
export async function hasMembershipRules(
  { store, domain }: Pick<Context, 'store' | 'domain'>,
  session: StoreSession | null = null,
): Promise<boolean> {
  return (await rulesAt({ store, domain }, session)).rules.length > 0;
}

/**
 * Keeps the domain's rules from changing until the transaction ends. Of several locks this is the first: whoever changes a rule
 * holds it while they wait for the domain's epoch.
 */
export function holdMembershipRules({ domain }: Pick<Context, 'domain'>, session: StoreSession): Promise<void> {
  return session.ruledEdges.hold(domain.id, 'follow');
}

/**
 * Puts a user who was written into the dynamic groups whose rules hold, and takes the user out of the others. For domains that have
 * such groups; holds their rules.
 *
 * @throws ScimError 401 when a group would give the user administrator roles, and the caller may not give them
 */
export async function followMembershipRules(context: Context, session: StoreSession, userId: string): Promise<void> {
  const { domain, clock } = context;
  await holdMembershipRules(context, session);
  // Read under the lock: the request may have begun before a rule was changed.
  const now = await session.domains.epochOf(domain.name);
  const { type, rules } = await rulesAt({ store: context.store, domain: { ...domain, ...now } }, session);
  const target = { kind: 'member', type, id: userId };
  const moved = await session.ruledEdges.follow(domain.id, target, rules, clock.now());
  if (context.caller !== undefined) {
    const request = context as RequestContext;
    for (const group of moved.added) await refuseAdministratorGroup(request, session, group);
  }
  // Callers are kept with what they may do by every process until the epoch moves.
  for (const group of moved.removed) {
    if (!(await givesRights(domain, session, group))) continue;
    await session.domains.bumpEpoch(domain.id);
    return;
  }
}

/**
 * What a write of a group does to the members of dynamic groups: a rule that is new or another one chooses them anew; a group that is
 * dynamic no longer keeps those that it had.
 *
 * @param before the group's data; undefined: it is made
 * @throws ScimError 400 for a rule that can't be carried out
 */
export async function settleMembers(
  context: RequestContext,
  session: StoreSession,
  group: StoredResource,
  before: StoredResource['data'] | undefined,
): Promise<void> {
  const rule = ruleOf(group.data);
  if (rule === (before === undefined ? null : ruleOf(before))) return;
  const { domain, clock } = context;
  await announceChange(domain, session);
  if (rule === null) return;
  const type = await userTypeWithin(session, domain);
  const filter = parseMembershipRule(rule, type);
  try {
    await session.ruledEdges.settle(domain.id, { kind: 'member', sourceId: group.id, type, filter }, clock.now());
  } catch (error) {
    throw ofRule(error);
  }
}

/** Before a dynamic group goes: nobody follows its rule any more. */
export async function endRule(context: RequestContext, session: StoreSession, group: StoredResource): Promise<void> {
  if (ruleOf(group.data) !== null) await announceChange(context.domain, session);
}

async function announceChange({ id }: Context['domain'], session: StoreSession): Promise<void> {
  await session.ruledEdges.hold(id, 'change');
  await session.domains.bumpEpoch(id);
  const count = () => written.set(id, (written.get(id) ?? 0) + 1);
  // At once for what comes next in this transaction, and again for who read meanwhile what stood before it.
  count();
  session.afterCommit(count);
}

/**
 * The domain's rules as of an epoch. Those who wait inside a transaction share reads with each other only: one that waits for a
 * connection that all of them hold would never come.
 */
function rulesAt({ store, domain }: Pick<Context, 'store' | 'domain'>, session: StoreSession | null): Promise<Rules> {
  const key = `membershipRules:${session === null ? 'outside' : 'inside'}:${written.get(domain.id) ?? 0}`;
  return ofDomains.get(store, domain, key, () => readRules(domain, session ?? store));
}

async function readRules(domain: Context['domain'], session: StoreSession): Promise<Rules> {
  const filter = equals('Group', `${DYNAMIC_GROUP_URN}:membershipType`, 'dynamic');
  const group = resourceType('Group');
  const found: StoredResource[] = [];
  for (let offset = 0; ; offset += BATCH) {
    const query = { type: group, filter, sortBy: null, descending: false, offset, limit: BATCH };
    const { resources, total } = await session.resources.search(domain.id, query);
    found.push(...resources);
    if (offset + BATCH >= total) break;
  }
  if (found.length === 0) return { type: resourceType('User'), rules: [] };
  const type = await userTypeWithin(session, domain);
  return { type, rules: found.flatMap((each) => ruleIn(each, type)) };
}

/** A rule about a custom attribute that is gone chooses nobody anew: its members stay until it is changed. */
function ruleIn({ id, data }: StoredResource, type: ResourceType): RuledSource[] {
  const rule = ruleOf(data);
  if (rule === null) return [];
  try {
    return [{ sourceId: id, filter: parseMembershipRule(rule, type) }];
  } catch (error) {
    if (error instanceof ScimError) return [];
    throw error;
  }
}
