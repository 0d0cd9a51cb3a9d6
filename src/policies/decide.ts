import { ALL_USERS_GROUP_ID } from '../resources/all-users-group.ts';
import type { RequestContext } from '../resources/request-context.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { Memberships, StoredResource } from '../store/store.ts';
import { type Decision, evaluatePolicy, type PolicyTree } from './evaluate-policy.ts';
import { userAsSeen } from './policy-facts.ts';
import { policyTree } from './policy-tree.ts';

/** What a decision needs of a request. */
export type DecisionContext = Pick<RequestContext, 'domain' | 'store' | 'clock'>;

/** An App, as far as its policies go. */
export interface AppWithPolicies {
  readonly id: string;
  readonly data: JsonObject;
}

/** The types of policies of which a domain has a default one, or an App its own. */
export type DecidedType = 'SignOn' | 'IdentityProvider' | 'AuthenticationTargetApp';

/** What is asked. */
export interface Question {
  /** Id or OCID of the policy; or the type, for the App's own or else the domain's default one. */
  readonly policy: string | { readonly type: DecidedType };
  /** null: nobody has said yet who they are. */
  readonly user: StoredResource | null;
  /** Address of the caller. */
  readonly ip?: string | null;
  readonly app?: AppWithPolicies | null;
  /** Ids of the identity providers that vouched for the user; default: the domain's password check. */
  readonly authenticatedBy?: readonly string[];
  /** Address of what is opened. */
  readonly url?: string | null;
}

/** IDCS: flows.md B8: the domain's own password check in `subject.authenticatedBy`. */
const BY_PASSWORD: readonly string[] = ['UserNamePassword'];
/** Names in a group that lists no members. */
const EVERYBODY = { id: ALL_USERS_GROUP_ID, name: 'All Domain Users' };

/** Where an App names its own policy of a type, and the domain's policy for all others (shapes.md §12). */
const POLICIES: Readonly<Record<DecidedType, { readonly own: readonly string[]; readonly default: string }>> = {
  // IDCS: signonPolicy is deprecated since 17.3.4; that the newer one counts where both are there is inferred.
  SignOn: { own: ['appSignonPolicy', 'signonPolicy'], default: 'DefaultSignOnPolicy' },
  IdentityProvider: { own: ['idpPolicy'], default: 'DefaultIDPPolicy' },
  AuthenticationTargetApp: { own: [], default: 'DefaultAuthenticationTargetAppPolicy' },
};

/** Nothing that says anything. */
const SILENT: Decision = { effect: 'NONE', policy: null, rule: null, obligations: {}, trace: [] };

/**
 * What a policy says about a user, with the reasons. No statement when the policy is known and no condition is about groups or
 * AppRoles; one when some is; a few the first time in an epoch.
 *
 * A policy that is missing or not active says nothing (NONE): an App's own one that is not active gives way to the domain's. The
 * policies of authorization count whether they are active or not. IDCS: the page of enterprise Apps never activates them (flows.md
 * B7); the rest is inferred.
 */
export async function decide(context: DecisionContext, question: Question): Promise<Decision> {
  const tree = await treeOf(context, question);
  if (tree === null) return { ...SILENT, note: 'there is no such policy' };
  if (!counts(tree)) return { ...SILENT, policy: { id: tree.id, name: tree.name }, note: 'the policy is not active' };
  const { user, ip = null, authenticatedBy = BY_PASSWORD, url = null } = question;
  const memberships = user !== null && tree.needsMemberships ? await membershipsOf(context, user.id) : null;
  return evaluatePolicy(tree, {
    user: user === null ? null : userAsSeen(user, memberships),
    userId: user?.id ?? null,
    ip,
    authenticatedBy: user === null ? [] : authenticatedBy,
    action: 'Login',
    operation: null,
    url,
    now: context.clock.now(),
  });
}

function counts({ active, type }: PolicyTree): boolean {
  return active || type === 'AllowAuthz' || type === 'DenyAuthz';
}

async function treeOf({ store, domain }: DecisionContext, { policy, app }: Question): Promise<PolicyTree | null> {
  if (typeof policy === 'string') return policyTree(store, domain, policy);
  const { own, default: shipped } = POLICIES[policy.type];
  for (const attribute of own) {
    const reference = app?.data[attribute];
    if (!isObject(reference)) continue;
    const tree = await policyTree(store, domain, String(reference['value']));
    if (tree?.active === true) return tree;
  }
  return policyTree(store, domain, shipped);
}

async function membershipsOf({ store, domain }: DecisionContext, userId: string): Promise<Memberships> {
  const { groups, appRoles } = await store.principals.memberships(domain.id, userId, [ALL_USERS_GROUP_ID]);
  return { groups: [...groups, EVERYBODY], appRoles };
}
