import type { Domain } from '../domains/domain.ts';
import { EpochCache } from '../domains/epoch-cache.ts';
import { resourceType } from '../schemas/registry.ts';
import type { JsonObject } from '../scim/json.ts';
import type { Store } from '../store/store.ts';
import { ALL_USERS_GROUP_ID } from './all-users-group.ts';

/*
 * Which PasswordPolicy counts for a user. IDCS: of the policies attached to the user's groups the one with the highest
 * priority (1 is the highest), else the default one ("Understand Password Policies").
 */

/** The id of the policy that counts where no group brings another. IDCS: scim.md §1, a shipped constant. */
export const DEFAULT_PASSWORD_POLICY_ID = 'PasswordPolicy';

/** A policy as the password code needs it. */
export interface ApplicablePolicy {
  readonly id: string;
  readonly name: string;
  /** The PasswordPolicy's stored attributes. */
  readonly data: JsonObject;
  /** Passwords set before this time (milliseconds since the epoch) must be changed: a forcePasswordReset; null: none. */
  readonly resetRequiredAt: number | null;
}

/** The policies of a domain, read once an epoch: every write of a policy bumps the domain's epoch. */
interface DomainPolicies {
  readonly fallback: ApplicablePolicy;
  /** Highest priority first; only those with groups. */
  readonly byGroup: readonly { readonly policy: ApplicablePolicy; readonly groups: ReadonlySet<string> }[];
}

type DomainRef = Pick<Domain, 'id' | 'epoch'>;

const policiesByEpoch = new EpochCache<DomainPolicies>(500);

/**
 * The policy that counts for a user.
 * @param userId null: a user that is being created and is in no group yet
 */
export async function applicablePasswordPolicy(
  store: Store,
  domain: DomainRef,
  userId: string | null,
): Promise<ApplicablePolicy> {
  const { fallback, byGroup } = await policiesByEpoch.get(store, domain, 'PasswordPolicies', () =>
    readPolicies(store, domain),
  );
  if (byGroup.length === 0) return fallback;
  // Groups are read only where some policy asks for them, and never all policies' members.
  const groups = new Set([ALL_USERS_GROUP_ID]);
  if (userId !== null && byGroup.some((entry) => !entry.groups.has(ALL_USERS_GROUP_ID))) {
    const edges = await store.edges.page(domain.id, { kind: 'member', end: 'target', ids: [userId] });
    for (const edge of edges.get(userId) ?? []) groups.add(edge.sourceId);
  }
  return byGroup.find((entry) => [...entry.groups].some((group) => groups.has(group)))?.policy ?? fallback;
}

async function readPolicies(store: Store, domain: DomainRef): Promise<DomainPolicies> {
  const type = resourceType('PasswordPolicy');
  const { resources } = await store.resources.search(domain.id, {
    type,
    filter: null,
    sortBy: null,
    descending: false,
    offset: 0,
    limit: 1000,
  });
  const secrets = await store.resources.readSecrets(
    domain.id,
    type.name,
    resources.map((row) => row.id),
  );
  const all = resources.map(({ id, data }) => ({
    id,
    data,
    name: text(data['name']),
    resetRequiredAt: resetTime(secrets.get(id)),
  }));
  const byGroup = all
    .map((policy) => ({ policy, groups: new Set(groupIds(policy.data)), priority: priorityOf(policy.data) }))
    .filter((entry) => entry.groups.size > 0)
    .sort((a, b) => a.priority - b.priority);
  const fallback = all.find((policy) => policy.id === DEFAULT_PASSWORD_POLICY_ID) ?? NO_POLICY;
  return { fallback, byGroup };
}

/** A domain without its default policy (a bare one in a test): nothing is asked of a password. */
const NO_POLICY: ApplicablePolicy = {
  id: DEFAULT_PASSWORD_POLICY_ID,
  name: DEFAULT_PASSWORD_POLICY_ID,
  data: {},
  resetRequiredAt: null,
};

/** The ids of the groups that a policy is attached to. */
export function groupIds(policy: JsonObject): string[] {
  const groups = policy['groups'];
  if (!Array.isArray(groups)) return [];
  return groups.map((group) =>
    typeof group === 'object' && group !== null && !Array.isArray(group) ? text(group['value']) : '',
  );
}

function priorityOf(policy: JsonObject): number {
  const priority = policy['priority'];
  return typeof priority === 'number' ? priority : Number.POSITIVE_INFINITY;
}

function resetTime(secret: JsonObject | null | undefined): number | null {
  const at = secret?.['resetRequiredAt'];
  return typeof at === 'number' ? at : null;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
